"""The page of recognised pictures, opened in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.index.references.conftest import BASES, picture
from tests.support.browser import needs_chromium

EVIL = '"><script>alert(1)<'


@pytest.fixture
def found(references, tmp_path):
    folder = tmp_path / "asked"
    for number, colour in enumerate(BASES):
        picture(folder / f"{colour}.png", colour, 50 + number)
    picture(folder / "black.png", (-50, -50, -50), 3)
    picture(folder / f"{EVIL}.png", "red", 7)
    (folder / "broken.png").write_bytes(b"no picture")
    references.add(folder / "red.png", type=EVIL)
    return references.recognise(folder, threshold=0.6, grow=True)


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_shows_pictures_references_and_types(open_page, found, tmp_path, scheme, width):
    page = open_page(
        found.to_html(tmp_path / "page.html"),
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    assert page.inner_text("h1").startswith("4 of 6 pictures show a known type, 1 do not, 1 could")
    cards = page.locator(".pairs .card")
    assert cards.count() == 5
    assert page.locator(".pairs .known").count() == 4
    assert page.locator(".pairs img").count() == 10  # each beside its nearest reference
    assert page.locator("img").evaluate_all(
        "images => images.every(image => image.naturalWidth > 0)"
    )
    types = page.locator("#types li h3").all_inner_texts()
    assert types == [EVIL, "blue", "green", "red"]
    assert page.locator("#types li").nth(3).locator("img").count() >= 4
    assert "no picture" not in page.inner_text("#skipped")
    assert "broken.png" in page.inner_text("#skipped")
    first = page.locator(".pairs a").first.get_attribute("href")
    assert (tmp_path / first).exists()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert ("became a reference" in page.inner_text("main")) == bool(found.grown)


@needs_chromium
def test_the_summary_of_a_notebook(found, open_page, tmp_path):
    (tmp_path / "nb.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{found._repr_html_()}")
    page = open_page(tmp_path / "nb.html")
    assert page.inner_text("strong").startswith("4 of 6 pictures")
    assert page.locator("img").count() == 10


def test_all_that_grew_is_listed_however_few_pictures_are_shown(found, tmp_path, monkeypatch):
    monkeypatch.setattr("relevance.index.references.page._MOST", 1)
    rows = [replace(row, grew=bool(row.type)) for row in found]
    page = replace(found, rows=tuple(rows)).to_html(tmp_path / "page.html").read_text()
    assert page.count('<li class="card') == 1
    assert "4 pictures became references" in page
    assert page.count("(similarity") == 4
