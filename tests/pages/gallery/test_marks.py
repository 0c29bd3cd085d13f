"""Marks in a real browser, and the table of them given to the commands that take labels."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.browser import needs_chromium
from tests.support.command import run_command

pytestmark = needs_chromium

YES, NO, UNSURE = "yes", "no", "unsure"


def card(page, name: str):
    return page.locator("#gallery .card", has_text=name)


def given(page) -> dict[str, str]:
    """The marks that cards show, by name of the file."""
    cards = page.locator("#gallery .card").all()
    marks = {c.locator(".file").inner_text(): c.get_attribute("data-mark") for c in cards}
    return {name: mark for name, mark in marks.items() if mark}


def save(page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.click(button)
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def address_of(page) -> str:
    """The address, once the page has written it."""
    page.wait_for_timeout(400)
    return page.url


def test_marks_by_click_and_by_key(page):
    card(page, "apples-01").locator("button.yes").click()
    card(page, "lemons-02").locator("button.no").click()
    page.locator("#gallery .open").first.focus()
    page.keyboard.press("u")
    first = page.locator("#gallery .file").first.inner_text()
    assert given(page) == {"apples-01.jpg": YES, "lemons-02.jpg": NO} | {first: UNSURE}
    assert page.inner_text("#marked") == "1 marked as showing apples, 1 as not, 1 unsure"
    page.keyboard.press("u")
    assert first not in given(page)
    button = card(page, "apples-01").locator("button.yes")
    assert button.get_attribute("aria-label") == "Yes shows apples: apples-01.jpg"
    assert button.get_attribute("aria-pressed") == "true"


def test_several_are_marked_together(page):
    page.locator("#gallery .open").first.focus()
    page.locator("#gallery .open").nth(3).click(modifiers=["Shift"])
    page.locator("#gallery .open").nth(6).click(modifiers=["ControlOrMeta"])
    page.locator("#gallery .pick input").nth(8).check()
    assert page.inner_text("#selected") == "6 selected:"
    page.click("#selection-marks >> text=does not show apples")
    names = page.locator("#gallery .file").all_inner_texts()
    assert given(page) == {names[place]: NO for place in (0, 1, 2, 3, 6, 8)}
    page.click("#clear-selection")
    assert not page.locator("#selection").is_visible()
    page.locator("#gallery .open").nth(1).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("y")
    assert {name for name, mark in given(page).items() if mark == YES} == set(names[1:3])
    page.keyboard.press("Escape")
    assert not page.locator("#selection").is_visible()


def test_marks_in_the_opened_view(page):
    page.locator("#gallery .open").nth(1).click()
    page.keyboard.press("y")
    assert page.inner_text("#viewer-place") == "2 of 16, shows apples"
    page.keyboard.press("ArrowRight")
    page.click("#viewer-marks .no")
    page.keyboard.press("Escape")
    names = page.locator("#gallery .file").all_inner_texts()
    assert given(page) == {names[1]: YES, names[2]: NO}
    assert page.evaluate("document.activeElement === openAt(2)")


def test_marks_outlast_the_page_and_travel_in_its_address(page, browser, page_file):
    card(page, "apples-01").locator("button.yes").click()
    card(page, "lemons-02").locator("button.no").click()
    address = address_of(page)
    page.goto("about:blank")
    page.goto(page_file.as_uri())
    marks = {"apples-01.jpg": YES, "lemons-02.jpg": NO}
    assert given(page) == marks
    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        other.goto(address)
        assert given(other) == marks
        other.click("#clear-marks")
        assert given(other) == {}
        assert "#" not in address_of(other)


def test_an_address_of_another_page_marks_nothing(page, open_page, page_file):
    page.goto(page_file.as_uri() + "#marks=00000000_0.1_2_")
    page.reload()
    assert given(page) == {}


def relevance_command(*words: str) -> str:
    """Run the command as a user does and return what it said."""
    done = run_command(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def labels_of(file: Path) -> dict[str, str]:
    with file.open(newline="") as stream:
        return {row["path"]: row["label"] for row in csv.DictReader(stream)}


def test_the_table_of_marks_is_one_of_labels(page, fruit, tmp_path):
    """Marked in the browser, saved, and taken by score, calibrate and teach as it is."""
    for name in ("apples", "lemons"):
        for number in range(1, 8):
            mark = "yes" if name == "apples" else "no"
            card(page, f"{name}-0{number}.").locator(f"button.{mark}").click()
    card(page, "apples-08").locator("button.unsure").click()
    file = save(page, "#save-labels", tmp_path)
    assert file.name == "labels.csv"
    labels = labels_of(file)
    apples = sorted(path for path, label in labels.items() if label == "relevant")
    assert len(apples) == 8  # the copy too
    assert any(path.endswith("again.jpg") for path in apples)
    assert set(labels) <= set(fruit.pictures.path)
    assert [label for path, label in labels.items() if "apples-08" in path] == [""]

    where = str(Path(fruit.places[0]).parent.parent)
    words = ["apples", where, "--labels", str(file), "--model", "compact"]
    said = relevance_command("score", *words, "--output-dir", str(tmp_path / "out"))
    assert "belong to no picture" not in said
    found = json.loads((tmp_path / "out" / "apples.json").read_text())["evaluation"]
    assert (found["n_relevant"], found["n_irrelevant"], found["n_unlabelled"]) == (8, 7, 2)
    relevance_command("calibrate", *words, "--force", "-o", str(tmp_path / "apples.json"))
    made = json.loads((tmp_path / "apples.json").read_text())
    assert made["n_relevant"] + made["n_irrelevant"] == 15
    relevance_command("teach", *words, "-o", str(tmp_path / "apples.lesson.json"))
    assert (tmp_path / "apples.lesson.json").is_file()


def test_labels_known_before_are_in_the_table_and_marks_go_first(
    samples, open_page, tmp_path, compact
):
    import relevance

    scores = relevance.score("almonds", samples / "examples", model=compact)
    page = open_page(scores.to_html(tmp_path / "almonds.html"))
    name = page.locator("#gallery .file").first.inner_text()
    was = scores.scored.sort_values("score", ascending=False)["label"].iloc[0]
    assert was == "relevant"
    card(page, name).locator("button.no").click()
    labels = labels_of(save(page, "#save-labels", tmp_path))
    assert len(labels) == 36
    known = dict(zip(scores.images["path"], scores.images["label"], strict=True))
    changed = {path for path in known if labels[path] != known[path]}
    assert {Path(path).name for path in changed} == {name}
    assert "--labels labels.csv" in page.inner_text("#labels-hint")


@pytest.mark.parametrize("name", ["=1+1.png", 'a,"b".png', "-x.png"])
def test_odd_names_come_back_from_the_table(name, toy, open_page, tmp_path):
    from PIL import Image

    import relevance
    from relevance.judging.label_table import read_label_table
    from relevance.pictures.folders import find_images

    home = tmp_path / "in"
    home.mkdir()
    for shade, file in (("red", name), ("blue", "b.png")):
        Image.new("RGB", (9, 9), shade).save(home / file)
    page = open_page(relevance.score("red", home, model=toy).to_html(tmp_path / "r.html"))
    page.locator("#gallery .card", has_text=name).locator("button.yes").click()
    table = read_label_table(save(page, "#save-labels", tmp_path))
    refs = find_images([home]).refs
    grades, unmatched = table.grade_pictures(refs)
    assert unmatched == []
    assert {ref.path.name for ref, grade in zip(refs, grades, strict=True) if grade == 1} == {name}
