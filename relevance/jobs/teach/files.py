"""A lesson, and the table of what to label next beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.exports.places import files_in
from relevance.jobs.teach.result import Taught


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files are."""

    lesson: Path
    suggestions: Path | None


def suggestions_of(file: Path) -> Path:
    """Say where the table beside a lesson goes."""
    return file.with_name(f"{file.stem}-to-label.csv")


def write_taught(taught: Taught, file: Path) -> Written:
    """Write the lesson and, where there are any, its suggestions.

    Raises:
        UsageError, OutputError: As for ``jobs.score.files.write_scores``.
    """
    with files_in(file.parent):
        taught.lesson.to_json(file)
        table = suggestions_of(file) if taught.suggested else None
        if table:
            taught.suggestions_to_csv(table)
    return Written(file, table)
