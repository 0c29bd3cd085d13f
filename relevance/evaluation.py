"""Scores + labels -> how well the scores tell relevant from irrelevant pictures.

Ranking metrics (ROC AUC, average precision, P@k, R@k, nDCG@k) judge the order of the scores and
need no threshold; precision, recall, F1 and the confusion counts judge the verdicts at one.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from relevance.folder_means import BOOTSTRAP_RESAMPLES, CONFIDENCE
from relevance.labels import IRRELEVANT, RELEVANT, UNLABELLED
from relevance.scoring import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

SMALL_SAMPLE = 30
"""With fewer pictures than this in either class the report says that the sample is small."""

_CUTOFFS = (1, 5, 10, 20, 50, 100)
_SEED = 0
_RESAMPLE_CELLS = 4_000_000  # bounds memory: resamples × distinct scores held at a time

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its 95 % bootstrap interval (percentile, resampled within each class)."""

    value: float
    low: float
    high: float


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


@dataclass(frozen=True, slots=True)
class AtCutoff:
    """Precision, recall and nDCG (binary gains) of the k highest scores."""

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


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the labels say about the scores.

    Attributes:
        n_relevant: Scored pictures labelled relevant.
        n_irrelevant: Scored pictures labelled irrelevant.
        n_unlabelled: Scored pictures without a label; they do not count.
        note: Why there are no metrics, or how far to trust them; may be empty.
        roc_auc: Area under the ROC curve of the scores.
        average_precision: Area under the precision-recall curve, as scikit-learn defines it.
        chosen: Verdicts at the threshold in use.
        best: Verdicts at the threshold with the highest F1 on these very pictures: optimistic.
        cutoffs: Metrics of the k best, for k up to the number of labelled pictures.
        p_value: Two-sided Mann-Whitney test that scores of both classes are alike; it keeps a
            perfect order of three pictures from looking like proof.
        curves: What the AUC and the average precision are the areas of; empty where undefined.
    """

    n_relevant: int
    n_irrelevant: int
    n_unlabelled: int
    note: str
    roc_auc: Estimate
    average_precision: Estimate
    chosen: AtThreshold
    best: AtThreshold
    cutoffs: tuple[AtCutoff, ...]
    p_value: float
    curves: Curves = field(repr=False)

    @property
    def n_labelled(self) -> int:
        """Scored pictures that the metrics rest on."""
        return self.n_relevant + self.n_irrelevant

    @property
    def available(self) -> bool:
        """Whether both classes are there, so that the metrics are defined."""
        return self.n_relevant > 0 and self.n_irrelevant > 0

    @property
    def separation(self) -> Literal["clear", "unclear", "reversed", "unknown"]:
        """Whether relevant pictures score higher ("clear"), lower ("reversed") or neither is shown.

        Asks for two things: an AUC interval on one side of one half, and a Mann-Whitney test
        below 0.05, since the bootstrap of a few pictures in perfect order has no width.
        """
        if not self.available:
            return "unknown"
        if self.p_value < 1 - CONFIDENCE and self.roc_auc.low > 0.5:
            return "clear"
        if self.p_value < 1 - CONFIDENCE and self.roc_auc.high < 0.5:
            return "reversed"
        return "unclear"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists, ready for JSON but for NaN; without the curves."""
        numbers = {name: value for name, value in asdict(self).items() if name != "curves"}
        if not self.available:
            numbers |= {"chosen": None, "best": None}
        return numbers | {"available": self.available, "separation": self.separation}


def evaluate(table: ScoreTable) -> Evaluation:
    """Hold the scores of a table against its labels."""
    pictures = table.pictures
    labels = np.array(pictures.label, dtype=object)
    scored = pictures.is_scored
    labelled = scored & (labels != UNLABELLED)
    truth = np.asarray(labels[labelled] == RELEVANT, dtype=bool)
    scores = pictures.score[labelled].astype(np.float64)
    chances = pictures.probability[labelled]
    n_relevant, n_irrelevant = int(truth.sum()), int((~truth).sum())
    both = n_relevant > 0 and n_irrelevant > 0
    auc, precision = ranking_estimates(truth, scores) if both else (_UNDEFINED, _UNDEFINED)
    return Evaluation(
        n_relevant=n_relevant,
        n_irrelevant=n_irrelevant,
        n_unlabelled=int(scored.sum() - labelled.sum()),
        note=_note(n_relevant, n_irrelevant),
        roc_auc=auc,
        average_precision=precision,
        chosen=at_threshold(truth, chances, table.threshold),
        best=at_threshold(truth, chances, best_threshold(truth, chances)),
        cutoffs=at_cutoffs(truth, scores) if both else (),
        p_value=mann_whitney(truth, scores) if both else math.nan,
        curves=trace_curves(truth, scores) if both else Curves(*[np.empty(0)] * 4),
    )


def misjudged(table: ScoreTable) -> pd.DataFrame:
    """Rows whose verdict contradicts their label, the most confident mistakes first."""
    scored = table.scored
    verdict = scored["relevant"].astype(bool)
    wrong = (verdict & (scored["label"] == IRRELEVANT)) | (~verdict & (scored["label"] == RELEVANT))
    distance = (scored["probability"] - table.threshold).abs()
    return scored[wrong].loc[distance[wrong].sort_values(ascending=False, kind="stable").index]


def ranking_estimates(truth: Bools, scores: Floats) -> tuple[Estimate, Estimate]:
    """ROC AUC and average precision with bootstrap intervals; both classes must be there.

    Pictures are drawn again with replacement within each class (stratified bootstrap, Efron and
    Tibshirani 1993), so that every resample has both.
    """
    levels, level = np.unique(-scores, return_inverse=True)  # level 0 is the highest score
    hits = np.bincount(level[truth], minlength=len(levels))
    misses = np.bincount(level[~truth], minlength=len(levels))
    rng = np.random.default_rng(_SEED)
    step = max(1, _RESAMPLE_CELLS // len(levels))
    resampled = [
        _auc_and_ap(
            rng.multinomial(hits.sum(), hits / hits.sum(), size),
            rng.multinomial(misses.sum(), misses / misses.sum(), size),
        )
        for size in _chunks(BOOTSTRAP_RESAMPLES, step)
    ]
    points = _auc_and_ap(hits[None], misses[None])
    tail = (1 - CONFIDENCE) / 2
    bounds = np.quantile(np.concatenate(resampled, axis=1), [tail, 1 - tail], axis=1)
    auc, precision = (
        Estimate(float(points[row, 0]), float(bounds[0, row]), float(bounds[1, row]))
        for row in range(2)
    )
    return auc, precision


def mann_whitney(truth: Bools, scores: Floats) -> float:
    """Two-sided p-value that both classes score alike; exact where they are few."""
    from scipy import stats  # here and below: half a second, for runs that have labels

    return float(stats.mannwhitneyu(scores[truth], scores[~truth]).pvalue)


def at_threshold(truth: Bools, probabilities: Floats, threshold: float) -> AtThreshold:
    """Count verdicts against labels: a probability of at least ``threshold`` says relevant."""
    verdict = probabilities >= threshold
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


def at_cutoffs(truth: Bools, scores: Floats) -> tuple[AtCutoff, ...]:
    """Precision, recall and nDCG of the k highest scores; equal scores keep their order."""
    ranked = truth[np.argsort(-scores, kind="stable")]
    gains = np.cumsum(ranked / np.log2(np.arange(2, len(ranked) + 2)))
    ideal = np.cumsum(np.sort(ranked)[::-1] / np.log2(np.arange(2, len(ranked) + 2)))
    found = np.cumsum(ranked)
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


_UNDEFINED = Estimate(math.nan, math.nan, math.nan)


def _auc_and_ap(hits: npt.NDArray[np.int64], misses: npt.NDArray[np.int64]) -> Floats:
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


def _chunks(total: int, step: int) -> list[int]:
    full, rest = divmod(total, step)
    return [step] * full + ([rest] if rest else [])


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _note(n_relevant: int, n_irrelevant: int) -> str:
    if not n_relevant and not n_irrelevant:
        return (
            "No folder has a label, so there is a ranking but nothing says how often it is right. "
            "Folders named Relevant and Irrelevant, or one named after the keyword, give labels."
        )
    if not n_relevant or not n_irrelevant:
        only = "relevant" if n_relevant else "irrelevant"
        return (
            f"All labelled pictures are {only}, so nothing can be told apart. Add pictures of the "
            "other kind to evaluate."
        )
    if min(n_relevant, n_irrelevant) < SMALL_SAMPLE:
        return (
            f"Small sample: {n_relevant} relevant and {n_irrelevant} irrelevant pictures. Read the "
            "intervals rather than the figures."
        )
    return ""
