"""Similarities between rows of two matrices: pure functions, higher is always more similar.

Each takes ``(n, dim)`` and ``(m, dim)`` arrays and returns ``(n, m)`` float32. Rows of NaN (skipped
pictures) give NaN. Zero rows have cosine 0 with everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, unit_rows
from relevance.threads import cores

_BLOCK = 8192  # rows a thread takes at a time

Similarity = Callable[[npt.ArrayLike, npt.ArrayLike], FloatArray]


def cosine(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Cosine of the angle between rows, in [-1, 1]."""
    rows, columns = np.asarray(left), unit_rows(right).T
    products = np.zeros((rows.shape[0], columns.shape[1]), dtype=np.float32)

    def multiply(start: int) -> None:
        block = rows[start : start + _BLOCK].astype(np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", block, block))[:, None]
        out = products[start : start + _BLOCK]
        np.divide(block @ columns, norms, out=out, where=norms != 0)
        np.clip(out, -1, 1, out=out)

    # The left side can be large and of half precision, so no float32 copy of it all is made.
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(multiply, range(0, len(rows), _BLOCK)))
    return products


def dot(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Inner product of rows; equals cosine where rows have unit norm."""
    a, b = (np.asarray(side, dtype=np.float32) for side in (left, right))
    return np.asarray(a @ b.T, dtype=np.float32)


def euclidean(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Negative Euclidean distance, at most 0; the sign makes higher more similar."""
    a = np.asarray(left, dtype=np.float64)
    b = np.asarray(right, dtype=np.float64)
    squares = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)[None, :]
    return np.asarray(-np.sqrt(np.maximum(squares, 0)), dtype=np.float32)


def angular(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """1 - angle / π, in [0, 1] (Cer et al., Universal Sentence Encoder, 2018)."""
    return np.asarray(1 - np.arccos(cosine(left, right)) / np.pi, dtype=np.float32)


SIMILARITIES: Mapping[str, Similarity] = MappingProxyType(
    {"cosine": cosine, "dot": dot, "euclidean": euclidean, "angular": angular}
)
"""Similarity by the name of its distance, as the ``--distance`` option takes it."""


def sigmoid(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn logits into probabilities, without overflow; NaN in, NaN out."""
    with np.errstate(invalid="ignore"):  # NaN stands for a skipped picture
        return np.exp(-np.logaddexp(0, -logits))
