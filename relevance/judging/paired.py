"""Two encoders on the same pictures and keywords: figures before and after, and paired intervals.

A figure is the mean over keywords. What is drawn again for an interval (Efron and Tibshirani 1993,
chapter 16) is pictures within each keyword's, near copies together, with both encoders measured on
the same draw; or keywords, where most have one picture and a draw of pictures would change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.judging.bootstrap import Estimate, Ints
from relevance.judging.folder_means import BOOTSTRAP_RESAMPLES, CONFIDENCE
from relevance.judging.metrics import Bools, Floats, auc_and_ap

FIGURES = ("roc_auc", "average_precision", "precision", "recall", "ndcg", "top_1")
"""Precision, recall and nDCG are of the ``cutoff`` best; top-1 is the share of pictures whose own
keyword is the likeliest of all."""

_SEED = 0
_MOST_CELLS = 3e8  # pictures × keywords × draws; bounds time
_FEWEST_DRAWS = 200
_FEW = 2.0  # pictures of a keyword, on average, below which keywords are drawn


@dataclass(frozen=True, slots=True)
class Gain:
    """One figure of two encoders, and the difference with its 95 % interval."""

    before: float
    after: float
    gain: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one encoder says of n pictures and m keywords.

    Attributes:
        scores: ``(n, m)``, which order the pictures of a keyword.
        best: ``(n,)``, the number of each picture's likeliest keyword.
    """

    scores: Floats
    best: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is so.

    Attributes:
        own: ``(n,)``, the number of each picture's keyword.
        keywords: Numbers of the keywords that are measured, each with pictures and with others.
        copies: ``(n,)``, equal for near copies, which are drawn together.
        cutoff: How many of the best precision, recall and nDCG are of.
    """

    own: Ints
    keywords: Ints
    copies: Ints
    cutoff: int

    @property
    def measured(self) -> Bools:
        """Pictures of the measured keywords, ``(n,)``."""
        return np.isin(self.own, self.keywords)


def figures_of(truth: Truth, answers: Answers) -> dict[str, Floats]:
    """Return each figure by keyword ``(k,)``; top-1 by keyword is that of its own pictures."""
    once = np.ones((1, len(truth.own)))
    return {
        name: np.array([values[at][0] for values in _by_keyword(truth, answers, once)])
        for at, name in enumerate(FIGURES)
    }


def gains(truth: Truth, before: Answers, after: Answers) -> dict[str, Gain]:
    """Return the mean of each figure before and after, and how much it rose."""
    points = [_means(truth, answers, None) for answers in (before, after)]
    drawn = _drawn_differences(truth, before, after)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=1)
    return {
        name: Gain(
            float(points[0][at, 0]),
            float(points[1][at, 0]),
            Estimate(float(points[1][at, 0] - points[0][at, 0]), float(low[at]), float(high[at])),
        )
        for at, name in enumerate(FIGURES)
    }


def _drawn_differences(truth: Truth, before: Answers, after: Answers) -> Floats:
    """Return differences of the means, ``(figures, draws)``."""
    rng = np.random.default_rng(_SEED)
    n_pictures, n_keywords = int(truth.measured.sum()), len(truth.keywords)
    if n_pictures < _FEW * n_keywords:
        rows = [figures_of(truth, answers) for answers in (before, after)]
        rise = np.stack([rows[1][name] - rows[0][name] for name in FIGURES])
        times = rng.multinomial(
            n_keywords, np.full(n_keywords, 1 / n_keywords), BOOTSTRAP_RESAMPLES
        )
        return np.asarray(rise @ times.T / n_keywords, dtype=np.float64)
    cells = len(truth.own) * n_keywords * len(FIGURES)
    draws = int(np.clip(_MOST_CELLS / cells, _FEWEST_DRAWS, BOOTSTRAP_RESAMPLES))
    drawn = _draw(rng, truth, draws)
    return _means(truth, after, drawn) - _means(truth, before, drawn)


def _draw(rng: np.random.Generator, truth: Truth, draws: int) -> Floats:
    """Say how often each picture is in each draw: ``(draws, n)``."""
    times = np.empty((draws, len(truth.own)))
    for number in np.unique(truth.own):
        own = np.flatnonzero(truth.own == number)
        clusters, cluster = np.unique(truth.copies[own], return_inverse=True)
        n = len(clusters)
        times[:, own] = rng.multinomial(n, np.full(n, 1 / n), draws)[:, cluster]
    return times


def _means(truth: Truth, answers: Answers, times: Floats | None) -> Floats:
    """Return the mean of each figure over keywords; top-1 over pictures: ``(figures, draws)``."""
    drawn = np.ones((1, len(truth.own))) if times is None else times
    total = np.zeros((len(FIGURES), len(drawn)))
    for values in _by_keyword(truth, answers, drawn):
        total += values
    total /= len(truth.keywords)
    measured = truth.measured
    right = (answers.best == truth.own) & measured
    total[-1] = drawn @ right / (drawn @ measured)
    return total


def _by_keyword(truth: Truth, answers: Answers, times: Floats) -> list[Floats]:
    """Return for each keyword its figures ``(figures, draws)``."""
    return [
        _figures(
            truth.own == number,
            answers.scores[:, number],
            answers.best == number,
            (times, truth.cutoff),
        )
        for number in truth.keywords.tolist()
    ]


def _figures(
    relevant: Bools, scores: Floats, chosen: Bools, drawn_to: tuple[Floats, int]
) -> Floats:
    """Return the figures of one keyword, each picture counted as often as it was drawn."""
    times, cutoff = drawn_to
    order = np.argsort(-scores, kind="stable")
    ranked, drawn, own = scores[order], times[:, order], relevant[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    hits = np.add.reduceat(drawn * own, starts, axis=1)
    misses = np.add.reduceat(drawn * ~own, starts, axis=1)
    n_own = (drawn * own).sum(axis=1)
    below = drawn.cumsum(axis=1).astype(np.int64)
    ends = np.minimum(below, cutoff)
    begins = np.minimum(below - drawn.astype(np.int64), cutoff)
    discount = np.r_[0.0, np.cumsum(1 / np.log2(np.arange(2, cutoff + 2)))]
    found = ((ends - begins) * own).sum(axis=1)
    gained = ((discount[ends] - discount[begins]) * own).sum(axis=1)
    ideal = discount[np.minimum(n_own, cutoff).astype(np.int64)]
    right = (drawn * (own & chosen[order])).sum(axis=1)
    return np.stack(
        [*auc_and_ap(hits, misses), found / cutoff, found / n_own, gained / ideal, right / n_own]
    )
