"""The page on picture–caption pairs, opened in a real browser."""

from __future__ import annotations

import base64
import csv
import io

import numpy as np
import pandas as pd
import pytest

import relevance
from relevance.jobs.captions.journal import RowScore
from relevance.jobs.captions.kept import DRAWN, HIGHEST, LOWEST, SHOW_ALL, Kept
from relevance.jobs.captions.pairs import Pair, ShownPair
from relevance.jobs.captions.wording import headline
from tests.pages.gallery.test_marks import save
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
        == headline(made)
        == "1 of 48 pairs is suspect: lowest in similarity; 2 rows skipped"
    )
    top = page.inner_text(".top")
    middle = made.tally.quantiles()[0.5]
    assert f"48 of 50 pairs scored; the median similarity is {middle:.3f}." in top
    assert "1 caption longer than the encoder's 8 tokens: the mean over their parts" in top
    assert "1 of 50 captions have letters that English does not" in top
    for order, shown in (("highest", made.tally.best), ("lowest", made.tally.worst)):
        page.select_option("#order", order)
        cards = page.locator("#gallery .card")
        assert cards.count() == 48
        for card, item in zip(cards.all(), shown, strict=False):
            text = card.inner_text()
            assert f"{item.similarity:.3f}" in text
            assert f"row {item.number + 1} " in text
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


@needs_chromium
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out_and_texts_are_harmless(open_page, made, tmp_path, width):
    page = open_page(made.to_html(tmp_path / "c.html"))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("script:not([src])").count() == 2  # data and the page's own
    assert page.locator("img[onerror]").count() == 0


def test_the_histogram_counts_every_pair(made):
    values = made.tally.similarities
    assert len(values) == 48
    assert np.isfinite(values).all()
    assert made._repr_html_().count("<svg") == 1
    assert "Histogram of 48 values" in made._repr_html_()
    assert repr(made).startswith("<Captions: 48 of ")


def rows_of(path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


@needs_chromium
def test_pairs_are_filtered_opened_marked_and_listed(open_page, made, tmp_path):
    page = open_page(made.to_html(tmp_path / "c.html"))
    written = pd.read_csv(made.output, keep_default_na=False)
    low = written[(written["status"] == "ok") & (written["similarity"].astype(str) != "")]
    values = low["similarity"].astype(float)
    threshold = round(float(values.min() + values.max()) / 2, 4)
    page.fill("#exact", str(threshold))
    page.press("#exact", "Tab")
    n_suspect = int((values < threshold).sum())
    assert page.inner_text("h1").startswith(f"{n_suspect} of 48 pairs are suspect")
    page.select_option("#show", label="suspect")
    page.select_option("#order", "given")
    suspects = rows_of(save(page, "#list-csv", tmp_path))
    assert [int(row["row"]) - 1 for row in suspects] == low.index[values < threshold].tolist()
    assert [row["caption"] for row in suspects] == low["caption"][values < threshold].tolist()
    page.select_option("#show", "all")
    page.fill("#search", "thing 12")
    assert page.locator("#gallery .card").count() == 1
    page.locator("#gallery .open").click()
    assert page.inner_text("#viewer-title") == "red thing 12"
    assert page.get_attribute("#viewer-link", "href") == f"{COLOURS[0]}-12.png"
    facts = page.inner_text("#viewer-facts")
    assert f"{float(written['similarity'][12]):.4f}" in facts
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.locator("#marked", has_text="0 marked as fitting, 1 as not, 0 unsure").wait_for()
    (marked,) = rows_of(save(page, "#save-labels", tmp_path))
    assert (marked["row"], marked["mark"]) == ("13", "no")
    assert page.evaluate("document.querySelector('#ticks').childElementCount") >= 3


def test_of_many_pairs_ends_and_a_draw_are_kept():
    kept = Kept()
    values = np.random.default_rng(3).permutation(5000) / 5000
    for number, value in enumerate(values.tolist()):
        keys = number.to_bytes(4), b"caption"
        for copy in range(2):  # equal pairs count once
            score = RowScore(value, 0.0, "", False, *keys)
            kept.add(ShownPair(2 * number + copy, Pair("a.png", "x"), score))
        if number == SHOW_ALL - 1:
            assert not kept.is_sample
            assert len(kept.pairs()) == SHOW_ALL
    shown = kept.pairs()
    found = {item.similarity for item in shown}
    assert kept.is_sample
    assert found >= set(np.sort(values)[:LOWEST]) | set(np.sort(values)[-HIGHEST:])
    assert LOWEST + HIGHEST < len(shown) == len(found) <= LOWEST + HIGHEST + DRAWN
    assert [item.number for item in shown] == sorted(item.number for item in shown)
