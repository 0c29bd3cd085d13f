"""Figures of one ranking: how much of what is relevant comes how early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one query, or means over several.

    Attributes:
        precision: P@k by k: the share of the first k that are relevant.
        recall: R@k by k: the share of what is relevant that is among the first k.
        ndcg: nDCG@k by k, relevance being 0 or 1 (Järvelin and Kekäläinen 2002).
        reciprocal_rank: 1 / rank of the first relevant picture; 0 where none was found.
    """

    precision: dict[int, float]
    recall: dict[int, float]
    ndcg: dict[int, float]
    reciprocal_rank: float


def figures_of(is_relevant: Sequence[bool], n_relevant: int, cutoffs: Sequence[int]) -> Figures:
    """Judge a ranking.

    Args:
        is_relevant: Of each picture of it, the best first.
        n_relevant: How many there are in all; at least 1.
        cutoffs: Values of k.
    """
    gains = np.asarray(is_relevant, np.float64)
    discounts = 1 / np.log2(np.arange(2, max(max(cutoffs), len(gains)) + 2))
    found = {k: float(gains[:k].sum()) for k in cutoffs}
    best = {k: float(discounts[: min(k, n_relevant)].sum()) for k in cutoffs}
    gained = {k: float((gains[:k] * discounts[: len(gains[:k])]).sum()) for k in cutoffs}
    (places,) = np.nonzero(gains)
    return Figures(
        precision={k: found[k] / k for k in cutoffs},
        recall={k: found[k] / n_relevant for k in cutoffs},
        ndcg={k: gained[k] / best[k] for k in cutoffs},
        reciprocal_rank=float(1 / (places[0] + 1)) if len(places) else 0.0,
    )


def mean_of(several: Sequence[Figures]) -> Figures:
    """Return the means; there must be one at least."""

    def mean(kind: str) -> dict[int, float]:
        found = [getattr(figures, kind) for figures in several]
        return {k: float(np.mean([values[k] for values in found])) for k in found[0]}

    return Figures(
        precision=mean("precision"),
        recall=mean("recall"),
        ndcg=mean("ndcg"),
        reciprocal_rank=float(np.mean([figures.reciprocal_rank for figures in several])),
    )
