"""Whether the references of a type have spread into another type."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from relevance.judging.recognising.likeness import Types

_WORTH_SAYING = 0.2  # share of a type's references, and two of them at least


class Drift(NamedTuple):
    """References of a type that are more like another one.

    Attributes:
        type: Whose references they are.
        into: Which type they are more like.
        strays: How many.
        size: How many the type has.
    """

    type: str
    into: str
    strays: int
    size: int

    def __str__(self) -> str:
        return (
            f"{self.strays} of {self.size} references of {self.type} are more like {self.into} "
            "than like the rest of their own type"
        )


def find_drift(types: Types) -> list[Drift]:
    """Return the types that have spread into another, each with the one it spread into most."""
    if len(types) == 1:
        return []
    likeness = np.nan_to_num(types.among_themselves, nan=2.0)  # a single reference is at home
    nearest = likeness.argmax(axis=1)
    found = []
    for number, name in enumerate(types.names):
        strays = nearest[(types.own == number) & (nearest != number)]
        counts = np.bincount(strays, minlength=len(types))
        into, size = int(counts.argmax()), int(types.sizes[number])
        if counts[into] >= max(2, _WORTH_SAYING * size):
            found.append(Drift(name, types.names[into], int(counts[into]), size))
    return found
