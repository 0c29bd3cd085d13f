"""Models side by side -> one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relevance.jobs.compare import charts
from relevance.jobs.compare.disagreement import Disagreement
from relevance.jobs.compare.folding import folded
from relevance.jobs.compare.result import Comparison
from relevance.jobs.compare.standing import Standing
from relevance.jobs.compare.wording import (
    answer,
    busy_note,
    explanation,
    gain,
    how_timed,
    megabytes,
    one_order,
    small_sample,
    timed,
)
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import thumbnails

_TEMPLATES = Path(__file__).parent / "templates"


def render_comparison(table: Comparison) -> str:
    """Render the page: answer, table, quality against speed, disputed pictures."""
    return render(
        _TEMPLATES / "page.html",
        run=Run("compare", answer(table), table.provenance["date"]),
        **_common(table),
        disagreements=[_gallery(table, item) for item in _different(table)],
        skipped=_skipped(table),
    )


def _different(table: Comparison) -> list[Disagreement]:
    """Pairs with something to show; runs that are folded into another are left out."""
    kept = [item.standing.run for item in folded(table.standings)]
    return [
        item
        for item in table.disagreements
        if item.disputed and any(item.other is run for run in kept)
    ]


def render_comparison_summary(table: Comparison) -> str:
    """Render the short form that a notebook shows."""
    return render(_TEMPLATES / "summary.html", **_common(table))


def _common(table: Comparison) -> dict[str, Any]:
    kept = [item.standing for item in folded(table.standings)]
    return {
        "table": table,
        "answer": answer(table),
        "explanation": explanation(table),
        "note": small_sample(table),
        "busy": busy_note(kept),
        "how_timed": how_timed(kept),
        "warnings": [
            *table.provenance["warnings"],
            *(f"{s.run.name}: {line}" for s in kept for line in s.run.warnings),
        ],
        "rows": [
            {
                "standing": standing,
                "run": standing.run,
                "timed": timed(standing),
                "auc_gain": gain(standing.auc_gain),
                "precision_gain": gain(standing.precision_gain),
                "peak": megabytes(standing.run.peak_bytes),
                "disk": megabytes(standing.run.encoder["disk_bytes"]),
            }
            for standing in kept
        ],
        "chart": _chart(kept) if table.is_judged else "",
        "one_order": one_order(table),
    }


def _chart(kept: Sequence[Standing]) -> str:
    return charts.quality_against_speed(
        [
            charts.Point(
                s.run.name,
                s.run.rate,
                s.average_precision.value,
                s.average_precision.low,
                s.average_precision.high,
                s.on_front,
            )
            for s in kept
            if s.average_precision
        ]
    )


def _gallery(table: Comparison, item: Disagreement) -> dict[str, Any]:
    """One pair of runs with the pictures they dispute."""
    small = thumbnails(
        [table.places[disputed.row] for disputed in item.disputed],
        table.provenance["max_pixels"],
        cache=True,
    )
    return {
        "item": item,
        "cards": [
            {
                "thumbnail": thumbnail,
                "file": Path(table.paths[disputed.row]).name,
                "path": table.paths[disputed.row],
                "label": table.labels[disputed.row],
                "folder": table.folders[disputed.row],
                "first": disputed.first,
                "other": disputed.other,
            }
            for disputed, thumbnail in zip(item.disputed, small, strict=True)
        ],
    }


def _skipped(table: Comparison) -> list[tuple[str, str, str]]:
    """Path, run and reason of each picture that a run could not read; alike reasons once."""
    found: dict[tuple[str, str], list[str]] = {}
    for standing in table.standings:
        for path, reason in zip(table.paths, standing.run.reasons, strict=True):
            if reason:
                found.setdefault((path, reason), []).append(standing.run.name)
    everyone = len(table.standings)
    return [
        (path, "all" if len(names) == everyone else ", ".join(names), reason)
        for (path, reason), names in found.items()
    ]
