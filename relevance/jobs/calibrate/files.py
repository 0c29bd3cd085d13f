"""A calibration and the page beside it."""

from __future__ import annotations

from pathlib import Path

from relevance.errors import UsageError
from relevance.exports.places import draw, files_in
from relevance.judging.calibration import Calibration


def page_of(file: Path) -> Path:
    """Say where the page beside a calibration goes; raises ``UsageError`` if in its place."""
    page = file.with_suffix(".html")
    if page == file:
        raise UsageError(f"{file} is the page's name; choose one that ends in .json with --output.")
    return page


def write_calibration(calibration: Calibration, file: Path) -> Path:
    """Write a calibration and, under the same name, its page; return the page.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """

    def html_text(_: Path) -> str:
        from relevance.jobs.calibrate.page import render_calibration  # brings matplotlib

        return render_calibration(calibration)

    page = page_of(file)
    with files_in(file.parent):
        calibration.to_json(file)
        return draw(page, html_text)
