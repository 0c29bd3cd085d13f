"""The files of a keyword, below the folder that the user named; older ones are replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.jobs.score.result import Scores


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a keyword go."""

    html: Path
    csv: Path
    json: Path


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a keyword are."""

    html: Path | None
    csv: Path
    json: Path


def places_for(keyword: str, folder: Path) -> Places:
    """Say where the files of a keyword go."""
    name = slug(keyword)
    return Places(folder / f"{name}.html", folder / f"{name}.csv", folder / f"{name}.json")


def write_scores(scores: Scores, folder: Path, *, report: bool = True) -> Written:
    """Write ``<slug>.html``, ``<slug>.csv`` and ``<slug>.json``.

    Args:
        scores: What to write.
        folder: Where to.
        report: Whether to write the ``.html``, which takes longer than a search in the cache.

    Raises:
        UsageError: A file cannot be written there.
        OutputError: The disk is full, for example.
        PageError: The page could not be drawn; the other files are there.
    """
    places = places_for(scores.keyword, folder)
    with files_in(folder):
        scores.to_csv(places.csv)
        scores.to_json(places.json)
        if report:
            draw(places.html, scores.html_text)
    if report:
        from relevance.pages.index_page import renew_index  # brings Jinja, which pages alone need

        renew_index(folder)
    return Written(places.html if report else None, places.csv, places.json)
