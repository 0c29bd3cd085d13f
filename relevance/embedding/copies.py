"""Which pictures are copies of each other, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from relevance.embedding.cache.files import FileFacts, digest_of
from relevance.encoders.base import IntArray


def first_rows(keys: IntArray) -> IntArray:
    """Return for each of n keys the first row that has the same: ``(n,)`` int64."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)


def first_copies(places: Sequence[str]) -> IntArray:
    """Return for each file the first one with the same bytes, which may be itself: ``(n,)`` int64.

    Only files of equal size are read. One that cannot be read is a copy of none.
    """
    facts = [FileFacts.of(place) for place in places]
    counts = Counter(item.size for item in facts if item)
    keys = -1 - np.arange(len(places), dtype=np.int64)
    alike = ((row, places[row]) for row, item in enumerate(facts) if item and counts[item.size] > 1)
    give_equal_keys(keys, ((row, digest_of(place)) for row, place in alike))
    return first_rows(keys)


def give_equal_keys(keys: IntArray, digests: Iterable[tuple[int, bytes]]) -> None:
    """Let rows with equal digests have equal keys: that of the first; an empty digest is none."""
    seen: dict[bytes, int] = {}
    for row, digest in digests:
        if digest:
            keys[row] = seen.setdefault(digest, int(keys[row]))


def copy_groups(first_copy: IntArray) -> dict[int, list[int]]:
    """Return the rows of each group of two or more, by its first row."""
    groups: dict[int, list[int]] = {}
    for row in np.flatnonzero(first_copy != np.arange(len(first_copy))).tolist():
        first = int(first_copy[row])
        groups.setdefault(first, [first]).append(row)
    return groups
