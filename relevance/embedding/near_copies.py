"""Which pictures are nearly copies: saved again, smaller, a little brighter, with a small mark.

Two pictures are, where their perceptual hashes, their colours and their vectors agree. A hash is of
grey levels and takes a red phone and a blue one for one picture, as many encoders do; a hash and
colours may take two bottles of one shape, a vector two photographs of one thing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import IntArray
from relevance.pictures.looks import FLAWS, Looks

MOST_BITS = 6
"""Bits of 64 in which the hashes of near copies differ at most."""

MOST_LEVELS = 28
"""Levels of 255 by which any of eight by eight parts of near copies differ in colour at most."""

LEAST_COSINE = 0.9
"""Cosine of the vectors of near copies at least."""

_BLOCKS, _BLOCK_BITS = 4, 16  # of seven differing bits, one block of four has one at most
_SHOWS = np.uint8(1 << FLAWS.index("blank") | 1 << FLAWS.index("noise"))  # nothing, that is
_AT_ONCE = 1 << 20  # pairs
_COMPARED = 1 << 13  # pairs whose colours and vectors are in memory together
_SOME = 16  # pictures of one hash that are paired with all others

Pairs = tuple[IntArray, IntArray]


def first_alike(
    vectors: npt.NDArray[np.floating], looks: Looks | None, first_copy: IntArray
) -> IntArray:
    """Return for each picture the first that is a copy or nearly one, which may be itself.

    Near copies of near copies belong together. Blank pictures and noise are near copies of none,
    nor are those nobody looked at.

    Args:
        vectors: ``(n, dim)``, of any length but 0; NaN where skipped.
        looks: ``(n,)`` of ``LOOK``, or None.
        first_copy: ``(n,)``, the first row whose file has the same bytes.

    Returns:
        ``(n,)`` int64.
    """
    if looks is None:
        return first_copy
    own = first_copy == np.arange(len(first_copy))
    seen = looks["is_known"] & ((looks["flaws"] & _SHOWS) == 0)
    rows = np.flatnonzero(own & seen & ~np.isnan(vectors[:, 0]))
    parents = np.arange(len(first_copy), dtype=np.int64)
    for one, other in _alike(looks["hash"][rows]):
        for start in range(0, len(one), _COMPARED):
            left, right = (rows[some[start : start + _COMPARED]] for some in (one, other))
            near = _differences(looks["colours"], left, right) <= MOST_LEVELS
            left, right = left[near], right[near]
            near = _cosines(vectors, left, right) >= LEAST_COSINE
            for pair in zip(left[near].tolist(), right[near].tolist(), strict=True):
                _join(parents, *pair)
    roots = np.array([_root(parents, row) for row in range(len(parents))], dtype=np.int64)
    return np.asarray(roots[first_copy], dtype=np.int64)


def _differences(
    colours: npt.NDArray[np.uint8], left: IntArray, right: IntArray
) -> npt.NDArray[np.int16]:
    """Largest difference of the parts of pairs of pictures: ``(n_pairs,)``, in levels."""
    between = np.abs(colours[left].astype(np.int16) - colours[right])
    return np.asarray(between.reshape(len(left), -1).max(axis=1, initial=0), dtype=np.int16)


def _cosines(
    vectors: npt.NDArray[np.floating], left: IntArray, right: IntArray
) -> npt.NDArray[np.float32]:
    """Cosines of pairs of rows: ``(n_pairs,)``."""
    one, other = (vectors[rows].astype(np.float32) for rows in (left, right))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.einsum("ij,ij->i", one, other) / lengths, dtype=np.float32)


def _alike(hashes: npt.NDArray[np.uint64]) -> Iterator[Pairs]:
    """Yield pairs of places whose hashes differ in few bits, some twice, some at a time.

    Of many with equal hashes each is paired with the next, and some of them with all others, so
    that they do not make too many pairs.
    """
    order = np.argsort(hashes, kind="stable")
    equal = hashes[order[1:]] == hashes[order[:-1]]
    yield order[:-1][equal], order[1:][equal]
    kinds, firsts, counts = np.unique(hashes[order], return_index=True, return_counts=True)
    for block in range(_BLOCKS):
        keys = (kinds >> np.uint64(block * _BLOCK_BITS)).astype(np.uint16)
        by_key = np.argsort(keys, kind="stable")
        starts = np.zeros((1 << _BLOCK_BITS) + 1, dtype=np.int64)
        np.cumsum(np.bincount(keys, minlength=1 << _BLOCK_BITS), out=starts[1:])
        for mask in (0, *(1 << bit for bit in range(_BLOCK_BITS))):
            wanted = (keys ^ np.uint16(mask)).astype(np.int64)
            for left, right in _matches(starts[wanted], starts[wanted + 1], by_key):
                differing = np.bitwise_count(kinds[left] ^ kinds[right])
                near = (left <= right) & (differing <= MOST_BITS)
                yield from _members(left[near], right[near], firsts, counts, order)


def _members(
    left: IntArray, right: IntArray, firsts: IntArray, counts: IntArray, order: IntArray
) -> Iterator[Pairs]:
    """Yield the pairs of members of pairs of kinds, of large kinds those of some members."""
    own, other = (np.minimum(counts[kinds], _SOME) for kinds in (left, right))
    ends = np.cumsum(own * other)
    first = 0
    while first < len(left):
        done = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, done + _AT_ONCE, side="right")), first + 1)
        pairs = np.repeat(np.arange(first, last), (own * other)[first:last])
        numbers = done + np.arange(len(pairs)) - (ends - own * other)[pairs]
        one = order[firsts[left[pairs]] + numbers // other[pairs]]
        two = order[firsts[right[pairs]] + numbers % other[pairs]]
        different = one != two
        yield one[different], two[different]
        first = last


def _matches(starts: IntArray, ends: IntArray, members: IntArray) -> Iterator[Pairs]:
    """Yield each of n with the members between its two places, a bounded number at a time."""
    sums = np.cumsum(ends - starts)
    first, done = 0, 0
    while first < len(starts):
        last = max(int(np.searchsorted(sums, done + _AT_ONCE, side="right")), first + 1)
        counts = (ends - starts)[first:last]
        left = np.repeat(np.arange(first, last), counts)
        offsets = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        yield left, members[np.repeat(starts[first:last], counts) + offsets]
        first, done = last, int(sums[last - 1])


def _root(parents: IntArray, row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = int(parents[row])
    return row


def _join(parents: IntArray, one: int, other: int) -> None:
    """Let two groups be one, named by its first row."""
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first
