"""``Scores``: what ``relevance.score`` returns, with its ways out (HTML, CSV, JSON, notebook)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from relevance.exports.csv_file import decimals, no_formulas, write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.judging.evaluation import Evaluation, evaluate
from relevance.judging.scoring import PictureColumns, ScoreTable

CSV_COLUMNS = (
    "path",
    "folder",
    "label",
    "grade",
    "score",
    "cosine",
    "probability",
    "relevant",
    "status",
    "reason",
)
"""The raw similarity is named after its kind, where another than the cosine is asked for."""


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
        columns = [self.distance if name == "cosine" else name for name in CSV_COLUMNS]
        return write_csv(path, columns, _csv_rows(self.pictures))

    def to_dict(self) -> dict[str, Any]:
        """Return folders, evaluation, skipped pictures and provenance as plain JSON types."""
        result = {
            "keyword": self.keyword,
            "encoder": asdict(self.encoder),
            "folders": [asdict(row) for row in self.folder_rows],
            "evaluation": self._evaluation.to_dict(),
            "skipped": [
                {"path": path, "folder": folder, "reason": reason}
                for path, folder, reason in skipped_rows(self.pictures)
            ],
            "provenance": dict(self.provenance) | {"copies": self._copies()},
        }
        plain: dict[str, Any] = without_nan(result)
        return plain

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


def _csv_rows(pictures: PictureColumns) -> Iterator[tuple[object, ...]]:
    """Rows in the order of ``CSV_COLUMNS``; numbers and verdict of a skipped picture are empty."""
    numbers = [
        decimals(column)
        for column in (pictures.grade, pictures.score, pictures.similarity, pictures.probability)
    ]
    verdicts = [
        "" if reason else verdict
        for reason, verdict in zip(pictures.reason, pictures.relevant.tolist(), strict=True)
    ]
    return zip(
        no_formulas(pictures.path),
        no_formulas(pictures.folder),
        pictures.label,
        *numbers,
        verdicts,
        pictures.status,
        pictures.reason,
        strict=True,
    )
