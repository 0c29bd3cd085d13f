"""``Taught``: what ``relevance.teach`` returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.exports.csv_file import no_formula, write_csv
from relevance.exports.json_file import JsonExport
from relevance.judging.label_table import LABEL_COLUMN, PATH_COLUMN
from relevance.judging.teaching import Lesson
from relevance.system.names import printable


@dataclass(frozen=True, eq=False)
class Taught(JsonExport):
    """A lesson, and what to label next.

    Attributes:
        lesson: What was learnt.
        suggested: Where the pictures are whose labels would help most.
    """

    lesson: Lesson
    suggested: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Taught: {self.lesson!r}, {len(self.suggested)} suggestions>"

    def to_dict(self) -> dict[str, Any]:
        """Return figures and suggestions as plain JSON types; the lesson has a file of its own."""
        calibration = self.lesson.calibration
        return {
            "keyword": calibration.basis.keyword,
            "lesson": self.lesson.summary(),
            "calibration": calibration.summary(),
            "suggested": [printable(place) for place in self.suggested],
            "provenance": dict(calibration.provenance),
        }

    def suggestions_to_csv(self, path: str | Path) -> Path:
        """Write the suggestions as a table of labels to fill in, which ``labels`` takes."""
        rows = [(no_formula(printable(place)), "") for place in self.suggested]
        return write_csv(path, [PATH_COLUMN, LABEL_COLUMN], rows)
