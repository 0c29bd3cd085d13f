"""Similarities between rows of two matrices: pure functions, higher is always more similar.

Each takes ``(n, dim)`` and ``(m, dim)`` arrays and returns ``(n, m)`` float32. Rows of NaN (skipped
pictures) give NaN. Zero rows have cosine 0 with everything.

What they rest on, and why values depend on their two rows alone: ``embedding.cosines``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from relevance.embedding.cosines import Floats, by_block, cosine
from relevance.encoders.base import FloatArray

Similarity = Callable[[npt.ArrayLike, npt.ArrayLike], FloatArray]


def dot(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Inner product of rows; equals cosine where rows have unit norm."""
    return by_block(left, right, lambda cosines, a, b: cosines * a[:, None] * b)


def euclidean(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Negative Euclidean distance, at most 0; the sign makes higher more similar."""
    return by_block(
        left,
        right,
        lambda cosines, a, b: -np.sqrt((a[:, None] - b) ** 2 + 2 * a[:, None] * b * (1 - cosines)),
    )


def angular(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """1 - angle / π, in [0, 1] (Cer et al., Universal Sentence Encoder, 2018)."""
    return by_block(left, right, lambda cosines, a, b: 1 - np.arccos(cosines) / np.pi)


SIMILARITIES: Mapping[str, Similarity] = MappingProxyType(
    {"cosine": cosine, "dot": dot, "euclidean": euclidean, "angular": angular}
)
"""Similarity by the name of its distance, as the ``--distance`` option takes it."""


def sigmoid(logits: Floats) -> Floats:
    """Turn logits into probabilities, without overflow; NaN in, NaN out."""
    with np.errstate(over="ignore"):  # e to a large number is infinite, and 1 / infinity is right
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)
