"""The page on picture–caption pairs, opened in a real browser."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

import relevance
from relevance.jobs.captions.wording import answer
from tests.support.browser import needs_chromium
from tests.support.picture_server import COLOURS, png

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def made(toy, tmp_path):
    """Fifty pairs, some skipped, with texts that would be code if a page let them."""
    rows = []
    for number in range(50):
        colour = COLOURS[number % 4]
        name = f"{colour}-{number}.png"
        (tmp_path / name).write_bytes(png(colour, (40 + number, 30)))
        rows.append({"image": name, "caption": f"{COLOURS[number % 3]} thing {number}"})
    rows[3]["image"] = EVIL
    rows[4]["caption"] = f"red {EVIL}"
    rows[5]["caption"] = "red " + "x" * 300
    rows[6]["caption"] = ""
    rows[7]["image"] = "data:image/png;base64," + base64.b64encode(png("red")).decode()
    rows[8]["caption"] = "un mélange de noix bien plus long que le contexte"
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    return relevance.caption_table(
        tmp_path / "a.csv", model=toy, retrieval=True, report=True, long_captions="chunk"
    )


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_the_figures(open_page, made, tmp_path, scheme):
    page = open_page(made.to_html(tmp_path / "c.html"), color_scheme=scheme)
    assert (
        page.inner_text("h1")
        == answer(made)
        == (f"48 of 50 pairs scored; the median similarity is {made.tally.quantiles()[0.5]:.3f}.")
    )
    top = page.inner_text(".top")
    assert "1 caption longer than the encoder's 8 tokens: the mean over their parts" in top
    assert "1 of 50 captions have letters that English does not" in top
    for name, shown in (("worst", made.tally.worst), ("best", made.tally.best)):
        cards = page.locator(f"#{name} .card")
        assert cards.count() == 10
        for card, item in zip(cards.all(), shown, strict=True):
            text = card.inner_text()
            assert f"{item.similarity:.3f}" in text
            assert f"row {item.number + 1}" in text
            assert item.pair.caption in text
            assert card.locator("img").evaluate("image => image.naturalWidth") > 0
    reasons = page.locator("#skipped tbody tr").all_inner_texts()
    written = pd.read_csv(made.output, keep_default_na=False)["reason"].tolist()
    assert sorted(reasons) == sorted(
        f"{reason}\t1\t{written.index(reason) + 1}" for reason in made.tally.reasons
    )
    found = made.retrieval.captions_by_picture
    row = page.locator("#retrieval tbody tr").first.inner_text()
    assert f"among {found.n_candidates}" in row
    assert f"{100 * found.recall[10]:.0f}\u00a0%" in row
    assert page.locator("figure svg").count() == 1


@needs_chromium
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out_and_texts_are_harmless(open_page, made, tmp_path, width):
    page = open_page(made.to_html(tmp_path / "c.html"))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("script, img[onerror]").count() == 0


def test_the_histogram_counts_every_pair(made):
    values = made.tally.similarities
    assert len(values) == 48
    assert np.isfinite(values).all()
    assert made._repr_html_().count("<svg") == 1
    assert "Histogram of 48 values" in made._repr_html_()
    assert repr(made).startswith("<Captions: 48 of ")
