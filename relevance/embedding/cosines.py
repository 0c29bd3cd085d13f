"""Cosines that are the same wherever two rows stand: what scoring and searching rest on.

A value depends on its two rows alone: equal rows have equal cosines wherever they stand, whatever
the shape and on every processor. A matrix product of floats does not promise that, since its
kernels add in another order at the edges of a matrix. So rows become whole numbers, small enough
for float64 to hold every sum of their products exactly, and then no order matters.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray
from relevance.system.threads import cores

_BLOCK = 1024  # rows a thread takes at a time: what becomes of them stays in its cache
_EXACT_BITS = 53  # whole numbers up to 2 to this are exact in float64
_LEAST_EXPONENT = -90  # rows whose entries are all below 2 to this lose digits

Floats = npt.NDArray[np.float64]


def cosine(left: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Cosine of the angle between rows, in [-1, 1], exact to 1e-6 for up to 1,024 dimensions.

    Takes ``(n, dim)`` and ``(m, dim)`` and returns ``(n, m)``; see ``judging.similarity``.
    """
    return by_block(left, right, lambda cosines, left_norms, right_norms: cosines)


def by_block(
    left: npt.ArrayLike, right: npt.ArrayLike, kind: Callable[[Floats, Floats, Floats], Floats]
) -> FloatArray:
    """Fill ``(n, m)`` from cosines and norms of rows, some rows at a time.

    The left side can be large and of half precision, so no wider copy of it all is made.
    """
    rows = np.asarray(left)
    columns, column_sizes, column_norms = _whole_rows(np.asarray(right))
    values = np.empty((len(rows), len(columns)), dtype=np.float32)

    def fill(start: int) -> None:
        whole, sizes, norms = _whole_rows(rows[start : start + _BLOCK])
        products = whole @ columns.T  # exact
        lengths = sizes[:, None] * column_sizes
        cosines = np.divide(products, lengths, out=products, where=lengths != 0)
        values[start : start + _BLOCK] = kind(np.clip(cosines, -1, 1), norms, column_norms)

    if len(rows) <= _BLOCK:  # threads take longer to start
        fill(0)
        return values
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(fill, range(0, len(rows), _BLOCK)))
    return values


def _whole_rows(rows: npt.NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
    """Scale each row by a power of two and round it to whole numbers.

    A row's largest entry becomes less than 2 to the b, with dim × 2 to the 2 b at most 2 to the 53,
    which bounds every sum of products of two rows: b is 21 for 640 dimensions.

    Returns:
        The whole numbers, ``(n, dim)`` float64; the norm of each of their rows, ``(n,)``; and the
        norm of each row as it was, ``(n,)``.
    """
    dim = rows.shape[1]
    bits = (_EXACT_BITS - int(dim - 1).bit_length()) // 2
    single = rows.astype(np.float32)
    largest = np.maximum(single.max(axis=1, initial=0), -single.min(axis=1, initial=0))
    exponent = np.maximum(np.frexp(largest)[1], _LEAST_EXPONENT)
    single *= np.ldexp(np.float32(1), bits - exponent)[:, None]  # exact: a power of two
    whole = np.rint(single, out=single).astype(np.float64)
    sizes = np.sqrt(np.einsum("ij,ij->i", whole, whole))  # of an exact sum
    return whole, sizes, np.ldexp(sizes, exponent - bits)
