"""The files of many keywords; older ones are replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.jobs.categories.result import Categories
from relevance.pages.index_page import renew_index


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of many keywords are."""

    html: Path
    csv: Path
    means: Path
    json: Path


def write_categories(found: Categories, folder: Path) -> Written:
    """Write ``categories.html``, ``.csv``, ``.json`` and ``categories-means.csv``.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    with files_in(folder):
        written = Written(
            csv=found.to_csv(folder / "categories.csv"),
            means=found.means_to_csv(folder / "categories-means.csv"),
            json=found.to_json(folder / "categories.json"),
            html=draw(folder / "categories.html", found.html_text),
        )
    renew_index(folder)
    return written
