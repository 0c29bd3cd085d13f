"""``Scores``: what ``relevance.score`` returns, with its ways out (HTML, CSV, JSON, notebook)."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from relevance.evaluation import Evaluation, evaluate
from relevance.report.html import render_report, render_summary
from relevance.scoring import ScoreTable

CSV_COLUMNS = (
    "path",
    "folder",
    "label",
    "score",
    "margin",
    "probability",
    "relevant",
    "status",
    "reason",
)


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
        safe = {name: self.images[name].map(_no_formula) for name in ("path", "folder")}
        table = self.images.assign(**safe)
        table.to_csv(target, columns=list(CSV_COLUMNS), index=False, encoding="utf-8")
        return target

    def to_dict(self) -> dict[str, Any]:
        """Return folders, evaluation, skipped pictures and provenance as plain JSON types."""
        result = {
            "keyword": self.keyword,
            "encoder": asdict(self.encoder),
            "folders": self.folders.to_dict(orient="records"),
            "evaluation": self._evaluation.to_dict(),
            "skipped": self.skipped.to_dict(orient="records"),
            "provenance": dict(self.provenance),
        }
        plain: dict[str, Any] = _without_nan(result)
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
        target.write_text(render_report(self, self._evaluation), encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        return render_summary(self, self._evaluation)


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _without_nan(value: Any) -> Any:
    """Replace NaN by None at any depth; JSON has no NaN."""
    if isinstance(value, dict):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
