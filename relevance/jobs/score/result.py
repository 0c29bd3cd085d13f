"""``Scores``: what ``relevance.score`` returns, with its ways out (HTML, CSV, JSON, notebook)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from relevance.encoders.base import IntArray
from relevance.exports.columns import csv_rows, records, taken
from relevance.exports.csv_file import write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.judging.evaluation import Evaluation, evaluate
from relevance.judging.scoring import PictureColumns, ScoreTable

_GROUPS_IN_JSON = 1000


@dataclass(frozen=True, eq=False)
class Scores(ScoreTable, JsonExport, PageExport):
    """Scores of one keyword over a set of pictures; see ``ScoreTable`` for the tables."""

    def __repr__(self) -> str:
        return (
            f"<Scores for {self.keyword!r}: {len(self.places)} pictures, "
            f"{len(self.folder_rows)} folders, encoder {self.encoder.name}>"
        )

    @cached_property
    def _evaluation(self) -> Evaluation:
        return evaluate(self)

    def evaluation(self) -> Evaluation:
        """Hold the scores against the labels; computed once."""
        return self._evaluation

    def to_csv(self, path: str | Path) -> Path:
        """Write a row for each picture, skipped ones included, as UTF-8.

        A path or folder that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        columns = self.columns
        return write_csv(path, columns, csv_rows(columns))

    def to_dict(self, rows: IntArray | None = None) -> dict[str, Any]:
        """Return folders, evaluation, pictures and provenance as plain JSON types.

        Args:
            rows: Which pictures, in which order; if not given, all, the best first.
        """
        listed = self.pictures.order if rows is None else rows
        result = {
            "keyword": self.keyword,
            "encoder": asdict(self.encoder),
            "folders": [asdict(row) for row in self.folder_rows],
            "threshold": self.threshold,
            "evaluation": self._evaluation.to_dict(),
            "skipped": [
                {"path": path, "folder": folder, "reason": reason}
                for path, folder, reason in skipped_rows(self.pictures)
            ],
            "provenance": dict(self.provenance)
            | {"copies": self._copies(), "near_copies": self.n_near_copies}
            | {"flaws": self.flaw_counts},
        }
        plain: dict[str, Any] = without_nan(result)
        return plain | {"pictures": list(records(taken(self.columns, listed)))}

    def _copies(self) -> dict[str, Any]:
        """How many pictures are copies, and the paths of each group."""
        groups = list(self.copies.values())[:_GROUPS_IN_JSON]
        paths = [[self.pictures.path[row] for row in rows] for rows in groups]
        return {"pictures": self.n_copies, "groups": paths}

    def html_text(self, target: Path) -> str:
        """Return the report; its links to pictures start from ``target``."""
        from relevance.jobs.score.page import render_report  # brings matplotlib, which takes long

        return render_report(self, self._evaluation, target)

    def _repr_html_(self) -> str:
        from relevance.jobs.score.page import render_summary

        return render_summary(self, self._evaluation)


def skipped_rows(pictures: PictureColumns) -> list[tuple[str, str, str]]:
    """Path, folder and reason of each picture that could not be used."""
    rows = zip(pictures.path, pictures.folder, pictures.reason, strict=True)
    return [row for row in rows if row[2]]
