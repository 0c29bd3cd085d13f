"""Directions among embeddings: of words, of pictures, and between the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.embedding.cosines import cosine
from relevance.encoders.base import FloatArray, unit_rows

Vectors = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

WORDS_SHARE = 0.25
"""Of words where there are pictures too; others were measured (benchmarks/README.md)."""

UNLIKE_SHARE = 0.25
"""By which a picture counts off that is like what is not wanted, where it is like that at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """How far a picture lies in a direction, from the centre of all."""

    direction: FloatArray
    offset: float

    @classmethod
    def of_words(cls, keyword: FloatArray, background: FloatArray, centre: FloatArray) -> Plane:
        """Return the direction to words, ``(dim,)``, from the mean of a background ``(n, dim)``."""
        return cls._from(keyword - background.mean(axis=0), centre)

    @classmethod
    def of_pictures(cls, vectors: Vectors, centre: FloatArray) -> Plane:
        """Return the direction from the centre to the mean of ``(n, dim)`` vectors."""
        mean = unit_rows(unit_rows(vectors).mean(axis=0, keepdims=True))[0]
        return cls._from(mean - centre, centre)

    @classmethod
    def _from(cls, arrow: FloatArray, centre: FloatArray) -> Plane:
        length = float(np.linalg.norm(arrow))
        unit = (arrow / length if length else arrow).astype(np.float32)
        return cls(unit, -float(centre @ unit))

    def and_also(self, other: Plane, share: float) -> Plane:
        """Return the plane between this one and another, which has a share of it."""
        direction = (1 - share) * self.direction + share * other.direction
        return Plane(direction, (1 - share) * self.offset + share * other.offset)

    def scores(self, vectors: Vectors) -> Floats:
        """Return how far vectors lie in the direction."""
        return ahead(self.direction, vectors).astype(np.float64) + self.offset


def ahead(direction: FloatArray, vectors: Vectors) -> FloatArray:
    """Return the cosine of ``(n, dim)`` vectors with a direction, times its length."""
    length = np.float32(np.linalg.norm(direction))
    return cosine(vectors, direction[None])[:, 0] * length
