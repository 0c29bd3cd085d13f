"""What moves in the report: threshold, figures, curves, pictures; by mouse and by keyboard."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.jobs.score.interactive import around_threshold, with_labels
from relevance.jobs.score.selection import SAMPLE, SHOW_ALL, likely_opened, shown_rows
from relevance.judging.metrics import at_threshold
from relevance.pages.wording import percent
from tests.support.browser import needs_chromium
from tests.support.toy import ToyEncoder

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def almonds(samples):
    return relevance.score("almonds", samples / "examples", model="compact")


@pytest.fixture
def page(almonds, open_page, tmp_path):
    return open_page(almonds.to_html(tmp_path / "almonds.html"))


def expected(scores, threshold: float):
    return at_threshold(scores.pictures.grade > 0, scores.pictures.probability, threshold)


def shown_counts(page) -> tuple[int, ...]:
    return tuple(int(page.inner_text(f"#{name}")) for name in ("hits", "alarms", "missed"))


def move_slider(page, position: int) -> float:
    """Move the slider as a hand does and return the threshold that the page then shows."""
    page.evaluate(
        "position => { slider.value = position; slider.dispatchEvent(new Event('input')); }",
        position,
    )
    return float(page.input_value("#exact"))


@pytest.mark.parametrize("position", [0, 137, 400, 500, 618, 777, 901, 1000])
def test_the_slider_counts_what_evaluation_counts(almonds, page, position):
    threshold = move_slider(page, position)
    counts = expected(almonds, threshold)
    assert shown_counts(page) == (
        counts.true_positives,
        counts.false_positives,
        counts.false_negatives,
    )
    assert int(page.inner_text("#refused")) == counts.true_negatives
    for name in ("precision", "recall", "f1"):
        assert float(page.inner_text(f"#{name}")) == pytest.approx(getattr(counts, name), abs=6e-4)
    assert page.inner_text("#judged").startswith(
        f"{counts.true_positives + counts.false_positives} of"
    )


def test_every_picture_can_be_the_threshold(almonds, page):
    """Typed in to the last digit, a picture's own probability is reached by it."""
    for chance in almonds.pictures.probability[::5]:
        page.fill("#exact", str(float(chance)))
        page.press("#exact", "Tab")
        counts = expected(almonds, float(chance))
        assert shown_counts(page)[:2] == (counts.true_positives, counts.false_positives)


def test_nonsense_in_the_field_changes_nothing(page):
    before = shown_counts(page)
    for text in ("2", "-1", ""):
        page.fill("#exact", text)
        page.press("#exact", "Tab")
        assert page.input_value("#exact") == "0.5"
    assert shown_counts(page) == before


def test_the_dots_sit_where_the_curves_have_the_threshold(almonds, page):
    threshold = move_slider(page, 640)
    counts = expected(almonds, threshold)
    place = page.evaluate(
        """() => [...document.querySelectorAll('.dot')].map(dot => {
            const at = name => Number(dot.dataset[name]);
            return [(dot.getAttribute('cx') - at('x0')) / at('x'),
                    (dot.getAttribute('cy') - at('y0')) / at('y')];
        })"""
    )
    false_rate = counts.false_positives / (counts.false_positives + counts.true_negatives)
    np.testing.assert_allclose(
        place, [[false_rate, counts.recall], [counts.recall, counts.precision]], atol=1e-6
    )


def test_a_dot_is_drawn_on_the_axes_it_belongs_to(page):
    """The corner (0, 0) of the ROC chart in the page is where its axes cross."""
    offset = page.evaluate(
        """() => {
            const svg = document.querySelector('#roc svg');
            const dot = svg.querySelector('.dot');
            const line = [...svg.querySelectorAll('path')].find(
                path => getComputedStyle(path).strokeDasharray !== 'none');
            const [x, y] = line.getAttribute('d').match(/M ([\\d.]+) ([\\d.]+)/).slice(1);
            return [x - dot.dataset.x0, y - dot.dataset.y0];
        }"""
    )
    np.testing.assert_allclose(offset, [0, 0], atol=0.05)


def outcomes(page) -> list[str]:
    """What each card's verdict is to its label, where it contradicts it."""
    return page.locator("#gallery .outcome").all_inner_texts()


def test_galleries_follow_threshold_and_filters(almonds, page):
    page.select_option("#show", "missed")
    for position in (300, 640, 800):
        counts = expected(almonds, move_slider(page, position))
        assert len(outcomes(page)) == counts.false_negatives
        assert set(outcomes(page)) <= {"≠ label: missed"}
        assert page.inner_text("#count").endswith(f"of {counts.false_negatives} pictures")
    page.select_option("#show", "wrong")
    assert len(outcomes(page)) == counts.wrong
    page.select_option("#show", "all")
    page.select_option("#folder", label="Irrelevant")
    assert page.locator("#gallery .card").count() == 24
    page.select_option("#order", "lowest")
    order = almonds.scored[almonds.scored["folder"] == "Irrelevant"].sort_values("score")["path"]
    assert page.locator("#gallery .file").all_inner_texts() == [Path(path).name for path in order]
    page.fill("#search", "0228")
    assert page.inner_text("#count") == "1 of 1 picture"
    assert "supplier-a-0228.gif" in page.inner_text("#gallery")


@pytest.mark.parametrize("labelled", [True, False])
def test_cards_tell_verdict_and_probability_by_sign_colour_and_words(
    labelled, almonds, samples, open_page, tmp_path
):
    scores = almonds
    if not labelled:
        folder = samples / "google_images" / "almonds"
        scores = relevance.score("almonds", folder, model="compact", relevant=())
        scores = replace(scores, pictures=replace(scores.pictures, label=[""] * len(scores.places)))
    page = open_page(scores.to_html(tmp_path / "r.html"))
    threshold = move_slider(page, 600)
    colours = set()
    ranked = scores.scored.sort_values("probability", ascending=False)
    cards = page.locator("#gallery .card").all()
    for card, (_, row) in zip(cards, ranked.iterrows(), strict=True):
        judged = row["probability"] >= threshold
        sign, said = ("✓", "judged to show it") if judged else ("✗", "judged not to show it")
        chip = card.locator(".chip")
        assert chip.text_content() == f"{sign} {percent(row['probability'])}, {said}"
        assert chip.locator("[aria-hidden]").text_content() == sign
        colours.add((sign, chip.evaluate("chip => getComputedStyle(chip).color")))
    assert len(colours) == len({colour for _, colour in colours}) == 2
    assert not any("score" in card.inner_text() for card in cards)


def test_the_nearest_come_first(almonds, page):
    page.select_option("#order", "nearest")
    page.locator("#gallery .open").first.click()
    shown = float(page.locator("#viewer-facts dt:text-is('Probability') + dd").inner_text())
    distance = np.abs(almonds.pictures.probability - 0.5)
    assert abs(shown - 0.5) == pytest.approx(distance.min(), abs=1e-3)


def test_a_picture_opens_larger_with_its_numbers(almonds, page):
    best = almonds.scored.sort_values("score", ascending=False).iloc[0]
    page.locator("#gallery .open").first.click()
    facts = page.inner_text("#viewer")
    for value in (best["path"], f"{best['score']:.4f}", f"{best['cosine']:.4f}", "found at 0.5"):
        assert value in facts
    image = page.locator("#viewer img").bounding_box()
    assert image["width"] > 300
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#viewer-place") == "2 of 36"
    page.keyboard.press("Escape")
    assert not page.locator("#viewer").is_visible()


def test_the_link_leads_to_the_file(page, almonds, samples):
    page.locator("#gallery .open").first.click()
    target = page.evaluate("decodeURIComponent(document.getElementById('viewer-link').href)")
    best = almonds.scored.sort_values("score", ascending=False).index[0]
    assert target == almonds.files[best].resolve().as_uri()


def test_the_keyboard_reaches_everything(page):
    page.locator("#slider").focus()
    before = float(page.input_value("#exact"))
    page.keyboard.press("ArrowRight")
    assert float(page.input_value("#exact")) > before
    assert "falsely judged relevant" in page.get_attribute("#slider", "aria-valuetext")
    page.locator("#exact").focus()
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"slider", "copy", "show", "folder", "order", "search", "open"} <= reached
    page.locator("#gallery .open").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement === openAt(2)")
    page.keyboard.press("Enter")
    assert page.locator("#viewer").is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "open"


def test_the_command_makes_the_verdicts_again(page, almonds, samples):
    threshold = move_slider(page, 700)
    words = shlex.split(page.inner_text("#command"))
    assert words[:2] == ["relevance", "score"]
    assert float(words[words.index("--threshold") + 1]) == threshold
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#copy")
    page.wait_for_selector("text=Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#command")


@pytest.mark.parametrize(
    ("command", "expected_words"),
    [
        ("relevance score a b --threshold 0.3", "relevance score a b --threshold T"),
        ("relevance score a b", "relevance score a b --threshold T"),
        (
            "relevance score --model m --threshold 0.3 -- -a b",
            "relevance score --model m --threshold T -- -a b",
        ),
    ],
)
def test_the_threshold_takes_its_place_in_a_command(command, expected_words):
    assert "T".join(around_threshold(command)) == expected_words


@pytest.mark.parametrize(
    ("command", "expected_words"),
    [
        ("relevance score a b", "relevance score a b --labels t.csv"),
        ("relevance score a b --relevant c --relevant=-d", "relevance score a b --labels t.csv"),
        ("relevance score --labels o.csv -- -a", "relevance score --labels t.csv -- -a"),
    ],
)
def test_a_table_takes_the_place_of_labels_in_a_command(command, expected_words):
    assert with_labels(command, "t.csv") == expected_words


def test_without_labels_the_slider_still_counts(red_and_blue, toy, open_page, tmp_path):
    (red_and_blue / "Relevant").rename(red_and_blue / "one")
    (red_and_blue / "Irrelevant").rename(red_and_blue / "two")
    scores = relevance.score("red", [red_and_blue / "one", red_and_blue / "two"], model=toy)
    page = open_page(scores.to_html(tmp_path / "r.html"))
    for position in (250, 500, 640):
        threshold = move_slider(page, position)
        count = int((scores.pictures.probability >= threshold).sum())
        said = f"{count} of 32 pictures show red (probably); 32 blank; 32 tiny"
        assert page.inner_text("h1") == said
    flaws = ["blank", "tiny"]
    options = page.locator("#show option").all_inner_texts()
    assert options == [
        "all",
        "judged relevant",
        "judged irrelevant",
        *flaws,
        "not marked yet",
        "marked",
    ]


def test_without_scripts_fixed_galleries_stand_in(almonds, open_page, tmp_path):
    page = open_page(almonds.to_html(tmp_path / "r.html"), java_script_enabled=False)
    assert page.locator("noscript .card").count() >= 24
    assert page.locator("noscript .card").first.bounding_box()["y"] < 900
    assert not page.locator("#slider").is_visible()
    assert page.inner_text("#hits") == str(almonds.evaluation().chosen.true_positives)


EVIL = '"><script>alert(1)<_script><img src=x onerror=alert(2)>.png'


def test_hostile_names_stay_text_wherever_scripts_write_them(tmp_path, open_page):
    for folder in ("</script><script>alert(3)<_script>", "javascript:alert(4)"):
        home = tmp_path / "in" / folder.replace("/", "_")
        home.mkdir(parents=True)
        Image.new("RGB", (9, 9), "red").save(home / EVIL)
    scores = relevance.score("red", tmp_path / "in", model=ToyEncoder())
    page = open_page(scores.to_html(tmp_path / "r.html"))
    assert page.locator("script").count() == 2
    assert page.locator("img[onerror]").count() == 0
    page.locator("#gallery .open").first.click()
    assert page.inner_text("#viewer-title") == EVIL
    link = page.evaluate("document.getElementById('viewer-link').href")
    assert link.startswith("file:")
    assert "<script>" in page.inner_text("#folder")


def test_what_is_not_named_like_a_picture_is_not_linked(tmp_path, open_page):
    (tmp_path / "in").mkdir()
    Image.new("RGB", (9, 9), "red").save(
        tmp_path / "in" / "x.html", "GIF", comment=b"<script>alert(1)</script>"
    )
    scores = relevance.score("red", tmp_path / "in" / "x.html", model=ToyEncoder())
    page = open_page(scores.to_html(tmp_path / "r.html"))
    page.locator("#gallery .open").first.click()
    assert not page.locator("#viewer-link").is_visible()


@pytest.fixture(scope="module")
def two_thousand(tmp_path_factory):
    """As many detailed pictures as a report shows, of five looks."""
    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 255, (200, 30, 40, 3), dtype=np.uint8)
    for name in ("Relevant", "Irrelevant"):
        (folder / name).mkdir()
    for number in range(SHOW_ALL):
        picture = Image.fromarray(coarse[number % 200]).resize((240, 180), Image.Resampling.BICUBIC)
        name = "Relevant" if number % 3 else "Irrelevant"
        path = folder / name / f"a long supplier's file name {number}.jpg"
        picture.save(path, quality=80, comment=str(number).encode())  # no copies, byte for byte
    return folder


@pytest.fixture(scope="module")
def two_thousand_scored(two_thousand):
    return relevance.score("red", two_thousand, model=ToyEncoder())


def test_a_report_on_two_thousand_pictures_is_small_and_opens_with_the_first(
    two_thousand_scored, open_page, tmp_path
):
    path = two_thousand_scored.to_html(tmp_path / "r.html")
    assert path.stat().st_size < 6_000_000
    page = open_page(path)
    assert page.locator("#gallery .card").count() == 48
    assert page.inner_text("#count") == "48 of 2000 pictures"
    page.click("#more")
    assert page.inner_text("#count") == "96 of 2000 pictures"
    assert page.evaluate("document.activeElement.closest('li') === grid.children[48]")


def test_of_more_a_sample_is_shown_and_all_are_counted(two_thousand, open_page, tmp_path):
    extra = tmp_path / "in"
    for name in ("Relevant", "Irrelevant"):
        (extra / name).mkdir(parents=True)
    for number in range(600):
        name = "Relevant" if number % 2 else "Irrelevant"
        colour = (number % 255, 60, 90 + number // 255)  # all different
        Image.new("RGB", (9, 9), colour).save(extra / name / f"{number}.png")
    scores = relevance.score("red", [two_thousand, extra], model=ToyEncoder())
    page = open_page(scores.to_html(tmp_path / "r.html"))
    assert f"{SAMPLE} of 2,600 pictures are shown" in page.inner_text("#pictures")
    assert page.inner_text("#count") == f"48 of {SAMPLE} pictures"
    threshold = move_slider(page, 555)
    counts = expected(scores, threshold)
    assert shown_counts(page) == (
        counts.true_positives,
        counts.false_positives,
        counts.false_negatives,
    )


def test_the_sample_holds_what_decides(two_thousand_scored):
    pictures = two_thousand_scored.pictures
    doubled = type(pictures)(*(
        np.concatenate([column, column]) if isinstance(column, np.ndarray) else [*column, *column]
        for column in (getattr(pictures, item.name) for item in fields(pictures))
    ))  # fmt: skip
    each = np.arange(len(doubled.path))
    doubled = replace(doubled, first_copy=each, first_alike=each)
    rows = shown_rows(doubled, 0.5)
    assert len(rows) == len(set(rows)) == SAMPLE
    assert (np.diff(rows) > 0).all()
    ranked = np.argsort(-doubled.score, kind="stable")
    nearest = np.argsort(np.abs(doubled.probability - 0.5), kind="stable")
    for certain in (ranked[:100], ranked[-100:], nearest[:100]):
        assert set(certain.tolist()) <= set(rows.tolist())
    folders = np.array(doubled.folder)[rows]
    assert (folders == "Relevant").sum() > 100


def test_the_likeliest_opened_come_first(almonds):
    pictures = almonds.pictures
    rows = np.flatnonzero(pictures.is_scored)
    first = likely_opened(pictures, rows, 0.5)
    assert sorted(first) == sorted(rows)
    assert first[0] == np.argmax(pictures.score)
    wrong = (pictures.grade > 0) != pictures.relevant
    distance = np.abs(pictures.probability - 0.5)
    assert distance[wrong].max() in distance[first[:2]]
    assert distance.min() in distance[first[:3]]


def test_copies_and_flawed_pictures_can_be_shown_alone(samples, open_page, tmp_path):
    shutil.copytree(samples / "google_images" / "lemons", tmp_path / "shop")
    lemon = Image.open(tmp_path / "shop" / "lemons-04.jpg").convert("RGB")
    lemon.reduce(2).save(tmp_path / "shop" / "half.jpg")
    Image.new("RGB", (200, 100), "white").save(tmp_path / "shop" / "blank.png")
    scores = relevance.score("lemons", tmp_path / "shop", model="compact")
    page = open_page(scores.to_html(tmp_path / "lemons.html"))
    kinds = page.locator("#show option").evaluate_all("all => all.map(one => one.value)")
    assert {"alike", "blank"} <= set(kinds)
    assert not {"tiny", "noise"} & set(kinds)
    for kind, names in (("blank", ["blank.png"]), ("alike", ["half.jpg", "lemons-04.jpg"])):
        page.select_option("#show", kind)
        assert sorted(page.locator("#gallery .file").all_inner_texts()) == names
    page.locator("#gallery .open").first.click()
    assert "Nearly the same" in page.inner_text("#viewer-facts")
