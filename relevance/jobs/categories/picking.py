"""Scores -> the best keyword of each picture, the runner-up, and the rank of the true one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.encoders.base import FloatArray, IntArray
from relevance.judging.naming import NONE

NO_RANK = 0


@dataclass(frozen=True, slots=True, eq=False)
class Picks:
    """Keywords of n pictures, by number; of equal ones the first comes first.

    Attributes:
        best: ``(n,)`` int64; ``NONE`` where skipped.
        second: ``(n,)`` int64; ``NONE`` where skipped.
        rank: ``(n,)`` int64: place of the true keyword, from 1; ``NO_RANK`` where there is none
            or the picture was skipped.
    """

    best: IntArray
    second: IntArray
    rank: IntArray


def pick(scores: FloatArray, truth: IntArray) -> Picks:
    """Rank the keywords of every picture.

    Args:
        scores: ``(n, n_keywords)``, at least two keywords; rows of NaN where skipped.
        truth: ``(n,)`` number of the true keyword, or ``NONE``.
    """
    is_scored = ~np.isnan(scores[:, 0])
    rows = np.flatnonzero(is_scored)
    left = scores[rows]  # a copy, from which the best is struck out to find the second
    best, second = np.full((2, len(scores)), NONE, dtype=np.int64)
    best[rows] = left.argmax(axis=1)
    left[np.arange(len(rows)), best[rows]] = -np.inf
    second[rows] = left.argmax(axis=1)
    return Picks(best, second, _ranks(scores, truth, np.flatnonzero(is_scored & (truth != NONE))))


def _ranks(scores: FloatArray, truth: IntArray, rows: IntArray) -> IntArray:
    """Rank of the true keyword in these rows: 1 + how many come before it."""
    ranks = np.full(len(scores), NO_RANK, dtype=np.int64)
    known, true = scores[rows], truth[rows]
    own = known[np.arange(len(rows)), true][:, None]
    is_earlier = np.arange(scores.shape[1]) < true[:, None]
    ranks[rows] = 1 + ((known > own) | ((known == own) & is_earlier)).sum(axis=1)
    return ranks
