"""The sentences of the report: the answer, how sure it is, and how numbers are written."""

from __future__ import annotations

import math

from relevance.evaluation import Evaluation
from relevance.scoring import CONFIDENCE, ScoreTable


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}"


def interval(low: float, high: float) -> str:
    """Write an interval, or a dash where there is none."""
    return "–" if math.isnan(low) else f"{number(low)} to {number(high)}"


def percent(value: float | None) -> str:
    """Write a share as a whole percentage, or a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


def answer(table: ScoreTable, evaluation: Evaluation) -> str:
    """One sentence: do the relevant pictures stand out?"""
    quoted = f"“{table.keyword}”"
    if evaluation.separation == "clear":
        return f"Yes: the relevant pictures stand out for {quoted}."
    if evaluation.separation == "unclear":
        return f"Not shown: the relevant pictures do not clearly stand out for {quoted}."
    if evaluation.separation == "reversed":
        return f"No: for {quoted} the irrelevant pictures score higher than the relevant ones."
    if len(table.folders) > 1:
        return f"“{table.folders['folder'][0]}” is the folder that fits {quoted} best."
    return f"{len(table.scored)} pictures, ranked by how well they fit {quoted}."


def explanation(table: ScoreTable, evaluation: Evaluation) -> str:
    """How sure the answer is, in plain words."""
    if not evaluation.available:
        return evaluation.note
    auc, chosen, best = evaluation.roc_auc, evaluation.chosen, evaluation.best
    labelled = evaluation.n_relevant + evaluation.n_irrelevant
    advice = (
        f" At {best.threshold:.2f}, the best threshold for these pictures, {best.wrong} would be."
        if best.wrong < chosen.wrong
        else ""
    )
    return (
        f"Of a relevant and an irrelevant picture, the relevant one scores higher in "
        f"{percent(auc.value)} of all pairs ({percent(CONFIDENCE)} interval {percent(auc.low)} to "
        f"{percent(auc.high)}; {percent(0.5)} would be chance). At a probability of "
        f"{table.threshold:g}, {chosen.wrong} of {labelled} verdicts are wrong: "
        f"{chosen.false_positives} false alarms and {chosen.false_negatives} missed.{advice}"
    )
