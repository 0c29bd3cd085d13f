"""Which pictures to label next: those whose verdicts are least sure, and unlike each other."""

from __future__ import annotations

import numpy as np

from relevance.encoders.base import FloatArray, IntArray, unit_rows
from relevance.judging.metrics import Floats

_POOL = 5  # times as many unsure pictures as are wanted, among which unlike ones are sought


def worth_labelling(probability: Floats, vectors: FloatArray, count: int) -> IntArray:
    """Choose pictures by uncertainty, then by diversity.

    The least sure ones, five times as many as wanted, are the pool; from it comes the least sure
    one, and then again and again the one that is least like any that was chosen (Gonzalez 1985,
    farthest-first traversal).

    Args:
        probability: ``(n,)`` that each is relevant.
        vectors: ``(n, dim)``.
        count: How many are wanted.

    Returns:
        At most ``count`` row numbers, in the order of choice.
    """
    unsure = np.argsort(np.abs(probability - 0.5), kind="stable")[: _POOL * count]
    rows = unit_rows(vectors[unsure].astype(np.float32))
    chosen: list[int] = []
    nearest = np.full(len(unsure), -np.inf)
    for _ in range(min(count, len(unsure))):
        nearest[chosen[-1:]] = np.inf
        at = int(np.argmin(nearest))
        chosen.append(at)
        nearest = np.maximum(nearest, rows @ rows[at])
    return np.asarray(unsure[chosen], dtype=np.int64)
