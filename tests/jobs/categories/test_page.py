"""The page of many keywords in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.jobs.categories.order import keyword_order
from relevance.pages.wording import percent
from tests.support.browser import needs_chromium
from tests.support.toy import COLOURS, ToyEncoder

EVIL = '"><script>alert(1)<'

pytestmark = needs_chromium


@pytest.fixture
def opened(open_page, tmp_path):
    """Write the page and open it."""
    return lambda found, **options: open_page(
        found.to_html(tmp_path / "categories.html"), **options
    )


def picture(path, colour) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 9), tuple(map(int, colour))).save(path)


@pytest.fixture
def many(tmp_path):
    """A folder each for the toy's colours and for things it does not know, three pictures each."""
    rng = np.random.default_rng(1)
    for name in [*COLOURS, "chairs", "lamps"]:
        for number in range(3):
            base = np.array(COLOURS.get(name, (0.5, 0.5, 0.5))) * 150 + rng.normal(50, 40, 3)
            picture(tmp_path / "in" / name / f"{number}.png", np.clip(base, 0, 255))
    return relevance.categories(
        tmp_path / "in", model=ToyEncoder(), correction="nearest-neighbours"
    )


def cells(page, section: str) -> np.ndarray:
    """The numbers of a matrix, as a reader sees them."""
    rows = page.locator(f"#{section} tbody tr")
    return np.array(
        [
            [float(text) for text in row.locator(".cell").evaluate_all(_OWN_TEXT)]
            for row in rows.all()
        ]
    )


_OWN_TEXT = "cells => cells.map(cell => cell.firstChild.textContent)"


def test_the_first_screen_answers(many, opened):
    page = opened(many)
    fitting, top1 = int(many.fits_own_folder.sum()), many.accuracy.top1
    assert page.inner_text("h1") == (
        f"For {fitting} of 7 keywords the folder of that name fits best; "
        f"{percent(top1.value)} of the pictures get the right keyword."
    )
    tiles = page.inner_text(".tiles")
    assert f"{top1.hits} of 21; 95\N{NO-BREAK SPACE}% interval {percent(top1.low)}" in tiles
    assert f"{many.accuracy.top5.hits} of 21" in tiles
    assert f"chance {percent(5 / 7)}" in tiles
    assert f"{percent(many.accuracy.top1_uncorrected.value)} would be right" in page.inner_text(
        ".lead"
    )
    for thing in ("h1", ".lead", ".tiles", "text=Which folder fits which keyword"):
        assert page.locator(thing).first.bounding_box()["y"] < 900


def test_the_numbers_are_those_of_the_matrices(many, opened):
    page = opened(many)
    np.testing.assert_array_equal(cells(page, "means"), np.round(many.mean_matrix, 3))
    np.testing.assert_array_equal(cells(page, "confusion"), many.confusion_matrix)
    names = page.locator("#means tbody th").all_inner_texts()
    assert names == list(many.keywords)
    assert page.locator("#means thead th").all_inner_texts()[1:-1] == list(many.folders)
    right = np.diag(many.confusion_matrix) / many.confusion_matrix.sum(axis=1)
    last = page.locator("#confusion tbody tr td:last-child").all_inner_texts()
    assert last == list(map(percent, right))


def test_colour_is_the_scaled_mean_and_the_outline_the_own_folder(many, opened):
    page = opened(many)
    strength = "cells => cells.map(cell => Number(cell.style.getPropertyValue('--heat')))"
    shown = page.locator("#means .cell").filter(has_text="0.").evaluate_all(strength)
    assert len(shown) == 49
    np.testing.assert_allclose(np.reshape(shown, (7, 7)), many.scaled_matrix, atol=0.0051)
    marked = "cells => cells.map(cell => cell.cellIndex - 1)"
    assert page.locator("#means .own").evaluate_all(marked) == list(range(7))
    assert page.locator("#means .highest").evaluate_all(marked) == many.best_folder.tolist()


def test_confused_pairs_with_pictures(many, opened):
    page = opened(many)
    pairs = many.confused_pairs
    assert pairs
    heads = page.locator("#confused h3").all_inner_texts()
    assert heads == [
        f"“{many.keywords[pair.true]}” called “{many.keywords[pair.best]}”: {pair.count} of 3"
        for pair in pairs[:6]
    ]
    assert page.locator("#confused img").count() == sum(pair.count for pair in pairs[:6])
    loaded = "Array.from(document.images).every(image => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(loaded)


def test_names_are_harmless(tmp_path, opened):
    for folder, colour in ((EVIL, "red"), ("{{ 7 * 7 }}", "blue"), ("red", "red")):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for name in (f"{EVIL}.png", '" onerror="alert(2).png'):
            Image.new("RGB", (9, 9), colour).save(tmp_path / "in" / folder / name)
    (tmp_path / "in" / EVIL / '"><img src=x onerror=alert(3)>.png').write_bytes(b"")
    found = relevance.categories(
        tmp_path / "in", model=ToyEncoder(), keywords='</title><b onclick="alert(4)">'
    )
    page = opened(found)
    assert page.locator("script").count() == 2  # data, and the page's own
    assert page.locator("[onerror], [onclick]").count() == 0
    assert "49" not in page.inner_text("#means")
    assert EVIL in page.inner_text("#means")
    assert '"><img src=x onerror=alert(3)>.png' in page.inner_text("#skipped")
    assert '</title><b onclick="alert(4)">' in page.locator("#means tbody th").all_inner_texts()


def test_more_folders_than_are_drawn(tmp_path, opened):
    for number in range(75):
        name = f"product {chr(97 + number % 26)}{chr(97 + number // 26)}"
        picture(tmp_path / "in" / name / "x.png", (number * 3, 20, 90))
    found = relevance.categories(tmp_path / "in", model=ToyEncoder())
    page = opened(found, viewport={"width": 390, "height": 800})
    worst = keyword_order(found)[:60]  # a folder for each, so the order of both
    right = np.diag(found.confusion_matrix)[keyword_order(found)]
    assert (np.diff(right) >= 0).all()
    assert right[0] < right[-1]
    means = np.round(found.mean_matrix[np.ix_(worst, worst)], 3)
    np.testing.assert_array_equal(cells(page, "means"), means)
    assert "called wrongly most often come first" in page.inner_text("#confusion")
    assert cells(page, "confusion").shape == (60, 60)
    note = "The first 60 of 75 keywords and 60 of 75 folders are drawn; categories-means.csv"
    assert note in page.inner_text("#means")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_a_true_keyword(red_and_blue, opened):
    found = relevance.categories(red_and_blue, model=ToyEncoder(), keywords=["red", "blue"])
    page = opened(found)
    assert page.inner_text("h1").startswith("“blue” is the best keyword of 20 of 32 pictures")
    assert page.locator("#confusion, #confused").count() == 0
    assert "top-1" not in page.inner_text(".tiles")
    np.testing.assert_array_equal(cells(page, "nameless"), [[0, 20], [12, 0]])
    assert "2 folders bear no keyword (Irrelevant, Relevant)" in page.inner_text("header")


def test_one_folder_and_no_correction(red_and_blue, opened):
    (red_and_blue / "Relevant").rename(red_and_blue / "red")
    found = relevance.categories(
        red_and_blue / "red", model=ToyEncoder(), keywords="blue", correction="none"
    )
    page = opened(found)
    assert page.inner_text("h1") == "100\N{NO-BREAK SPACE}% of the pictures get the right keyword."
    assert "nothing is coloured" in page.inner_text("#means")
    assert "no correction was asked for" in page.text_content("#definitions")
    assert "Without the correction" not in page.inner_text(".lead")


def luminance(colour: np.ndarray) -> float:
    """Relative luminance (WCAG 2.1) of red, green and blue from 0 to 255."""
    values = colour / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def rgba(text: str) -> np.ndarray:
    parts = [float(part) for part in re.findall(r"[\d.]+", text)]
    return np.array(parts if len(parts) == 4 else [*parts, 1.0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_are_readable_on_every_colour(many, opened, scheme):
    """WCAG's 4.5 : 1 between a number and its cell, blended onto the card."""
    page = opened(many, color_scheme=scheme)
    style = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    card = rgba(page.locator("section").first.evaluate(style)[1])[:3]
    drawn = set()
    for cell in page.locator(".scroll .cell").all():
        ink, paint = map(rgba, cell.evaluate(style))
        ground = luminance(paint[3] * paint[:3] + (1 - paint[3]) * card)
        drawn.add(ground)
        light, dark = sorted((luminance(ink[:3]), ground), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, cell.inner_text()
    assert len(drawn) > 10


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out_sideways(tmp_path, opened, width):
    for name, colour in (("red" + "x" * 150, (200, 0, 0)), ("blue " * 20, (0, 0, 200))):
        for number in range(3):
            picture(tmp_path / "in" / name.strip() / f"{'y' * 100}{number}.png", colour)
    found = relevance.categories(tmp_path / "in", model=ToyEncoder())
    page = opened(found, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_provenance_and_the_notebook_form(many, opened):
    shown = opened(many).text_content("#provenance")
    for value in (many.encoder.fingerprint, many.provenance["command"], "a product photo of {}"):
        assert value in shown
    short = many._repr_html_()
    assert "of the pictures get the right keyword" in short
    assert short.count("<table") == 1
    assert "<script" not in short
    assert repr(many).startswith(f"<Categories: {len(many.keywords)} keywords, ")


def test_a_cell_shows_its_pictures_by_click_and_by_key(many, opened):
    page = opened(many)
    pair = many.confused_pairs[0]
    cell = page.locator("#confusion tr[data-row]").nth(pair.true).locator(".cell").nth(pair.best)
    cell.click()
    true, best = many.keywords[pair.true], many.keywords[pair.best]
    assert page.inner_text("#cell-title") == f"{true}: {pair.count} of 3 called “{best}”"
    scores = sorted((float(many.scores[row, pair.best]) for row in pair.pictures), reverse=True)
    shown = page.locator("#cell .values").all_inner_texts()
    assert shown == [f"score {value:.3f}" for value in scores]
    assert page.locator("#cell img").evaluate_all("all => all.every(i => i.naturalWidth > 0)")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#confusion .cell')")
    page.locator("#means td.cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # of a mean: all pictures of the folder
    called = int(many.called[1, 1])
    heading = f"{many.folders[1]}: {called} of 3 called “{many.keywords[1]}”"
    assert page.inner_text("#cell-title") == heading
    assert page.locator("#cell .card").count() == 3
    assert page.locator("#cell .outcome").count() == 3 - called
    page.click("#cell-close")
    page.wait_for_function("document.activeElement.matches('#means .cell')")
