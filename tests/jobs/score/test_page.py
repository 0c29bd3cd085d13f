"""The report in a real browser: what it shows, and that nothing in a name can harm it."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance
from tests.support.browser import needs_chromium
from tests.support.toy import ToyEncoder

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>.png'

pytestmark = needs_chromium


@pytest.fixture
def opened(open_page, tmp_path):
    """Write the report of some scores and open it."""

    def open_report(scores, **options):
        return open_page(scores.to_html(tmp_path / "report.html"), **options)

    return open_report


@pytest.fixture(scope="module")
def almonds(samples):
    return relevance.score("almonds", samples / "examples", model="compact")


def text(page) -> str:
    return page.text_content("body")


def test_the_heading_says_how_many_pictures_show_it(almonds, opened):
    page = opened(almonds)
    chosen = almonds.evaluation().chosen
    judged = chosen.true_positives + chosen.false_positives
    assert page.inner_text("h1") == f"{judged} of 36 pictures show almonds (probably)"
    assert page.title() == page.inner_text("h1")
    lead = page.inner_text(".lead")
    assert "the relevant pictures stand out for “almonds”" in lead
    assert lead.endswith(
        f"at the threshold 0.5, {chosen.false_positives} of {judged} judged relevant are not."
    )


@pytest.fixture(scope="module")
def hundred(tmp_path_factory):
    """A hundred folders of two pictures with long paths."""
    home = tmp_path_factory.mktemp("many") / "supplier of dried fruit and nuts" / "2026"
    for number in range(100):
        folder = home / f"delivery {number}"
        folder.mkdir(parents=True)
        for shade in (20, 90):
            colour = (number * 2, shade, 90)
            Image.new("RGB", (9, 9), colour).save(folder / f"{shade}.png")
    return relevance.score("red", home, model=ToyEncoder())


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
@pytest.mark.parametrize("which", ["almonds", "hundred"])
def test_the_first_row_of_pictures_is_on_the_first_screen(which, size, request, opened):
    scores = request.getfixturevalue(which)
    page = opened(scores, viewport={"width": size[0], "height": size[1]})
    card = page.locator("#gallery .card").first.bounding_box()
    assert card["y"] + card["height"] <= size[1]
    for above in ("h1", "#slider", "#histogram"):
        assert page.locator(above).bounding_box()["y"] < card["y"]


def test_figures_and_tables_hold_what_was_measured(almonds, opened):
    page = opened(almonds)
    evaluation = almonds.evaluation()
    shown = page.inner_text("#threshold")
    assert f"{100 * evaluation.roc_auc.value:.0f}\N{NO-BREAK SPACE}% of all" in shown
    wrong = evaluation.chosen.false_positives + evaluation.chosen.false_negatives
    tiles = page.inner_text(".tiles")
    for value in (
        f"{evaluation.roc_auc.value:.3f}",
        f"{evaluation.average_precision.low:.3f} to",
        f"{wrong} of 36",
    ):
        assert value in tiles
    page.click("text=All figures of the folders")
    row = page.locator("#folders tbody tr").first.inner_text()
    best = almonds.folders.iloc[0]
    for value in (best["folder"], f"{best['mean']:.3f}", f"{best['ci_low']:.3f}", "1.00"):
        assert value in row


def test_cards_come_in_the_order_of_the_scores(almonds, opened):
    page = opened(almonds)
    ranked = almonds.images.sort_values("score", ascending=False)
    shown = page.locator("#gallery .file").all_inner_texts()
    assert shown == [Path(path).name for path in ranked["path"]]
    loaded = "Array.from(document.images).every(image => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(loaded)


def test_what_nobody_asked_for_is_folded_and_can_be_reached(almonds, opened):
    page = opened(almonds)
    assert not page.locator("#provenance").is_visible()
    assert not page.locator("#definitions").is_visible()
    page.click("nav >> text=Provenance")
    shown = page.inner_text("#provenance")
    for value in (
        almonds.encoder.fingerprint,
        almonds.provenance["command"],
        almonds.provenance["date"],
        "a product photo of almonds",
        "an empty surface",
    ):
        assert value in shown
    assert page.locator(".topbar").bounding_box()["y"] == 0  # still there, at the end of the page
    page.click("nav >> text=Pictures")
    assert page.evaluate("document.activeElement.id") == "pictures"


def test_without_scripts_folded_sections_open_where_a_link_leads(almonds, opened):
    page = opened(almonds, java_script_enabled=False)
    page.click("nav >> text=Definitions")
    page.wait_for_selector("#definitions >> text=ROC AUC")


def test_names_are_harmless(tmp_path, opened):
    evil = tmp_path / "in" / '<b onclick="alert(3)">'
    evil.mkdir(parents=True)
    Image.new("RGB", (9, 9), "red").save(evil / EVIL.replace("/", "_"))
    (evil / ("bad" + EVIL.replace("/", "_"))).write_bytes(b"")
    Image.new("RGB", (9, 9), "blue").save(evil / "{{ 7 * 7 }} $x^2$.png")
    keyword = "red</title><script>alert(4)</script>{{ 7 * 7 }}"
    page = opened(relevance.score(keyword, tmp_path / "in", model=ToyEncoder()))
    assert page.locator("script").count() == 2  # our data and our code
    assert page.locator("img[onerror], .text b, h1 b, .strips b b").count() == 0
    assert page.locator("[onclick]").count() == 0
    assert "49" not in page.inner_text("h1")
    assert EVIL.replace("/", "_") in text(page)
    assert "<script>alert(4)</script>" in page.inner_text("h1")


def test_skipped_files_and_their_reasons(red_and_blue, toy, opened):
    (red_and_blue / "Relevant" / "bad.png").write_bytes(b"")
    shown = opened(relevance.score("red", red_and_blue, model=toy)).inner_text("#skipped")
    assert "bad.png" in shown
    assert "the file is empty" in shown


def test_without_labels_there_are_no_curves(red_and_blue, toy, opened):
    (red_and_blue / "Relevant").rename(red_and_blue / "one")
    (red_and_blue / "Irrelevant").rename(red_and_blue / "two")
    page = opened(relevance.score("red", red_and_blue, model=toy))
    assert page.inner_text(".lead") == "“one” is the folder that fits “red” best."
    assert page.locator("#figures, #roc, #threshold").count() == 0
    assert "ROC AUC" not in page.text_content("#definitions")
    assert "With two folders the scaled mean is always 0 and 1" in text(page)


def test_names_in_any_script_make_no_noise(red_and_blue, toy, opened, recwarn):
    (red_and_blue / "Relevant").rename(red_and_blue / "アーモンド 🥜")
    page = opened(relevance.score("アーモンド", red_and_blue, model=toy))
    assert "アーモンド 🥜" in page.inner_text("#folders")
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_equal_means_are_called_equal(tmp_path, toy, opened):
    for folder in ("one", "two"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (9, 9), "red").save(tmp_path / "in" / folder / f"{number}.png")
    page = opened(relevance.score("red", tmp_path / "in", model=toy))
    said = "No folder clearly fits “red” best; “one” and “two” come first."
    assert page.inner_text(".lead") == said
    assert "All means are equal" in text(page)


def test_thumbnails_are_of_the_files_as_they_are_now(tmp_path, toy):
    for colour in ("red", "blue"):
        Image.new("RGB", (9, 9), colour).save(tmp_path / "x.png")
        page = relevance.score("red", tmp_path, model=toy).to_html(tmp_path / "r.html").read_text()
        data = base64.b64decode(re.search(r"data:image/webp;base64,([^\"]+)", page)[1])
        shown = np.asarray(Image.open(io.BytesIO(data)))[4, 4]
        assert shown.argmax() == {"red": 0, "blue": 2}[colour]


def test_a_second_folder_of_one_picture_proves_nothing(tmp_path, toy, opened):
    for folder, colours in (("many", ["red", "#e00000", "#d00000"]), ("one", ["blue"])):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number, colour in enumerate(colours):
            Image.new("RGB", (9, 9), colour).save(tmp_path / "in" / folder / f"{number}.png")
    page = opened(relevance.score("red", tmp_path / "in", model=toy))
    said = "“many” comes first for “red”, on too few pictures to be sure."
    assert page.inner_text(".lead") == said


def test_folders_that_differ_only_in_their_middle_stay_apart(tmp_path, toy, opened):
    for supplier in ("north", "south"):
        folder = tmp_path / "in" / f"supplier {supplier}" / "product pictures" / "2024"
        folder.mkdir(parents=True)
        Image.new("RGB", (9, 9), "red").save(folder / "x.png")
    page = opened(relevance.score("red", tmp_path / "in", model=toy))
    names = page.locator(".strips .of > span:first-child")
    assert sorted(names.all_inner_texts()) == ["supplier north/…/2024", "supplier south/…/2024"]
    whole = names.evaluate_all("all => all.map(name => name.title)")
    assert all("product pictures/2024" in name for name in whole)


def test_one_folder(red_and_blue, toy, opened):
    page = opened(relevance.score("red", red_and_blue / "Relevant", model=toy))
    assert "the scaled mean is undefined" in text(page)
    assert page.locator("#folders tbody td").last.text_content() == "–"


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("keyword", ["red", "red" * 60])
def test_nothing_sticks_out_sideways(red_and_blue, toy, opened, width, keyword):
    (red_and_blue / "Relevant").rename(red_and_blue / ("Relevant" + "x" * 100))
    page = opened(relevance.score(keyword, red_and_blue, model=toy))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def luminance(colour: str) -> float:
    """Relative luminance of a CSS rgb() colour (WCAG 2.1)."""
    values = np.array([int(part) for part in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(almonds, opened, scheme):
    """Text, links and labels keep WCAG's 4.5 : 1 against the card they stand on."""
    page = opened(almonds, color_scheme=scheme)
    card = luminance(
        page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
    )
    assert (card < 0.1) == (scheme == "dark")
    for selector in ("h2", ".muted", "a", ".label.relevant", ".label.irrelevant", "dt", "svg text"):
        prop = "fill" if selector.startswith("svg") else "color"
        colour = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{prop}")
        light, dark = sorted((card, luminance(colour)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (selector, colour)


def test_print_is_light_and_without_navigation(almonds, opened):
    page = opened(almonds, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert luminance(body) == pytest.approx(1)
    for hidden in ("nav", ".dial", ".filters"):
        assert not page.locator(hidden).is_visible()
    assert page.locator("#gallery .card").first.is_visible()


def test_the_notebook_form(almonds):
    shown = almonds._repr_html_()
    assert "the relevant pictures stand out for “almonds”" in shown
    assert shown.count("<svg") == 2  # a strip for each folder
    assert "<script" not in shown
    assert len(shown) < 200_000
    assert repr(almonds) == "<Scores for 'almonds': 36 pictures, 2 folders, encoder compact>"


def test_of_many_folders_a_dozen_are_drawn_and_the_others_are_one_click_away(hundred, opened):
    page = opened(hundred)
    assert page.locator(".strips li:visible").count() == 12
    assert page.locator("#folders tbody tr").count() == 100
    page.click("text=88 more")
    assert page.locator(".strips li:visible").count() == 100
    names = page.locator(".strips .of").all_inner_texts()
    assert names == [Path(name).name for name in hundred.folders["folder"]]


def test_a_picture_that_is_gone_by_now(red_and_blue, toy, opened):
    scores = relevance.score("red", red_and_blue, model=toy)
    for path in scores.files:
        path.unlink()
    page = opened(scores)
    assert page.locator("img").count() == 0
    assert "not there any more" in text(page)
