"""One committed state of a generation, as searches see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray, IntArray
from relevance.index.stores.embedded.ranking import highest, nearest
from relevance.index.stores.embedded.sifting import EXACT_ROWS, Sieve
from relevance.index.stores.embedded.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Vectors by slot.

    Attributes:
        state: What was committed.
        vectors: ``(slots, dim)`` float16, mapped.
        alive: ``(slots,)``: which slots have a row.
        sieve: What large stores are sifted by; None where every search is exact.
    """

    state: State
    vectors: HalfArray
    alive: npt.NDArray[np.bool_]
    sieve: Sieve | None

    def nearest(
        self, query: FloatArray, k: int, chosen: IntArray | None
    ) -> tuple[IntArray, FloatArray]:
        """Return the slots of the k nearest, and of what is as near, with their cosines.

        Args:
            query: ``(dim,)`` of unit norm.
            k: How many.
            chosen: Slots to look at, in rising order; None for all that have a row.
        """
        return nearest(self.vectors, self._candidates(query, k, chosen), query, k)

    def highest(
        self, query: FloatArray, k: int, chosen: IntArray | None, levels: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Return the slots of the k highest above their level, ``(slots,)``; see ``nearest``."""
        slots = self._candidates(query, k, chosen, levels)
        return highest(self.vectors, slots, query, levels, k)

    def _candidates(
        self, query: FloatArray, k: int, chosen: IntArray | None, levels: FloatArray | None = None
    ) -> IntArray:
        count = int(self.alive.sum()) if chosen is None else len(chosen)
        if not self.sieve or count <= EXACT_ROWS:
            return np.flatnonzero(self.alive) if chosen is None else chosen
        mask = self.alive
        if chosen is not None:
            mask = np.zeros(len(self.alive), bool)
            mask[chosen] = True
        return self.sieve.passed(self.vectors, query, k, mask, levels)
