"""A lesson, and the table of what to label next beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.jobs.teach.result import Taught
from relevance.judging.teaching import Lesson


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files are."""

    lesson: Path
    suggestions: Path | None
    page: Path | None


def lesson_name(keyword: str) -> str:
    """Name the file of a keyword's lesson."""
    return f"{slug(keyword)}.lesson.json"


def places_for(file: Path) -> tuple[Path, Path, Path]:
    """Say where a lesson, the table beside it and its page go."""
    table = file.with_name(f"{file.stem}-to-label.csv")
    return file, table, table.with_suffix(".html")


def earlier_lesson(file: Path) -> Lesson | None:
    """Return the lesson that a file to be written still holds; None where it holds none."""
    try:
        return Lesson.load(file) if file.is_file() else None
    except UsageError:  # written over all the same
        return None


def write_taught(taught: Taught, file: Path) -> Written:
    """Write the lesson and, where there are any, its suggestions as a table and as a page.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    _, table, page = places_for(file)
    with files_in(file.parent):
        taught.lesson.to_json(file)
        if not taught.suggested:
            return Written(file, None, None)
        taught.suggestions_to_csv(table)
        return Written(file, table, draw(page, taught.html_text))
