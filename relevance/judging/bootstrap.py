"""Bootstrap intervals of ranking metrics, resampled within each class (Efron, Tibshirani 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.judging.folder_means import BOOTSTRAP_RESAMPLES, CONFIDENCE
from relevance.judging.metrics import Bools, Floats, auc_and_ap

Ints = npt.NDArray[np.int64]

_SEED = 0  # the same pictures give the same interval
_RESAMPLE_CELLS = 4_000_000  # bounds memory: resamples × distinct scores held at a time


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its 95 % bootstrap interval (percentile, resampled within each class)."""

    value: float
    low: float
    high: float


def ranking_estimates(
    truth: Bools, scores: Floats, first_copy: Ints | None = None
) -> tuple[Estimate, Estimate]:
    """ROC AUC and average precision with bootstrap intervals; both classes must be there.

    Pictures are drawn again with replacement within each class (stratified bootstrap, Efron and
    Tibshirani 1993), so that every resample has both; copies of a picture are drawn together.

    Args:
        truth: ``(n,)`` bool.
        scores: ``(n,)``, the same for copies.
        first_copy: ``(n,)``, equal for copies of one picture; None where all are different.
    """
    levels, level = np.unique(-scores, return_inverse=True)  # level 0 is the highest score
    kinds = [_clusters(level, own, first_copy, len(levels)) for own in (truth, ~truth)]
    rng = np.random.default_rng(_SEED)
    step = max(1, _RESAMPLE_CELLS // max(counts.size for counts, _ in kinds))
    resampled = [
        auc_and_ap(*[_drawn(rng, counts, copies, size) for counts, copies in kinds])
        for size in _chunks(BOOTSTRAP_RESAMPLES, step)
    ]
    points = auc_and_ap(*[(copies @ counts)[None] for counts, copies in kinds])
    auc, precision = _estimates(points, np.concatenate(resampled, axis=1))
    return auc, precision


def paired_differences(
    truth: Bools, reference: Floats, other: Floats, first_copy: Ints | None = None
) -> tuple[Estimate, Estimate]:
    """How much AUC and average precision rise from one scorer to another on the same pictures.

    Both scorers are measured on the same resampled pictures each time, so what makes a picture
    hard for both cancels out (paired bootstrap; Efron and Tibshirani 1993, chapter 16).

    Args:
        truth: ``(n,)`` bool; both classes must be there.
        reference: ``(n,)`` scores.
        other: ``(n,)`` scores of the other scorer; only their order counts.
        first_copy: ``(n,)``, equal for copies of one picture; None where all are different.

    Returns:
        Other less reference: AUC, average precision.
    """
    rng = np.random.default_rng(_SEED)
    step = max(1, _RESAMPLE_CELLS // len(truth))
    everything = np.ones((1, len(truth)), dtype=np.int64)
    pictures = np.empty(len(truth), dtype=np.int64)
    for own in (truth, ~truth):
        pictures[own] = _numbered(own, first_copy)
    points = _weighted(everything, truth, other) - _weighted(everything, truth, reference)
    resampled = []
    for size in _chunks(BOOTSTRAP_RESAMPLES, step):
        times = np.empty((size, len(truth)), dtype=np.int64)
        for own in (truth, ~truth):
            n = int(pictures[own].max()) + 1
            times[:, own] = rng.multinomial(n, np.full(n, 1 / n), size)[:, pictures[own]]
        resampled.append(_weighted(times, truth, other) - _weighted(times, truth, reference))
    auc, precision = _estimates(points, np.concatenate(resampled, axis=1))
    return auc, precision


def _numbered(own: Bools, first_copy: Ints | None) -> Ints:
    """Number the different pictures of a class from 0: an entry for each of its rows."""
    if first_copy is None:
        return np.arange(own.sum(), dtype=np.int64)
    return np.asarray(np.unique(first_copy[own], return_inverse=True)[1], dtype=np.int64)


def _clusters(level: Ints, own: Bools, first_copy: Ints | None, n_levels: int) -> tuple[Ints, Ints]:
    """Count the different pictures of a class by how often each is there, and by level.

    Returns:
        ``(m, n_levels)`` pictures and ``(m,)`` times that each is there.
    """
    number = _numbered(own, first_copy)
    times = np.bincount(number)
    copies, kind = np.unique(times, return_inverse=True)
    counts = np.zeros((len(copies), n_levels), dtype=np.int64)
    place = np.empty(len(times), dtype=np.int64)
    place[number] = level[own]  # of copies the same
    np.add.at(counts, (kind, place), 1)
    return counts, copies


def _drawn(rng: np.random.Generator, counts: Ints, copies: Ints, size: int) -> Ints:
    """Draw as many pictures as there are, each with its copies: ``(size, n_levels)`` rows."""
    total = counts.sum()
    drawn = rng.multinomial(total, counts.ravel() / total, size)
    return np.asarray(np.einsum("rml,m->rl", drawn.reshape(size, *counts.shape), copies))


def _weighted(times: Ints, truth: Bools, scores: Floats) -> Floats:
    """AUC and average precision, each picture counted so many times: ``(2, resamples)``."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    counted, own = times[:, order], truth[order]
    hits = np.add.reduceat(counted * own, starts, axis=1)
    misses = np.add.reduceat(counted * ~own, starts, axis=1)
    return auc_and_ap(hits, misses)


def _estimates(points: Floats, resampled: Floats) -> list[Estimate]:
    """Percentile intervals around points ``(m, 1)`` from ``(m, resamples)``."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=1)
    return [
        Estimate(float(point), float(least), float(most))
        for point, least, most in zip(points[:, 0], low, high, strict=True)
    ]


def _chunks(total: int, step: int) -> list[int]:
    full, rest = divmod(total, step)
    return [step] * full + ([rest] if rest else [])
