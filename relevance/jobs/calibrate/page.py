"""A calibration -> one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relevance.jobs.calibrate import charts
from relevance.jobs.calibrate.wording import advice, answer
from relevance.judging.calibration import Calibration
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.wording import number, share

_TEMPLATES = Path(__file__).parent / "templates"


def render_calibration(calibration: Calibration) -> str:
    """Render what to do with it, reliability diagram and figures."""
    figures = calibration.figures
    after, before = figures["cross_validated"], figures["zero_shot"]
    return render(
        _TEMPLATES / "page.html",
        run=Run("calibrate", answer(calibration), calibration.provenance["date"]),
        calibration=calibration,
        answer=answer(calibration),
        advice=advice(calibration),
        diagram=charts.reliability_diagram(_points(after), _points(before)),
        after=after,
        before=before,
        rows=_rows(before, after),
    )


def _points(figures: Mapping[str, Any]) -> list[tuple[float, float, int]]:
    return [
        (item["predicted"], item["observed"], item["n"]) for item in figures["bins"] if item["n"]
    ]


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, value before, value after, meaning."""
    verdicts = [
        (name, share(before["verdicts"][key]), share(after["verdicts"][key]), meaning)
        for name, key, meaning in (
            ("Precision", "precision", "Share of verdicts “relevant” that are right."),
            ("Recall", "recall", "Share of relevant pictures that are found."),
            ("F1", "f1", "Their harmonic mean."),
        )
    ]
    return [
        *verdicts,
        (
            "Log loss",
            number(before["log_loss"]),
            number(after["log_loss"]),
            "Mean of minus the logarithm of the probability given to what is true; 0 is perfect.",
        ),
        (
            "Brier score",
            share(before["brier"]),
            share(after["brier"]),
            "Mean squared distance of probability and truth; 0 is perfect.",
        ),
        (
            "Expected calibration error",
            share(before["calibration_error"]),
            share(after["calibration_error"]),
            "Mean distance of the probability said and the share that came true, in ten bins.",
        ),
    ]
