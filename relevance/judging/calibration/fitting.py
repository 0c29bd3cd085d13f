"""Fit curve and threshold, and measure by cross-validation what they are worth on new pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.errors import UsageError
from relevance.judging.bootstrap import Ints
from relevance.judging.calibration.curves import FITTERS, Curve
from relevance.judging.calibration.reliability import (
    ReliabilityBin,
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability,
)
from relevance.judging.calibration.targets import Cut, Target, choose_cut
from relevance.judging.metrics import AtThreshold, Bools, Floats, at_threshold, count_verdicts
from relevance.system.threads import on_one_thread

FEWEST = 3
"""Labelled pictures of each kind, below which nothing is fitted."""

FOLDS, REPEATS = 5, 10
_FEWEST_FOLDS = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """How good probabilities and verdicts are on pictures that they were not fitted on.

    Attributes:
        verdicts: Counts over all repeats, and precision, recall and F1; the threshold is the one
            in use, while each fold's verdicts were made with its own.
        log_loss: Log loss.
        brier: Brier score.
        calibration_error: Expected calibration error, ten bins.
        bins: Points of the reliability diagram; each picture counts once a repeat.
    """

    verdicts: AtThreshold
    log_loss: float
    brier: float
    calibration_error: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve and a threshold on it, with figures.

    Attributes:
        curve: Score to probability.
        cut: The threshold.
        cross_validated: Repeated stratified cross-validation of curve and threshold together.
        zero_shot: The same figures of the uncalibrated probability at 0.5, which needs no fit.
    """

    curve: Curve
    cut: Cut
    cross_validated: Figures
    zero_shot: Figures


@on_one_thread()
def fit(
    scores: Floats,
    truth: Bools,
    zero_shot: Floats,
    *,
    method: str,
    target: Target,
    first_copy: Ints | None = None,
) -> Fit:
    """Fit on labelled pictures.

    Args:
        scores: ``(n,)``.
        truth: ``(n,)`` bool.
        zero_shot: ``(n,)`` uncalibrated probabilities, to compare with.
        method: "logistic" or "isotonic".
        target: What the threshold is for.
        first_copy: ``(n,)``, equal for copies of one picture; None where all are different.

    Raises:
        UsageError: There are too few pictures of a kind, the scores do not separate the kinds, or
            no threshold reaches the target.
    """
    copies = np.arange(len(truth)) if first_copy is None else first_copy
    check_enough(truth[np.unique(np.stack([copies, truth]), axis=1, return_index=True)[1]])
    curve = FITTERS[method](scores, truth)
    chances = curve(scores)
    if chances.min() == chances.max():
        raise UsageError(
            "The scores do not part relevant from irrelevant pictures: the best curve through them "
            "is level. Try another --model, other words, or --method isotonic."
        )
    cut = choose_cut(truth, chances, target)
    if not cut.is_reached:
        raise UsageError(
            f"No threshold reaches {target} on these pictures; the highest {target.metric} is "
            f"{cut.value:.3f}. Ask for less, label more pictures, or try another --model."
        )
    return Fit(
        curve=curve,
        cut=cut,
        cross_validated=_cross_validate(scores, truth, copies, method, target, cut.threshold),
        zero_shot=_figures(truth, zero_shot, at_threshold(truth, zero_shot, 0.5)),
    )


def check_enough(truth: Bools) -> None:
    """Raise ``UsageError`` unless there are a few pictures of both kinds."""
    relevant, irrelevant = int(truth.sum()), int((~truth).sum())
    if min(relevant, irrelevant) >= FEWEST:
        return
    if not relevant or not irrelevant:
        there, missing = ("relevant", "irrelevant") if relevant else ("irrelevant", "relevant")
        state = (
            f"All {len(truth)} labelled pictures are {there}; without {missing} ones nothing "
            "can be told apart."
            if len(truth)
            else "No picture has a label."
        )
    else:
        state = f"{relevant} relevant and {irrelevant} irrelevant pictures are too few."
    raise UsageError(
        f"{state} Label at least {FEWEST} pictures of each kind, better 50: in folders named "
        "Relevant and Irrelevant or after the keyword, or by --relevant or --labels."
    )


def _cross_validate(
    scores: Floats,
    truth: Bools,
    first_copy: Ints,
    method: str,
    target: Target,
    threshold: float,
) -> Figures:
    """Fit curve and threshold without each fold in turn, and judge them on it.

    Copies of a picture stay in one fold, and so do equal scores.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # takes long; not for every run

    _, first, picture = np.unique(first_copy, return_index=True, return_inverse=True)
    groups = np.unique(scores[first[picture]], return_inverse=True)[1]
    fewest = min(len(np.unique(groups[kind])) for kind in (truth, ~truth))
    if fewest < _FEWEST_FOLDS:
        raise UsageError("All pictures of a kind are copies of one; label different ones.")
    folds = [
        StratifiedGroupKFold(min(FOLDS, fewest), shuffle=True, random_state=seed)
        for seed in range(REPEATS)
    ]
    splits = (part for fold in folds for part in fold.split(scores, truth, groups))
    truths, chances, verdicts = [], [], []
    for used, spared in splits:
        if truth[used].all() or not truth[used].any():
            continue  # all copies of a kind lie in the fold that is left out
        curve = FITTERS[method](scores[used], truth[used])
        cut = choose_cut(truth[used], curve(scores[used]), target)
        truths.append(truth[spared])
        chances.append(curve(scores[spared]))
        verdicts.append(chances[-1] >= cut.threshold)
    all_truths = np.concatenate(truths)
    counted = count_verdicts(all_truths, np.concatenate(verdicts), threshold)
    return _figures(all_truths, np.concatenate(chances), counted)


def _figures(truth: Bools, probabilities: Floats, verdicts: AtThreshold) -> Figures:
    bins = reliability(truth, probabilities)
    return Figures(
        verdicts=verdicts,
        log_loss=log_loss(truth, probabilities),
        brier=brier_score(truth, probabilities),
        calibration_error=expected_calibration_error(bins),
        bins=bins,
    )
