"""``Comparison``: what ``relevance.compare`` returns, with its ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.errors import ModelLoadError
from relevance.exports.csv_file import write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.jobs.compare.disagreement import Disagreement
from relevance.jobs.compare.run import Failure, as_dict
from relevance.jobs.compare.standing import Standing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Comparison(JsonExport, PageExport):
    """Models side by side for one keyword, with ways out: HTML, CSV, JSON, notebook.

    Attributes:
        keyword: The keyword.
        places: Where the n pictures are.
        paths: The same, fit to print.
        folders: Their categories.
        labels: "relevant", "irrelevant" or "" for each.
        standings: A run each, in the order asked for; the first is what gains are measured from.
        disagreements: The first run against each other one.
        failures: Models that could not be measured.
        provenance: What is needed to make the same table again.
    """

    keyword: str
    places: tuple[str, ...]
    paths: tuple[str, ...]
    folders: tuple[str, ...]
    labels: tuple[str, ...]
    standings: tuple[Standing, ...]
    disagreements: tuple[Disagreement, ...]
    failures: tuple[Failure, ...]
    provenance: Mapping[str, Any]

    @property
    def n_labelled(self) -> int:
        """Pictures with a label."""
        return sum(bool(label) for label in self.labels)

    @property
    def is_judged(self) -> bool:
        """Whether there are labels of both kinds, so that quality has figures."""
        return self.standings[0].roc_auc is not None

    def __repr__(self) -> str:
        names = ", ".join(item.run.name for item in self.standings)
        return f"<Comparison for {self.keyword!r}: {len(self.places)} pictures; {names}>"

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a run: quality with intervals, gains on the first run, and cost.

        A model that could not be measured has a row too, with status "failed" and the reason.
        """
        import pandas as pd

        return pd.DataFrame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = [row(standing) for standing in self.standings]
        empty = dict.fromkeys(rows[0])
        failed = [
            empty | {"model": item.model, "status": "failed", "reason": item.reason}
            for item in self.failures
        ]
        return rows + failed

    def check_all_measured(self) -> None:
        """Raise ``ModelLoadError`` where a model that was asked for could not be measured."""
        if self.failures:
            names = ", ".join(failure.model for failure in self.failures)
            raise ModelLoadError(f"Not measured: {names}. What was measured has been written.")

    def to_dict(self) -> dict[str, Any]:
        """Return the table, failures and provenance as plain JSON types."""
        plain: dict[str, Any] = without_nan(
            {
                "keyword": self.keyword,
                "runs": [row(standing) for standing in self.standings],
                "measured": [as_dict(standing.run) for standing in self.standings],
                "agreement": [
                    {"first": item.first.name, "other": item.other.name, "spearman": item.spearman}
                    for item in self.disagreements
                ],
                "failures": [asdict(failure) for failure in self.failures],
                "skipped": [
                    {"path": path, "reason": reason}
                    for path, reason in zip(self.paths, self.standings[0].run.reasons, strict=True)
                    if reason
                ],
                "provenance": dict(self.provenance),
            }
        )
        return plain

    def to_csv(self, path: str | Path) -> Path:
        """Write ``table`` as UTF-8."""
        rows = self._rows()
        return write_csv(path, rows[0], (list(row.values()) for row in rows))

    def html_text(self, target: Path) -> str:
        """Return the page, the same wherever it will be."""
        from relevance.jobs.compare.page import render_comparison  # brings matplotlib

        return render_comparison(self)

    def _repr_html_(self) -> str:
        from relevance.jobs.compare.page import render_comparison_summary

        return render_comparison_summary(self)


def row(standing: Standing) -> dict[str, Any]:
    """Return a run as one flat row; what is not known is None."""
    run = standing.run
    cells: dict[str, Any] = {"model": run.model, "distance": run.distance}
    for name in ("roc_auc", "average_precision", "auc_gain", "precision_gain"):
        estimate = getattr(standing, name)
        for part in ("value", "low", "high"):
            column = name if part == "value" else f"{name}_{part}"
            cells[column] = getattr(estimate, part) if estimate else None
    best = standing.best
    return cells | {
        "k": best.k if best else None,
        "precision_at_k": best.precision if best else None,
        "ndcg_at_k": best.ndcg if best else None,
        "pictures_per_second": run.rate,
        "pictures_per_second_low": min(run.timing.rates),
        "pictures_per_second_high": max(run.timing.rates),
        "timed_pictures": run.timing.pictures,
        "timed_repeats": len(run.timing.rates),
        "load": run.timing.load,
        "cores": run.timing.cores,
        "start_seconds": run.start_seconds,
        "peak_bytes": run.peak_bytes,
        "disk_bytes": run.encoder["disk_bytes"],
        "precision": run.encoder["precision"],
        "licence": run.encoder["licence"],
        "on_pareto_front": standing.on_front if standing.roc_auc else None,
        "scored": sum(not reason for reason in run.reasons),
        "skipped": sum(bool(reason) for reason in run.reasons),
        "status": "measured",
        "reason": None,
    }
