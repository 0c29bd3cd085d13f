"""What a calibration comes to, in words: for its page and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevance.judging.calibration import Calibration
from relevance.judging.calibration.targets import F1
from relevance.pages.wording import of_hundred, percent


def answer(calibration: Calibration) -> str:
    """Say in one sentence which threshold to use and what its verdicts are worth, or not to."""
    keyword = calibration.basis.keyword
    if calibration.doubts:
        return (
            f"Do not rely on this calibration for “{keyword}”: nothing shows that it is better "
            "than none."
        )
    verdicts = calibration.figures["cross_validated"]["verdicts"]
    if not _taken(verdicts):
        return (
            f"Threshold {calibration.threshold:g} for “{keyword}” is too high to be of use: no "
            "picture left out of the fit reached it."
        )
    return (
        f"Use threshold {calibration.threshold:g} for “{keyword}”: {_right(verdicts)}, and "
        f"{_missed(verdicts)}."
    )


def advice(calibration: Calibration) -> str:
    """Say what it changes and what to do next: label more, or move the threshold."""
    before = calibration.figures["zero_shot"]["verdicts"]
    after = calibration.figures["cross_validated"]["verdicts"]
    if calibration.doubts:
        return (
            "Score without it, and label more pictures of both kinds, those near the threshold "
            "first; where the scores do not tell them apart, try other words or another model."
        )
    if not _taken(after):
        return "Ask for less with --target, or label more relevant pictures."
    compared = (
        f"Uncalibrated, at 0.5, {_right(before)}, and {_missed(before)}."
        if _taken(before)
        else "Uncalibrated, at 0.5, no picture is judged relevant."
    )
    if calibration.target != F1:  # the wish is known
        return compared
    return (
        f"{compared} If a wrong picture costs more than a missed one, calibrate again with "
        "--target precision=0.95; if a missed one costs more, with --target recall=0.95."
    )


def _taken(verdicts: Mapping[str, Any]) -> int:
    return int(verdicts["true_positives"] + verdicts["false_positives"])


def _right(verdicts: Mapping[str, Any]) -> str:
    return f"about {of_hundred(verdicts['precision'])} pictures judged relevant are"


def _missed(verdicts: Mapping[str, Any]) -> str:
    return f"{percent(1 - verdicts['recall'])} of the relevant ones are missed"
