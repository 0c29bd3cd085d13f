"""The pages of reports/sample, which every kind of page has one in: open to everybody."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.support.browser import barriers, needs_chromium

PAGES = sorted((ROOT / "reports/sample").glob("*.html"))


@needs_chromium
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_nothing_keeps_anybody_out(open_page, path):
    page = open_page(path)
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert barriers(page) == []
