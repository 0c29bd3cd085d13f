"""``Scores``: what ``relevance.score`` returns, with its ways out (HTML, CSV, JSON, notebook)."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.evaluation import Evaluation, evaluate
from relevance.scoring import PictureColumns, ScoreTable

CSV_COLUMNS = (
    "path",
    "folder",
    "label",
    "grade",
    "score",
    "margin",
    "probability",
    "relevant",
    "status",
    "reason",
)

_CSV_DECIMALS = 8


@dataclass(frozen=True, eq=False)
class Scores(ScoreTable):
    """Scores of one keyword over a set of pictures; see ``ScoreTable`` for the tables."""

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
        target = Path(path)
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(CSV_COLUMNS)
            writer.writerows(_csv_rows(self.pictures))
        return target

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
            "provenance": dict(self.provenance),
        }
        plain: dict[str, Any] = without_nan(result)
        return plain

    def to_json(self, path: str | Path) -> Path:
        """Write ``to_dict`` as JSON; missing numbers are null."""
        target = Path(path)
        target.write_text(self.json_text() + "\n", encoding="utf-8")
        return target

    def json_text(self) -> str:
        """Return ``to_dict`` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_html(self, path: str | Path) -> Path:
        """Write the report: one self-contained HTML file."""
        target = Path(path)
        from relevance.report.html import render_report  # brings matplotlib, which takes long

        target.write_text(render_report(self, self._evaluation, target), encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        from relevance.report.html import render_summary

        return render_summary(self, self._evaluation)


def skipped_rows(pictures: PictureColumns) -> list[tuple[str, str, str]]:
    """Path, folder and reason of each picture that could not be used."""
    rows = zip(pictures.path, pictures.folder, pictures.reason, strict=True)
    return [row for row in rows if row[2]]


def _csv_rows(pictures: PictureColumns) -> Iterator[tuple[object, ...]]:
    """Rows in the order of ``CSV_COLUMNS``; numbers and verdict of a skipped picture are empty."""
    numbers = [
        decimals(column)
        for column in (pictures.grade, pictures.score, pictures.margin, pictures.probability)
    ]
    verdicts = [
        "" if reason else verdict
        for reason, verdict in zip(pictures.reason, pictures.relevant.tolist(), strict=True)
    ]
    return zip(
        map(no_formula, pictures.path),
        map(no_formula, pictures.folder),
        pictures.label,
        *numbers,
        verdicts,
        pictures.status,
        pictures.reason,
        strict=True,
    )


def decimals(values: npt.NDArray[np.floating]) -> list[float | str]:
    """Return numbers as a CSV file shows them: rounded to 8 decimals, empty where missing."""
    rounded = np.round(values.astype(np.float64), _CSV_DECIMALS)
    return ["" if value != value else value for value in rounded.tolist()]


def no_formula(text: str) -> str:
    """Put an apostrophe in front of what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def without_nan(value: Any) -> Any:
    """Replace NaN by None at any depth; JSON has no NaN."""
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
