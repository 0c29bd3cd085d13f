"""Which recognised pictures become references: those that are sure and that add something."""

from __future__ import annotations

import numpy as np

from relevance.encoders.base import FloatArray

MOST = 50
"""References that a type may have grown, beside those it was given."""
SAME = 0.97
"""Cosine from which a picture adds nothing to one that is there."""
_SURER = 0.5  # of the way from the threshold to 1; less let in too many strangers
_LEAD = 0.2  # of likeness before the second type


def is_sure(likeness: float, threshold: float, margin: float) -> bool:
    """Say whether a match is beyond the doubt that the threshold leaves.

    Args:
        likeness: To the type.
        threshold: From which likeness on it counts as of the type.
        margin: How much more alike it is than to the second type; infinite without one.
    """
    return likeness >= threshold + _SURER * (1 - threshold) and margin >= _LEAD


def adds_nothing(cosines: FloatArray) -> bool:
    """Say by its cosines with a type's references, ``(r,)``, whether a picture is one of them."""
    return bool(cosines.max(initial=-1) >= SAME)


def most_redundant(vectors: FloatArray, n_given: int) -> int:
    """Return which grown reference tells least: the one most like another of the type.

    Args:
        vectors: ``(r, dim)`` unit rows: those that the type was given, then those it has grown.
        n_given: How many were given; they always stay.
    """
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return n_given + int(cosines[n_given:].max(axis=1).argmax())
