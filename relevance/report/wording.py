"""The sentences of the report: the answer, how sure it is, and how numbers are written."""

from __future__ import annotations

import math

from relevance.evaluation import Evaluation
from relevance.folder_means import CONFIDENCE
from relevance.scoring import ScoreTable


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: 1 picture, 2 pictures."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


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
    first = table.folders["folder"][0]
    reached = int(table.scored["relevant"].sum())
    if not reached:
        return f"No picture clearly shows {quoted}; “{first}” comes closest."
    if len(table.folders) == 1:
        return f"{reached} of {counted(len(table.scored), 'picture')} clearly show {quoted}."
    second = table.folders["folder"][1]
    if table.folders["ci_low"][0] > table.folders["ci_high"][1]:
        return f"“{first}” is the folder that fits {quoted} best."
    if table.folders["n"][:2].min() < 2:
        return f"“{first}” comes first for {quoted}, on too few pictures to be sure."
    return f"No folder clearly fits {quoted} best; “{first}” and “{second}” come first."


def explanation(table: ScoreTable, evaluation: Evaluation) -> str:
    """How sure the answer is, in plain words."""
    if not evaluation.available:
        reached = int(table.scored["relevant"].sum())
        return (
            f"{reached} of {counted(len(table.scored), 'picture')} reach a probability of "
            f"{table.threshold:g}. {evaluation.note}"
        )
    auc, chosen, best = evaluation.roc_auc, evaluation.chosen, evaluation.best
    advice = (
        f" With {best.threshold} instead, the best balance on these pictures (F1), "
        f"{best.wrong} would be wrong."
        if best.wrong < chosen.wrong and evaluation.separation == "clear"
        else ""
    )
    certainty = (
        f"{percent(CONFIDENCE)} interval {percent(auc.low)} to {percent(auc.high)}"
        if auc.low < auc.high
        else "too perfect an order for an interval"
    )
    return (
        f"Of a relevant and an irrelevant picture, the relevant one scores higher in "
        f"{percent(auc.value)} of all pairs ({certainty}; {percent(0.5)} would be chance). "
        f"At a probability of {table.threshold:g}, {chosen.wrong} of {evaluation.n_labelled} "
        f"verdicts are wrong: {counted(chosen.false_positives, 'false alarm')} and "
        f"{chosen.false_negatives} missed.{advice}"
    )
