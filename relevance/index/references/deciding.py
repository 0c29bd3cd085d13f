"""Vectors of pictures -> which known type each shows, or that it shows none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from relevance.encoders.base import FloatArray
from relevance.index.references.asked import Asked
from relevance.index.references.known import Known
from relevance.index.references.recognitions import NONE, RECOGNISED, SKIPPED, Recognition

_BLOCK = 1024


def decide(
    asked: Sequence[Asked], known: Known, threshold: float, wanted: str = ""
) -> Iterator[Recognition]:
    """Hold pictures against all types.

    The candidate is the most alike type. Where one type is wanted, that is the candidate, and it is
    recognised only where no other type is more alike.

    Args:
        asked: The pictures.
        known: The types and their references.
        threshold: From which likeness on a picture counts as of a type.
        wanted: The one type that was asked for.

    Yields:
        One for each picture, in their order.
    """
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        sound = [item for item in block if not item.reason]
        found = iter(_decided(sound, known, threshold, wanted) if sound else ())
        for item in block:
            yield (
                Recognition(item.place, SKIPPED, reason=item.reason) if item.reason else next(found)
            )


def _decided(
    asked: Sequence[Asked], known: Known, threshold: float, wanted: str
) -> Iterator[Recognition]:
    vectors: FloatArray = np.stack([item.vector for item in asked])
    names = known.types.names
    likeness = known.types.likeness(vectors).astype(np.float64)
    rows = np.arange(len(asked))
    if wanted:
        candidates = np.full(len(asked), names.index(wanted), dtype=np.int64)
    else:
        candidates = likeness.argmax(axis=1).astype(np.int64)
    nearest = known.types.nearest(vectors, candidates)
    own = likeness[rows, candidates]
    others = likeness.copy()
    others[rows, candidates] = -np.inf
    seconds = others.argmax(axis=1)
    margins = own - others[rows, seconds] if len(names) > 1 else np.full(len(asked), np.nan)
    met = (own >= threshold) & ~(margins < 0)  # only of a wanted type it may be
    for row, item in enumerate(asked):
        name = names[candidates[row]]
        yield Recognition(
            place=item.place,
            status=RECOGNISED if met[row] else NONE,
            type=name if met[row] else "",
            candidate=name,
            similarity=float(own[row]),
            second=names[seconds[row]] if len(names) > 1 else "",
            margin=float(margins[row]),
            nearest=known.references[nearest[row]],
        )
