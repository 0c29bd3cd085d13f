"""How far probabilities can be taken at their word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.judging.metrics import Bools, Floats

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pictures whose probabilities lie in one tenth of [0, 1].

    Attributes:
        low: Where the bin begins.
        high: Where it ends.
        n: Pictures in it.
        predicted: Their mean probability; NaN without pictures.
        observed: Share of them that is relevant; NaN without pictures.
    """

    low: float
    high: float
    n: int
    predicted: float
    observed: float


def reliability(truth: Bools, probabilities: Floats) -> tuple[ReliabilityBin, ...]:
    """Sort pictures into ten bins of equal width: the points of a reliability diagram.

    Source: Niculescu-Mizil and Caruana 2005. Bins are half open, ``[low, high)``; the last one
    holds 1.
    """
    number = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    n = np.bincount(number, minlength=BINS)
    with np.errstate(invalid="ignore"):  # an empty bin has no mean
        predicted = np.bincount(number, probabilities, BINS) / n
        observed = np.bincount(number, truth, BINS) / n
    return tuple(
        ReliabilityBin(k / BINS, (k + 1) / BINS, int(n[k]), float(predicted[k]), float(observed[k]))
        for k in range(BINS)
    )


def expected_calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """Mean distance of predicted and observed share, weighted by pictures (Naeini et al. 2015)."""
    filled = [item for item in bins if item.n]
    total = sum(item.n for item in filled)
    return sum(item.n * abs(item.predicted - item.observed) for item in filled) / total


def log_loss(truth: Bools, probabilities: Floats) -> float:
    """Mean of minus the logarithm of the probability given to what is true; 0 is perfect.

    Probabilities are kept one rounding step away from 0 and 1, as scikit-learn does, so that one
    certain mistake does not cost infinitely much.
    """
    step = float(np.finfo(np.float64).eps)
    given = np.where(truth, probabilities, 1 - probabilities)
    return float(-np.mean(np.log(np.clip(given, step, 1 - step))))


def brier_score(truth: Bools, probabilities: Floats) -> float:
    """Mean squared distance of probability and truth (Brier 1950); 0 is perfect."""
    return float(np.mean((probabilities - truth) ** 2))
