"""The page where pictures are marked, in a real browser: keys, buttons, reload, the saved table."""

from __future__ import annotations

import pandas as pd
import pytest

import relevance
from tests.support.browser import needs_chromium


@pytest.fixture
def made(red_and_blue, toy, tmp_path):
    paths = sorted(red_and_blue.glob("*/*.png"))
    table = tmp_path / "known.csv"
    rows = [(path, path.parent.name.lower()) for path in paths[::5]]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv(table, index=False)
    taught = relevance.teach("red", red_and_blue, labels=table, suggest=5, model=toy)
    return taught, taught.to_html(tmp_path / "x-to-label.html"), table


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_marks_become_the_table_that_labels_takes(open_page, made, red_and_blue, toy, width):
    taught, file, known = made
    page = open_page(file, viewport={"width": width, "height": 800})
    assert page.inner_text("h1") == "Does it show red?"
    assert page.locator(".marking .card").count() == 5
    error = taught.lesson.history[-1].error
    assert f"Expected error {100 * error:.0f} % (cross-validated), 7 labelled" in page.content()
    assert page.locator(".marking img").evaluate_all("all => all.every(i => i.naturalWidth > 0)")
    assert page.inner_text("#count") == "0 of 5 labelled"
    page.keyboard.press("y")
    page.keyboard.press("n")
    page.keyboard.press("s")
    page.locator(".card").nth(4).locator("button.yes").click()
    assert page.inner_text("#count") == "3 of 5 labelled"
    assert page.evaluate("location.hash") == "#yns-y"
    page.reload()
    assert page.inner_text("#count") == "3 of 5 labelled"
    assert page.locator(".card.current").count() == 1
    with page.expect_download() as waiting:
        page.click("#save")
    saved = file.parent / "labels.csv"
    waiting.value.save_as(saved)
    table = pd.read_csv(saved)
    places = [item.place for item in taught.suggested]
    assert table["path"].tolist()[:3] == [places[0], places[1], places[4]]
    assert table["label"].tolist()[:3] == ["relevant", "irrelevant", "relevant"]
    before = pd.read_csv(known).to_numpy().tolist()
    assert sorted(table[3:].to_numpy().tolist()) == sorted(before)
    again = relevance.teach("red", red_and_blue, labels=saved, model=toy)
    counts = (again.lesson.calibration.n_relevant, again.lesson.calibration.n_irrelevant)
    learnt = (taught.lesson.calibration.n_relevant, taught.lesson.calibration.n_irrelevant)
    assert counts == (learnt[0] + 2, learnt[1] + 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
