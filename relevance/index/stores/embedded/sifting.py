"""Which rows may be among the nearest, as far as their codes tell.

Codes give an estimate of every cosine. The rows with the highest are looked at; whatever is
estimated to come within a margin of the k-th best of these is looked at too. The margin is learned
from the store's own rows and from random directions. So a query unlike all rows, as that of a text
is, has more of them looked at than a picture among its own kind: one rule holds for both, where a
fixed number of rows let through finds pictures and loses half of what a text is after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray, IntArray, unit_rows
from relevance.index.stores.embedded.codes import BLOCK, Words, codes_of, differences
from relevance.index.stores.embedded.ranking import MARGIN, rough_cosines

EXACT_ROWS = 16_384
"""Up to this many rows are looked at one by one: it takes some milliseconds."""

_FIRST = 1_000  # rows that are looked at in any case
_WORTH_IT = 4  # where more than one row in four would be looked at, all are
_RECALL = 0.99
_LEARNED = 0.995  # share of the nearest that the margin holds for the probes it is learned from
_WIDER = 1.25
_LEAST_MARGIN = 1e-3
_OWN, _RANDOM, _TOGETHER, _K = 60, 40, 10, 10
_OUT = -4.0  # below any cosine


@dataclass(frozen=True, slots=True, eq=False)
class Sieve:
    """Codes of the first rows of a store.

    Attributes:
        blocks: See ``codes.differences``.
        reach: ``(n_rows,)``; see ``codes.reaches``.
        centre: What codes are relative to.
        margin: See the module.
    """

    blocks: Words
    reach: FloatArray
    centre: FloatArray
    margin: float

    @property
    def n_rows(self) -> int:
        """How many rows have codes."""
        return len(self.blocks) * BLOCK

    def estimates(self, query: FloatArray) -> FloatArray:
        """Estimate the cosine of each row with a query, ``(dim,)`` of unit norm.

        The query is taken for its signs, with weight 3 on its larger numbers and 1 on others.
        """
        sizes = np.abs(query)
        is_heavy = sizes > np.sqrt(np.mean(sizes**2))
        weights = np.where(is_heavy, 3, 1)
        scale = float((sizes * weights).sum() / (weights**2).sum())
        nought = np.zeros_like(query)
        code = codes_of(query[None], nought)[0]
        heavy = codes_of(is_heavy[None].astype(np.float32), nought)[0]
        values: FloatArray = differences(self.blocks, code, heavy).astype(np.float32)
        values *= -2 * scale
        values += scale * float(weights.sum())
        values *= self.reach
        values += float(query @ self.centre)
        return values

    def passed(
        self,
        vectors: HalfArray,
        query: FloatArray,
        k: int,
        chosen: npt.NDArray[np.bool_],
        levels: FloatArray | None = None,
    ) -> IntArray:
        """Return slots among which the k nearest are, most probably, in rising order.

        Args:
            vectors: ``(n, dim)``, all of the store's.
            query: ``(dim,)``.
            k: How many are wanted.
            chosen: ``(n,)``: which slots may pass. Those without codes then do.
            levels: ``(n,)``: what is taken off the cosine of each row; nothing if not given.
        """
        values = self.estimates(query)
        if levels is not None:
            values -= levels[: self.n_rows]
        values[~chosen[: self.n_rows]] = _OUT
        first = max(_FIRST, 4 * k)
        if first >= chosen[: self.n_rows].sum():
            return np.flatnonzero(chosen)
        limit = np.partition(values, -first)[-first]
        best = np.flatnonzero(values >= limit)
        cosines = rough_cosines(vectors, best, query[None])[0]
        if levels is not None:
            cosines = cosines - levels[best]
        least = np.partition(cosines, -k)[-k]
        coded = np.flatnonzero(values >= max(min(limit, least - self.margin), _OUT + 1))
        if len(coded) > len(values) // _WORTH_IT:
            return np.flatnonzero(chosen)
        coded = np.delete(coded, np.searchsorted(coded, best[cosines < least - MARGIN]))
        return np.concatenate([coded, np.flatnonzero(chosen[self.n_rows :]) + self.n_rows])


def measured(vectors: HalfArray, sieve: Sieve) -> tuple[float, float]:
    """Learn the margin, from half of the probes, and hold it against the others.

    Returns:
        The margin, widened until it holds, and the share of the ten nearest to the other probes
        that it holds for: to rows or to random directions, whichever is less.
    """
    random = np.random.default_rng(0)
    own = random.choice(sieve.n_rows, _OWN, replace=False)
    queries = vectors[own].astype(np.float32)
    directions = random.normal(size=(_RANDOM, vectors.shape[1]))
    queries = unit_rows(np.concatenate([queries, directions]))
    rows = np.concatenate([own, np.full(_RANDOM, -1)])
    needed = np.concatenate(
        [
            _needed(vectors, sieve, queries[start : start + _TOGETHER], rows[start:])
            for start in range(0, len(rows), _TOGETHER)
        ]
    )
    margin = max(float(np.quantile(needed[::2], _LEARNED)), _LEAST_MARGIN)
    others = needed[1:_OWN:2], needed[_OWN + 1 :: 2]  # one kind must not make up for the other
    while (recall := min(float(np.mean(kind <= margin)) for kind in others)) < _RECALL:
        margin *= _WIDER
    return margin, recall


def _needed(vectors: HalfArray, sieve: Sieve, queries: FloatArray, own: IntArray) -> FloatArray:
    """Return for the nearest rows to each query the margin that lets them pass: ``(n, _K)``."""
    cosines = np.ascontiguousarray(rough_cosines(vectors, np.arange(sieve.n_rows), queries))
    needed = []
    for row, query, itself in zip(cosines, queries, own[: len(queries)].tolist(), strict=True):
        if itself >= 0:
            row[itself] = _OUT
        near = np.argpartition(row, len(row) - _K)[-_K:]
        needed.append(row[near].min() - sieve.estimates(query)[near])
    return np.array(needed, dtype=np.float32)
