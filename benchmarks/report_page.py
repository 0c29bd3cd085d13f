"""How soon a report on many pictures can be used, against the same pictures on a plain page.

    python benchmarks/pictures.py mixed /tmp/mixed 2000
    relevance score almonds /tmp/mixed --model compact --relevant "supplier 000" --output-dir /tmp/r
    python benchmarks/report_page.py /tmp/r/almonds.html

Chromium, by turns, each time in a new window. The report is open when its load event has passed,
its gallery is filled, and its threshold has been moved and answered. The plain page has the same
thumbnails as ``<img>`` elements in a row, and nothing else; it is open when they are all decoded.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REPEATS = 9
_MOVE = "slider.value = 300; slider.dispatchEvent(new Event('input'))"
_MOVED = "() => gallery.children.length > 0 && document.querySelector('#exact').value !== '0.5'"
_DECODED = "() => Promise.all([...document.images].map(image => image.decode()))"


def plain_page(report: Path) -> str:
    """Return a page of the report's thumbnails alone."""
    data = re.search(r'id="data">(.*?)</script>', report.read_text())
    assert data, "a report with labels has its pictures in one block"
    pictures = json.loads(data[1])["gallery"]["pictures"]
    images = "".join(f'<img src="{picture["thumbnail"]}" alt="">' for picture in pictures)
    return f"<!DOCTYPE html><title>plain</title>{images}"


def seconds_to_open(browser: Browser, path: Path) -> float:
    """Open the report and move its threshold."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate(_MOVE)
    page.wait_for_function(_MOVED)
    taken = time.perf_counter() - started
    page.close()
    return taken


def seconds_for_plain(browser: Browser, path: Path) -> float:
    """Open the plain page and wait for its pictures."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate(_DECODED)
    taken = time.perf_counter() - started
    page.close()
    return taken


def main() -> None:
    """Print both, and their ratio."""
    report = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        plain = Path(folder) / "plain.html"
        plain.write_text(plain_page(report))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        seconds_to_open(browser, report)  # the first window starts more than itself
        taken = [
            (seconds_to_open(browser, report), seconds_for_plain(browser, plain))
            for _ in range(REPEATS)
        ]
        browser.close()
        for name, path, values in zip(
            ("report", "plain"), (report, plain), zip(*taken, strict=True), strict=True
        ):
            print(
                f"{name:>7}: {median(values):.2f} s ({min(values):.2f} to {max(values):.2f}), "
                f"{path.stat().st_size / 1e6:.1f} MB"
            )
    print(f"report : plain = {median(a for a, _ in taken) / median(b for _, b in taken):.2f}")


if __name__ == "__main__":
    main()
