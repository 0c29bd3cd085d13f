"""Pure functions on arrays: what labels say about verdicts and rankings.

Ranking metrics (ROC AUC, average precision, P@k, R@k, nDCG@k) judge the order of the scores and
need no threshold; precision, recall, F1 and the confusion counts judge the verdicts at one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CUTOFFS = (1, 5, 10, 20, 50, 100)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Verdicts at a probability threshold, counted against the labels.

    Precision without a positive verdict, and F1 without a hit, are 0.
    """

    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float
    recall: float
    f1: float

    @property
    def wrong(self) -> int:
        """Verdicts that contradict the label."""
        return self.false_positives + self.false_negatives

    @property
    def wrong_share(self) -> float:
        """``wrong`` as a share of all verdicts."""
        return _ratio(self.wrong, self.wrong + self.true_positives + self.true_negatives)


@dataclass(frozen=True, slots=True)
class AtCutoff:
    """Precision, recall and nDCG (linear gains) of the k highest scores."""

    k: int
    precision: float
    recall: float
    ndcg: float


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """ROC and precision-recall curves of the scores, as scikit-learn traces them."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    recall: Floats
    precision: Floats


def mann_whitney(truth: Bools, scores: Floats) -> float:
    """Two-sided p-value that both classes score alike; exact where they are few."""
    from scipy import stats  # here and below: half a second, for runs that have labels

    return float(stats.mannwhitneyu(scores[truth], scores[~truth]).pvalue)


def at_threshold(truth: Bools, probabilities: Floats, threshold: float) -> AtThreshold:
    """Count verdicts against labels: a probability of at least ``threshold`` says relevant."""
    return count_verdicts(truth, probabilities >= threshold, threshold)


def count_verdicts(truth: Bools, verdict: Bools, threshold: float) -> AtThreshold:
    """Count verdicts, however they were come by, against labels."""
    hits, alarms = int((verdict & truth).sum()), int((verdict & ~truth).sum())
    misses = int((~verdict & truth).sum())
    return AtThreshold(
        threshold=float(threshold),
        true_positives=hits,
        false_positives=alarms,
        false_negatives=misses,
        true_negatives=len(truth) - hits - alarms - misses,
        precision=_ratio(hits, hits + alarms),
        recall=_ratio(hits, hits + misses),
        f1=_ratio(2 * hits, 2 * hits + alarms + misses),
    )


def trace_curves(truth: Bools, scores: Floats) -> Curves:
    """Trace both curves over all thresholds on the score; both classes must be there."""
    from sklearn import metrics

    false_rate, true_rate, _ = metrics.roc_curve(truth, scores)
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    return Curves(false_rate, true_rate, recall[::-1], precision[::-1])


def ranking_figures(truth: Bools, scores: Floats) -> dict[str, float]:
    """Return ROC AUC and average precision; both classes must be there."""
    from sklearn import metrics

    return {
        "roc_auc": float(metrics.roc_auc_score(truth, scores)),
        "average_precision": float(metrics.average_precision_score(truth, scores)),
    }


def best_threshold(truth: Bools, probabilities: Floats) -> float:
    """Threshold with the highest F1 on these pictures; NaN without a relevant picture.

    Of all values that give these verdicts the shortest decimal is taken, so that what is printed
    can be typed in again.
    """
    if not truth.any():
        return math.nan
    from sklearn import metrics

    precision, recall, thresholds = metrics.precision_recall_curve(truth, probabilities)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    highest = float(thresholds[int(np.argmax(f1[:-1]))])
    below = probabilities[probabilities < highest]
    return _shortest_decimal(float(below.max(initial=-1.0)), highest)


def _shortest_decimal(low: float, high: float) -> float:
    """Return the decimal with the fewest digits above ``low`` and at most ``high``."""
    for digits in range(1, 17):
        rounded = float(math.floor(high * 10.0**digits) / 10.0**digits)
        if low < rounded <= high:
            return rounded
    return high


def between(low: float, high: float) -> float:
    """Return the decimal nearest the middle, with two digits or as many as keep it in (low, high].

    A picture at ``high`` reaches it and one at ``low`` does not.
    """
    middle = (low + high) / 2
    for digits in range(2, 17):
        rounded = round(middle, digits)
        if low < rounded <= high:
            return rounded
    return high


def at_cutoffs(grades: Floats, scores: Floats) -> tuple[AtCutoff, ...]:
    """Precision, recall and nDCG of the k highest scores; equal scores keep their order.

    A grade is what a picture gains in nDCG (Järvelin and Kekäläinen 2002, linear gains); above 0
    it counts as relevant for the other two.
    """
    ranked = grades[np.argsort(-scores, kind="stable")]
    discounts = np.log2(np.arange(2, len(ranked) + 2))
    gains = np.cumsum(ranked / discounts)
    ideal = np.cumsum(np.sort(ranked)[::-1] / discounts)
    found = np.cumsum(ranked > 0)
    return tuple(
        AtCutoff(
            k=k,
            precision=float(found[k - 1] / k),
            recall=float(found[k - 1] / found[-1]),
            ndcg=float(gains[k - 1] / ideal[k - 1]),
        )
        for k in _CUTOFFS
        if k <= len(ranked)
    )


def auc_and_ap(hits: npt.NDArray[np.int64], misses: npt.NDArray[np.int64]) -> Floats:
    """AUC and average precision of weighted samples at once.

    Args:
        hits: ``(resamples, levels)``, relevant pictures at each distinct score, highest first.
        misses: The same for irrelevant ones.

    Returns:
        ``(2, resamples)``: AUC (Mann-Whitney, ties count half) and average precision.
    """
    hits_above, misses_above = hits.cumsum(axis=1), misses.cumsum(axis=1)
    n_hits, n_misses = hits_above[:, -1], misses_above[:, -1]
    wins = (misses * (hits_above - hits / 2)).sum(axis=1)
    precision = hits_above / np.maximum(hits_above + misses_above, 1)
    return np.stack([wins / (n_hits * n_misses), (hits * precision).sum(axis=1) / n_hits])


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
