"""A real browser for pages, and what must be true of each page opened in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
CHROMIUM = shutil.which("chromium")
PATIENCE = 120_000
"""Milliseconds in which something may come about: of interest is whether, on a busy machine too."""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

needs_chromium = pytest.mark.skipif(
    not CHROMIUM and "CI" not in os.environ, reason="needs Debian's chromium; make test installs it"
)


def new_page(browser: Any, **options: Any) -> Any:
    """Open a page as of a desk, unless told otherwise, with patience."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}} | options)
    page.set_default_timeout(PATIENCE)
    return page


@contextmanager
def quiet_pages(browser: Any) -> Iterator[Callable[..., Any]]:
    """Give what opens a file; afterwards fail on any console message, dialog or request."""
    pages: list[Any] = []
    noise: list[str] = []

    def open_page(path: Path, **options: Any) -> Any:
        page = new_page(browser, **options)
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("dialog", lambda dialog: noise.append("dialog"))
        page.on(
            "request",
            lambda request: (
                noise.append(request.url)
                if not request.url.startswith(("data:", path.as_uri()))
                else None
            ),
        )
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert noise == []


def barriers(page: Any) -> list[str]:
    """Return what axe-core finds in a page that keeps people out: rule and element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]
