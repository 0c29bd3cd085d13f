"""What is taken off the cosines of all rows, worked out once for the searches to come."""

from __future__ import annotations

import threading

import numpy as np

from relevance.encoders.base import FloatArray, HalfArray
from relevance.index.stores.base import Level

_BLOCK = 8192  # rows at a time


class Levels:
    """Levels by slot, in memory; 4 bytes a row each.

    A slot's vector never changes, so that new rows need theirs worked out and no others.
    """

    def __init__(self) -> None:
        self._known: dict[Level, FloatArray] = {}
        self._turn = threading.Lock()

    def add(self, level: Level) -> None:
        """Know a level from now on."""
        with self._turn:
            self._known.setdefault(level, np.empty(0, np.float32))

    def of(self, level: Level, vectors: HalfArray) -> FloatArray | None:
        """Return the level of each row, ``(n,)``; None where it was not added."""
        with self._turn:
            known = self._known.get(level)
            if known is None or len(known) >= len(vectors):
                return known
            starts = range(len(known), len(vectors), _BLOCK)
            new = [level(vectors[start : start + _BLOCK]).astype(np.float32) for start in starts]
            self._known[level] = known = np.concatenate([known, *new])
            return known

    def forget(self) -> None:
        """Work all out anew when they are wanted: slots have other rows now."""
        with self._turn:
            self._known = {level: np.empty(0, np.float32) for level in self._known}
