"""The files of several keywords: those of each, and of the run that compares them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug_of_several
from relevance.jobs.score.files import places_for
from relevance.jobs.score.keywords.result import KeywordScores


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a run go; Parquet and page only where they are asked for."""

    html: Path
    csv: Path
    json: Path
    parquet: Path


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a run are."""

    html: Path | None
    csv: Path
    json: Path
    parquet: Path | None


def places_of_run(keywords: tuple[str, ...], folder: Path) -> Places:
    """Say where the files of a run go; another run with the same keywords takes their places."""
    name = slug_of_several(keywords)
    return Places(*(folder / f"{name}.{kind}" for kind in ("html", "csv", "json", "parquet")))


def write_keyword_scores(
    scores: KeywordScores, folder: Path, *, report: bool = True, parquet: bool = False
) -> Written:
    """Write the files of the run, and those that ``score`` writes of each keyword.

    Args:
        scores: What to write.
        folder: Where to.
        report: Whether to write pages.
        parquet: Whether to write the table as Parquet too.

    Raises:
        UsageError: A file cannot be written there, or Parquet needs what is not installed.
        OutputError: The disk is full, for example.
        PageError: A page could not be drawn; tables and pages before it are there.
    """
    places = places_of_run(scores.keywords, folder)
    with files_in(folder):
        scores.to_csv(places.csv)
        scores.to_json(places.json)
        if parquet:
            scores.to_parquet(places.parquet)
        _write_each(scores, folder)
        if report:
            _draw_pages(scores, folder)
    if report:
        from relevance.pages.index_page import renew_index  # brings Jinja, which pages alone need

        renew_index(folder)
    return Written(
        places.html if report else None,
        places.csv,
        places.json,
        places.parquet if parquet else None,
    )


def _write_each(scores: KeywordScores, folder: Path) -> None:
    """Write the tables of each keyword, one after the other, since each is as long as the run."""
    for number, keyword in enumerate(scores.keywords):
        own, places = scores.at(number), places_for(keyword, folder)
        own.to_csv(places.csv)
        own.to_json(places.json)


def _draw_pages(scores: KeywordScores, folder: Path) -> None:
    """Draw the page of the run, then that of each keyword."""
    from relevance.jobs.score.keywords.page import render_keywords
    from relevance.pages.thumbnails import made_once

    with made_once():
        page = places_of_run(scores.keywords, folder).html
        draw(page, lambda target: render_keywords(scores, linked=True))
        for number, keyword in enumerate(scores.keywords):
            draw(places_for(keyword, folder).html, scores.at(number).html_text)
