"""From which likeness on a picture counts as of a type, so that few strangers do.

The references themselves say where to cut. Each is held against all types but its own, as a picture
that shows none of them would be, and against its own type without itself, as another picture of it.
Halfway between the means of both, plus a margin for the wanted rate of false matches, lies one
threshold for all types: a threshold for each, from its own references, was measured to be worse,
as a few references say more about the set of types than about one of them. The margin is a part of
the spread of likeness between types times Student's t quantile, with as many degrees of freedom as
there are types; that part was fitted on classes that the compact encoder had not seen
(benchmarks/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from relevance.encoders.base import IntArray
from relevance.errors import UsageError
from relevance.judging.directions import Floats
from relevance.judging.recognising.likeness import Types

FIXED = 0.85
"""The threshold where references cannot say it: one type, or none with two references."""
STRICT = 0.95
"""What a threshold from references never exceeds: what is more alike is a copy, nearly."""
AUTO, RATE = "auto", 0.05
_REACH = 0.65  # of the spread between types, for each unit of t
_DECIMALS = 5  # more would depend on the processor, which adds up in its own order


@dataclass(frozen=True, slots=True, eq=False)
class Threshold:
    """A threshold, and what it does to the references themselves.

    Attributes:
        value: Of the likeness.
        note: Why it does not come from the references; empty where it does, or was given.
        recognised: ``(T,)`` int64: references that would be recognised as of their type, judged
            without themselves.
        mistaken: ``(T,)`` int64: references of other types that are as alike as the threshold asks.
    """

    value: float
    note: str
    recognised: IntArray
    mistaken: IntArray


def find_threshold(types: Types, rate: float = RATE) -> Threshold:
    """Let the references set the threshold.

    Args:
        types: At least one.
        rate: Wanted share of pictures that show none of the types and are taken for one.

    Raises:
        UsageError: The rate does not lie between 0 and 1.
    """
    if not 0 < rate < 1:
        raise UsageError(f"The rate of false matches must lie between 0 and 1, not {rate:g}.")
    likeness = types.among_themselves.astype(np.float64)
    if len(types) == 1:
        note = f"fixed at {FIXED:g}: with one type nothing says how near others come"
        return _with_effects(types, likeness, FIXED, note)
    if types.sizes.max() == 1:
        note = f"fixed at {FIXED:g}: no type has two references to say how alike its pictures are"
        return _with_effects(types, likeness, FIXED, note)
    return _with_effects(types, likeness, min(_between(types, likeness, rate), STRICT), "")


def given_threshold(types: Types, value: float) -> Threshold:
    """Take a threshold; raises ``UsageError`` unless it is a cosine."""
    if not -1 <= value <= 1:
        raise UsageError(f"The threshold is a similarity from -1 to 1, not {value:g}.")
    return _with_effects(types, types.among_themselves.astype(np.float64), value, "")


def _between(types: Types, likeness: Floats, rate: float) -> float:
    """Return the threshold; at least one type has two references, and there are two types."""
    is_own = types.own[:, None] == np.arange(len(types))
    strangers = np.ma.array(likeness, mask=is_own)
    own = np.ma.masked_invalid(np.ma.array(likeness, mask=~is_own))
    level = (float(strangers.max(axis=1).mean()) + float(own.mean(axis=0).mean())) / 2
    spread = float(np.sqrt(((strangers - strangers.mean(axis=0)) ** 2).mean()))
    found = level + _REACH * spread * float(stdtrit(len(types), 1 - rate))
    return round(found, _DECIMALS)


def _with_effects(types: Types, likeness: Floats, value: float, note: str) -> Threshold:
    meets = likeness >= value  # False for NaN
    is_own = types.own[:, None] == np.arange(len(types))
    return Threshold(
        value=value,
        note=note,
        recognised=(meets & is_own).sum(axis=0).astype(np.int64),
        mistaken=(meets & ~is_own).sum(axis=0).astype(np.int64),
    )
