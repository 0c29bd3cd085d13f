"""A lesson, and the table of what to label next beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.jobs.teach.result import Taught


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files are."""

    lesson: Path
    suggestions: Path | None
    page: Path | None


def suggestions_of(file: Path) -> Path:
    """Say where the table beside a lesson goes."""
    return file.with_name(f"{file.stem}-to-label.csv")


def write_taught(taught: Taught, file: Path) -> Written:
    """Write the lesson and, where there are any, its suggestions as a table and as a page.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    with files_in(file.parent):
        taught.lesson.to_json(file)
        if not taught.suggested:
            return Written(file, None, None)
        table = taught.suggestions_to_csv(suggestions_of(file))
        page = draw(table.with_suffix(".html"), taught.html_text)
    return Written(file, table, page)
