"""The files of a comparison, beside the folder of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.jobs.compare.result import Comparison
from relevance.pages.index_page import renew_index


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a comparison are."""

    html: Path
    csv: Path
    runs: Path


def places_for(keyword: str, folder: Path) -> Written:
    """Say where the files of a comparison go."""
    name = f"{slug(keyword)}-compare"
    return Written(folder / f"{name}.html", folder / f"{name}.csv", folder / name)


def write_comparison(comparison: Comparison, folder: Path) -> Written:
    """Write ``<slug>-compare.html`` and ``.csv`` beside the folder of runs.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    places = places_for(comparison.keyword, folder)
    with files_in(folder):
        comparison.to_csv(places.csv)
        draw(places.html, comparison.html_text)
    renew_index(folder)
    return places
