"""The page of a search, opened in a real browser."""

from __future__ import annotations

import pandas as pd
import pytest

import relevance
from tests.support.browser import needs_chromium
from tests.support.picture_server import png

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def made(toy, tmp_path):
    rows = []
    for number, colour in enumerate(("red", "red", "blue", "green", "yellow")):
        name = f"{colour}-{number}.png"
        (tmp_path / name).write_bytes(png(colour, (40 + number, 30)))
        rows.append({"image": name, "title": EVIL if number == 0 else f"thing {number}"})
    (tmp_path / "copy.png").write_bytes((tmp_path / "red-0.png").read_bytes())
    rows.append({"image": "copy.png", "title": "the same"})
    pd.DataFrame(rows).to_csv(tmp_path / "shop.csv", index=False)
    with relevance.Index.create(tmp_path / "index", model=toy) as index:
        index.add(tmp_path / "shop.csv")
        (tmp_path / "green-3.png").unlink()
        yield index, tmp_path


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_shows_query_hits_columns_and_copies(open_page, made, scheme, width):
    index, folder = made
    found = index.search("red", unlike=["white", folder / "blue-2.png"], k=5)
    page = open_page(
        found.to_html(folder / "page.html"),
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    assert page.inner_text("h1") == ("The 5 nearest pictures: “red”, unlike white and blue-2.png")
    cards = page.locator(".hits .card")
    assert cards.count() == len(found) == 5
    for card, hit in zip(cards.all(), found, strict=True):
        text = card.inner_text()
        assert f"{hit.rank}. " in text
        assert ("in 2 places" in text) == (len(hit.places) == 2)
        assert hit.columns["title"] in text
    assert page.locator(".hits img").evaluate_all(
        "images => images.every(image => image.naturalWidth > 0)"
    )
    assert page.locator(".hits img").count() == 4
    assert "not there any more" in page.inner_text(".hits")
    assert page.locator(".asked img").count() == 1
    first = page.locator(".hits a").first.get_attribute("href")
    assert (folder / first).exists()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@needs_chromium
def test_the_summary_of_a_notebook(made, open_page):
    index, folder = made
    found = index.search(like=folder / "red-0.png", k=2)
    (folder / "nb.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{found._repr_html_()}")
    page = open_page(folder / "nb.html")
    assert "like red-0.png" in page.inner_text("strong")
    assert page.locator("img").count() == 2
