"""A calibration -> one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevance.calibration import Calibration
from relevance.report import charts
from relevance.report.page import render
from relevance.report.wording import number


def render_calibration(calibration: Calibration) -> str:
    """Render threshold, reliability diagram and figures."""
    figures = calibration.figures
    after, before = figures["cross_validated"], figures["zero_shot"]
    return render(
        "calibration.html",
        calibration=calibration,
        answer=_answer(calibration),
        diagram=charts.reliability_diagram(_points(after), _points(before)),
        after=after,
        before=before,
        rows=_rows(before, after),
    )


def _answer(calibration: Calibration) -> str:
    verdicts = calibration.figures["cross_validated"]["verdicts"]
    return (
        f"From a probability of {calibration.threshold:g} a picture counts as “"
        f"{calibration.basis.keyword}”: about {100 * verdicts['precision']:.0f} of 100 such "
        f"verdicts are right, and {100 * verdicts['recall']:.0f} of 100 relevant pictures are "
        "found."
    )


def _points(figures: Mapping[str, Any]) -> list[tuple[float, float, int]]:
    return [
        (item["predicted"], item["observed"], item["n"]) for item in figures["bins"] if item["n"]
    ]


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, value before, value after, meaning."""
    verdicts = [
        (name, number(before["verdicts"][key]), number(after["verdicts"][key]), meaning)
        for name, key, meaning in (
            ("Precision", "precision", "Share of verdicts “relevant” that are right."),
            ("Recall", "recall", "Share of relevant pictures that are found."),
            ("F1", "f1", "Their harmonic mean."),
        )
    ]
    return [
        *verdicts,
        (
            "Brier score",
            number(before["brier"]),
            number(after["brier"]),
            "Mean squared distance of probability and truth; 0 is perfect.",
        ),
        (
            "Expected calibration error",
            number(before["calibration_error"]),
            number(after["calibration_error"]),
            "Mean distance of the probability said and the share that came true, in ten bins.",
        ),
    ]
