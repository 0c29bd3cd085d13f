"""``Taught``: what ``relevance.teach`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from relevance.exports.csv_file import no_formula, write_csv
from relevance.exports.json_file import JsonExport
from relevance.exports.page_file import PageExport
from relevance.judging.label_table import LABEL_COLUMN, PATH_COLUMN
from relevance.judging.teaching import Lesson
from relevance.pictures.held import Held
from relevance.system.names import printable


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A picture whose label would help.

    Attributes:
        place: Where it is; of a file its absolute path.
        probability: That it is relevant, by what was learnt so far.
    """

    place: str
    probability: float


@dataclass(frozen=True, eq=False)
class Taught(JsonExport, PageExport):
    """A lesson, and what to label next.

    Attributes:
        lesson: What was learnt.
        suggested: The pictures whose labels would help most, the most helpful first.
        known: Place and label of each picture that it learnt from.
        held: Suggested pictures that lie in memory, by place.
    """

    lesson: Lesson
    suggested: tuple[Suggestion, ...] = ()
    known: tuple[tuple[str, str], ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Taught: {self.lesson!r}, {len(self.suggested)} suggestions>"

    def to_dict(self) -> dict[str, Any]:
        """Return figures and suggestions as plain JSON types; the lesson has a file of its own."""
        calibration = self.lesson.calibration
        return {
            "keyword": calibration.basis.keyword,
            "lesson": self.lesson.summary(),
            "calibration": calibration.summary(),
            "history": [asdict(item) for item in self.lesson.history],
            "suggested": [
                {"path": printable(item.place), "probability": item.probability}
                for item in self.suggested
            ],
            "provenance": dict(calibration.provenance),
        }

    def suggestions_to_csv(self, path: str | Path) -> Path:
        """Write a table that ``labels`` takes: suggestions to fill in, then what was known."""
        every = [*((item.place, "") for item in self.suggested), *self.known]
        rows = [(no_formula(printable(place)), label) for place, label in every]
        return write_csv(path, [PATH_COLUMN, LABEL_COLUMN], rows)

    def html_text(self, target: Path) -> str:
        """Return a page where the suggestions are marked by key, and saved as that table."""
        from relevance.jobs.teach.page import render_marking

        return render_marking(self, target.with_suffix(".csv"))
