"""A lesson file for each category, in one folder."""

from __future__ import annotations

from pathlib import Path

from relevance.exports.places import files_in
from relevance.jobs.teach.categories.result import TaughtCategories
from relevance.jobs.teach.files import lesson_name


def write_lessons(taught: TaughtCategories, folder: Path) -> list[Path]:
    """Write a lesson for each keyword that was taught, all or none.

    Raises:
        UsageError, OutputError: As for ``jobs.score.files.write_scores``.
    """
    with files_in(folder):
        return [
            lesson.to_json(folder / lesson_name(keyword))
            for keyword, lesson in taught.lessons.items()
        ]
