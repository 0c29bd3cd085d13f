"""How well an export agrees with the model that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from relevance.encoders.base import FloatArray


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit rows of the sample pictures and texts, as one encoder gives them.

    ``texts`` is None where it has no text tower.
    """

    pictures: FloatArray
    texts: FloatArray | None

    def rows(self) -> dict[str, FloatArray]:
        """Return the rows by tower."""
        found = {"pictures": self.pictures, "texts": self.texts}
        return {tower: rows for tower, rows in found.items() if rows is not None}


def least_cosine(one: FloatArray, other: FloatArray) -> float:
    """Smallest cosine between rows of equal number; both ``(n, dim)`` of unit rows."""
    return float(np.einsum("ij,ij->i", one, other).min())


def rank_correlation(one: Embedded, other: Embedded) -> float:
    """Mean over texts of Spearman's correlation of the pictures' cosines with that text.

    Without texts, each picture asks for those like it.
    """
    sides = ((side.pictures if side.texts is None else side.texts, side) for side in (one, other))
    first, second = (queries @ side.pictures.T for queries, side in sides)
    pairs = zip(first, second, strict=True)
    return float(np.mean([spearmanr(left, right).statistic for left, right in pairs]))
