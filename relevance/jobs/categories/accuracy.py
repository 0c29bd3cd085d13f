"""Best keywords held against the names of the folders."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from relevance.encoders.base import FloatArray, IntArray
from relevance.jobs.categories.picking import NO_RANK
from relevance.judging.folder_means import NORMAL_QUANTILE
from relevance.judging.naming import NONE

TOP = 5


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of n pictures with its 95 % Wilson score interval (Wilson 1927).

    Copies make the interval no narrower: it is that of Kish's effective number of pictures (1965),
    (Σc)² / Σc² of the counts c of each. ``value``, ``low`` and ``high`` are NaN without a picture.
    """

    hits: int
    n: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, n: int, effective: float | None = None) -> Proportion:
        """Estimate it from a count of hits among n, and the effective n where there are copies."""
        if not n:
            return cls(0, 0, math.nan, math.nan, math.nan)
        value, size = hits / n, effective or n
        shrunk = NORMAL_QUANTILE**2 / size
        middle = (value + shrunk / 2) / (1 + shrunk)
        reach = math.sqrt(shrunk * value * (1 - value) + shrunk**2 / 4) / (1 + shrunk)
        return cls(hits, n, value, max(0.0, middle - reach), min(1.0, middle + reach))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the best keywords are right, over scored pictures with a true keyword.

    Attributes:
        n_keywords: Keywords to choose from.
        top1: The best keyword is the true one.
        top5: The true one is among the five best; says nothing with five keywords or fewer.
        top1_uncorrected: As ``top1``, had the scores been compared as they are.
    """

    n_keywords: int
    top1: Proportion
    top5: Proportion
    top1_uncorrected: Proportion

    @property
    def n(self) -> int:
        """Pictures that it rests on."""
        return self.top1.n

    def chance(self, k: int) -> float:
        """Share of pictures whose true keyword is among k keywords drawn blindly."""
        return min(k, self.n_keywords) / self.n_keywords


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Pictures of one keyword that are called by another.

    Attributes:
        true: Number of the true keyword.
        best: Number of the keyword they are called by.
        pictures: Their rows, the most confident mistake first.
    """

    true: int
    best: int
    pictures: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.pictures)


def measure(
    rank: IntArray, uncorrected_rank: IntArray, n_keywords: int, first_copy: IntArray
) -> Accuracy:
    """Count how often the true keyword came first, or among the first five.

    Args:
        rank: ``(n,)`` rank of the true keyword; ``NO_RANK`` where there is none.
        uncorrected_rank: The same without a correction.
        n_keywords: Keywords to choose from.
        first_copy: ``(n,)`` int64, equal for copies of one picture.
    """
    _, copies = np.unique(first_copy[rank != NO_RANK], return_counts=True)
    effective = float(copies.sum() ** 2 / (copies**2).sum()) if len(copies) else None

    def within(ranks: IntArray, k: int) -> Proportion:
        known = ranks[ranks != NO_RANK]
        return Proportion.of(int((known <= k).sum()), len(known), effective)

    return Accuracy(n_keywords, within(rank, 1), within(rank, TOP), within(uncorrected_rank, 1))


def tabulate(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> IntArray:
    """Count pairs of numbers: ``shape`` int64; pairs with a ``NONE`` do not count."""
    counted = (rows != NONE) & (columns != NONE)
    cells = rows[counted] * shape[1] + columns[counted]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def confused_pairs(truth: IntArray, best: IntArray, scores: FloatArray) -> list[ConfusedPair]:
    """Group the pictures with a wrong keyword by true and best keyword, the largest group first.

    Args:
        truth: ``(n,)`` true keyword of each picture, or ``NONE``.
        best: ``(n,)`` best keyword, or ``NONE``.
        scores: ``(n, n_keywords)``, as they were compared; the further the wrong keyword is
            ahead of the true one, the earlier a picture stands in its group.
    """
    rows = np.flatnonzero((truth != NONE) & (best != NONE) & (truth != best))
    ahead = scores[rows, best[rows]] - scores[rows, truth[rows]]
    ordered = rows[np.lexsort((-ahead, best[rows], truth[rows]))]
    pairs = _groups(truth[ordered].tolist(), best[ordered].tolist(), ordered.tolist())
    return sorted(pairs, key=lambda pair: -pair.count)


def _groups(truth: list[int], best: list[int], rows: list[int]) -> Iterator[ConfusedPair]:
    together = groupby(zip(truth, best, rows, strict=True), key=lambda item: item[:2])
    for (true, wrong), members in together:
        yield ConfusedPair(true, wrong, tuple(row for _, _, row in members))
