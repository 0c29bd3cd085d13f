"""The page on paper: what is shown, on pages that are full, with whole names."""

from __future__ import annotations

import re

from PIL import Image

import relevance
from tests.support.browser import needs_chromium

pytestmark = needs_chromium

A4 = {"width": 718, "height": 1047}  # within Chromium's margins, in its pixels


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_names_are_whole_and_nothing_to_press_is_printed(toy, open_page, tmp_path):
    name = "a very long name of a picture that a supplier gave it, with colour and size.png"
    (tmp_path / "in").mkdir()
    Image.new("RGB", (9, 9), "red").save(tmp_path / "in" / name)
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "in" / "b.png")
    page = open_page(
        relevance.score("red", tmp_path / "in", model=toy).to_html(tmp_path / "r.html")
    )
    shown = page.locator(".file", has_text=name)
    cut = "name => name.scrollHeight > name.clientHeight"
    assert shown.evaluate(cut)  # on the screen: two lines
    page.locator("#gallery .open").first.focus()
    page.keyboard.press("y")
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    assert not shown.evaluate(cut)
    assert page.locator("button:visible:not(.open), input:visible, select:visible").count() == 0
    assert page.locator(".given:visible").first.inner_text() == "You: shows red"


def test_pages_are_full(samples, compact, open_page, tmp_path):
    scores = relevance.score("apples", samples / "google_images", model=compact, relevant="apples")
    page = open_page(scores.to_html(tmp_path / "r.html"))
    page.click("#more")
    assert page.locator("#gallery .card").count() == 80
    pdf = page.pdf(format="A4")
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    height = page.evaluate("document.documentElement.scrollHeight")
    row = page.locator("#gallery .card").first.bounding_box()["height"]
    used = height / A4["height"]
    assert used < pages_of(pdf) <= used * (1 + 1.4 * row / A4["height"]) + 1
