"""How alike a picture is to a type that is known by reference pictures.

Likeness is the mean of two cosines: with the most similar reference, and with the mean of all
references of the type. The first alone is led astray by one odd reference, the second alone knows
no variants; together they were measured to be better than either, than the mean of the best few,
and than the same less what all types have in common (benchmarks/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from relevance.embedding.cosines import Floats, cosine
from relevance.encoders.base import FloatArray, IntArray, unit_rows

_BLOCK = 2048  # references whose cosines with all others are held at once


@dataclass(frozen=True, eq=False)
class Types:
    """T types by their m references, which stand together by type.

    Attributes:
        names: Of the types, T of them.
        vectors: ``(m, dim)`` float32 unit rows.
        own: ``(m,)`` int64: number of each reference's type; it never falls.
    """

    names: tuple[str, ...]
    vectors: FloatArray
    own: IntArray

    @classmethod
    def of(cls, names: list[str], vectors: FloatArray) -> tuple[Types, IntArray]:
        """Sort references by type.

        Args:
            names: Of each reference's type, m of them.
            vectors: ``(m, dim)``.

        Returns:
            The types in the order in which they first occur, and the ``(m,)`` row of each of their
            references in what was given.
        """
        distinct = list(dict.fromkeys(names))
        numbers = {name: number for number, name in enumerate(distinct)}
        own = np.array([numbers[name] for name in names], dtype=np.int64)
        order = np.argsort(own, kind="stable")
        rows = unit_rows(vectors[order].astype(np.float32))
        return cls(tuple(distinct), rows, own[order]), order

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def sizes(self) -> IntArray:
        """Count of references: ``(T,)``."""
        return np.bincount(self.own, minlength=len(self.names)).astype(np.int64)

    @cached_property
    def starts(self) -> IntArray:
        """Row of the first reference of each type: ``(T,)``."""
        return np.asarray(np.searchsorted(self.own, np.arange(len(self))), dtype=np.int64)

    @cached_property
    def means(self) -> FloatArray:
        """The mean of each type's references as a unit vector: ``(T, dim)``."""
        return unit_rows(self._sums / self.sizes[:, None])

    def likeness(self, vectors: FloatArray) -> FloatArray:
        """Say how alike ``(n, dim)`` pictures are to each type: ``(n, T)`` float32 in [-1, 1].

        NaN in, NaN out.
        """
        return self._joined(cosine(vectors, self.vectors), cosine(vectors, self.means))

    def nearest(self, vectors: FloatArray, types: IntArray) -> IntArray:
        """Return the row of the most similar reference of one type each: ``(n,)``."""
        found = np.empty(len(vectors), dtype=np.int64)
        for number in np.unique(types):
            asked, start = types == number, self.starts[number]
            own = self.vectors[start : start + self.sizes[number]]
            found[asked] = start + cosine(vectors[asked], own).argmax(axis=1)
        return found

    @cached_property
    def among_themselves(self) -> FloatArray:
        """How alike each reference is to each type, its own judged without it.

        ``(m, T)`` float32; NaN where a type has no other reference.
        """
        starts = range(0, len(self.own), _BLOCK)
        return np.concatenate([self._among(start, start + _BLOCK) for start in starts])

    def _among(self, start: int, end: int) -> FloatArray:
        """Return some rows of ``among_themselves``; all cosines at once would fill the memory."""
        own, vectors = self.own[start:end], self.vectors[start:end]
        rows = np.arange(len(own))
        cosines = cosine(vectors, self.vectors)
        cosines[rows, start + rows] = -np.inf
        means = cosine(vectors, self.means)
        means[rows, own] = self._without_itself(start, end)
        likeness = self._joined(cosines, means)
        alone = self.sizes[own] == 1
        likeness[rows[alone], own[alone]] = np.nan
        return likeness

    def _joined(self, cosines: FloatArray, means: FloatArray) -> FloatArray:
        best = np.maximum.reduceat(cosines, self.starts, axis=1)
        return ((best + means) / 2).astype(np.float32)

    def _without_itself(self, start: int, end: int) -> FloatArray:
        """Return some references' cosines with the mean of the others of their type."""
        rows, own = self.vectors[start:end].astype(np.float64), self.own[start:end]
        others = self._sums[own] - rows
        means = unit_rows(others).astype(np.float64)
        return np.asarray((self.vectors[start:end] * means).sum(axis=1), dtype=np.float32)

    @cached_property
    def _sums(self) -> Floats:
        return np.add.reduceat(self.vectors.astype(np.float64), self.starts, axis=0)
