"""The page of several keywords in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import relevance
from tests.support.browser import needs_chromium
from tests.support.toy import COLOURS, ToyEncoder

EVIL = '"><script>alert(1)<'

pytestmark = needs_chromium


@pytest.fixture
def found(tmp_path):
    """Three shades of each of the toy's colours; three keywords, of which one fits nothing."""
    rng = np.random.default_rng(3)
    for name, colour in COLOURS.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(3):
            shade = np.clip(np.array(colour) * 170 + rng.normal(40, 20, 3), 0, 255)
            path = tmp_path / "in" / name / f"{number}.png"
            Image.new("RGB", (30, 30), tuple(map(int, shade))).save(path)
    (tmp_path / "in" / "red" / "bad.png").write_bytes(b"")
    words = ["red", "yellow", "chairs"]
    return relevance.score_keywords(words, tmp_path / "in", model=ToyEncoder())


@pytest.fixture
def opened(open_page, tmp_path):
    """Write the page and open it."""
    return lambda scores, **options: open_page(scores.to_html(tmp_path / "k.html"), **options)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_keyword_has_a_row(found, opened, width, scheme):
    page = opened(found, viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = found.n_shown
    some, several = int((shown > 0).sum()), int((shown > 1).sum())
    assert page.inner_text("h1") == (
        f"{some} of 15 pictures show at least one of 3 keywords (probably); "
        f"{several} of them several; 1 unreadable"
    )
    rows = page.locator(".keywords > li")
    assert rows.locator("h3").all_inner_texts() == list(found.keywords)
    assert rows.locator(".count").all_inner_texts() == [f"{n} of 15 pictures" for n in found.counts]
    for number in range(3):
        assert rows.nth(number).locator("img").count() == min(6, found.counts[number])
    names = [picture.get_attribute("title") for picture in rows.nth(0).locator(".frame").all()]
    ranked = np.argsort(-np.nan_to_num(found.scores[:, 0], nan=-9), kind="stable")
    assert names == [found.path[row] for row in ranked[: len(names)]]
    assert page.locator(".keywords a").count() == 0  # no page of a keyword was written
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert rows.nth(0).bounding_box()["y"] < 420


def test_the_matrix_and_the_rest(found, opened):
    page = opened(found)
    cells = (
        "rows => rows.map(row => [...row.querySelectorAll('.cell')].map(c => +c.firstChild.data))"
    )
    shown = page.locator("#folders tbody tr").evaluate_all(cells)
    np.testing.assert_array_equal(shown, found.shown_matrix.T)
    assert page.locator("#folders .own").count() == 2  # red and yellow
    none = int((found.is_scored & (found.n_shown == 0)).sum())
    assert page.locator("#none img").count() == none
    assert page.locator("#several img").count() == int((found.n_shown > 1).sum())
    assert "bad.png" in page.inner_text("#skipped")


def test_names_are_harmless(tmp_path, opened):
    (tmp_path / "in" / EVIL).mkdir(parents=True)
    Image.new("RGB", (9, 9), "red").save(tmp_path / "in" / EVIL / '" onerror="alert(2).png')
    words = ["red", EVIL, "{{ 7 * 7 }}"]
    page = opened(relevance.score_keywords(words, tmp_path / "in", model=ToyEncoder()))
    assert page.locator("script").count() == page.locator("[onerror]").count() == 0
    assert page.locator(".keywords h3").all_inner_texts() == words


def test_thumbnails_are_made_once(tmp_path, found, monkeypatch):
    from relevance.jobs.score.keywords.files import write_keyword_scores
    from relevance.pages import thumbnails

    made = []
    small = thumbnails.load_small
    monkeypatch.setattr(
        thumbnails, "load_small", lambda path, *how: made.append((path, *how)) or small(path, *how)
    )
    scores = relevance.score_keywords(
        found.keywords, tmp_path / "in", model=ToyEncoder(), cache=False
    )
    write_keyword_scores(scores, tmp_path / "out")
    assert len(made) == len(set(made)) == 30  # of each picture a small and a larger one
    assert len(list((tmp_path / "out").glob("*.html"))) == 5


def test_a_notebook_shows_a_row_a_keyword(found, open_page, tmp_path):
    (tmp_path / "cell.html").write_text(f"<meta charset=utf-8>{found._repr_html_()}")
    page = open_page(tmp_path / "cell.html")
    assert page.locator("tbody th").all_inner_texts() == list(found.keywords)
    assert page.locator("tbody tr").nth(0).inner_text().split("\t")[1:3] == [
        f"{found.counts[0]} of 15",
        "red",
    ]
