"""How well an export agrees with the model that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from relevance.encoders.base import FloatArray


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit rows of the sample pictures and texts, as one encoder gives them."""

    pictures: FloatArray
    texts: FloatArray


def least_cosine(one: FloatArray, other: FloatArray) -> float:
    """Smallest cosine between rows of equal number; both ``(n, dim)`` of unit rows."""
    return float(np.einsum("ij,ij->i", one, other).min())


def rank_correlation(one: Embedded, other: Embedded) -> float:
    """Mean over texts of Spearman's correlation of the pictures' cosines with that text."""
    first, second = (side.texts @ side.pictures.T for side in (one, other))
    pairs = zip(first, second, strict=True)
    return float(np.mean([spearmanr(left, right).statistic for left, right in pairs]))
