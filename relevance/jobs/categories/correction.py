"""Hubs: keywords that are near to everything, and what to take from their scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray

NEAREST_NEIGHBOURS = "nearest-neighbours"
NO_CORRECTION = "none"
CORRECTIONS = (NO_CORRECTION, NEAREST_NEIGHBOURS)

SHARE = 0.5
"""Part of a keyword's mean nearest score that is taken off."""

_ONE_IN = 10

Floats = npt.NDArray[np.float64]


def neighbours(n_scored: int) -> int:
    """How many pictures a keyword's offset rests on: a tenth of the run's, at least one."""
    return max(1, round(n_scored / _ONE_IN))


def offsets(scores: FloatArray, correction: str) -> Floats:
    """What to subtract from each keyword's scores before keywords are compared.

    Some keywords are near to every picture (hubs) and would be called best everywhere.
    Nearest-neighbour normalisation (Chowdhury et al. 2024, "Nearest Neighbor Normalization Improves
    Multimodal Retrieval", arXiv 2410.24114, with the run's pictures as reference) takes from a
    keyword half the mean of its k highest scores, k being a tenth of the pictures. It is not the
    default: on pictures that the shipped encoder was not fitted on it raises top-1 by up to 0.06
    where folders are about as large, and lowers it by up to 0.10 where one has most
    of the pictures (benchmarks/README.md). The inverted softmax (Smith et al. 2017, "Offline
    bilingual word vectors, orthogonal transformations and the inverted softmax") collapses there.
    As each keyword loses one number, the order of its pictures does not change.

    Args:
        scores: ``(n_scored, n_keywords)``, without NaN, at least one row.
        correction: A name in ``CORRECTIONS``.

    Returns:
        ``(n_keywords,)``; zeros for no correction.
    """
    if correction == NO_CORRECTION:
        return np.zeros(scores.shape[1])
    first = len(scores) - neighbours(len(scores))
    highest = np.partition(scores, first, axis=0)[first:]
    return np.asarray(SHARE * highest.mean(axis=0, dtype=np.float64), dtype=np.float64)
