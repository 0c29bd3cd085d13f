"""A bit for each number of a row: whether it lies above the centre of all rows.

Rows whose bits differ from a query's in few places are near it, more or less. Bits of 4,096 rows
lie together, word by word rather than row by row: NumPy then counts differences as fast as a
library made for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray

BLOCK = 4096
"""Rows that are coded together; those behind the last whole block have no codes."""

_WORD = 64
_FOR_CENTRE = 16_384  # rows
Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint16]


def n_words(dim: int) -> int:
    """Return how many words a row's bits take."""
    return -(-dim // _WORD)


def codes_of(rows: HalfArray | FloatArray, centre: FloatArray) -> Words:
    """Return ``(n, words)`` codes."""
    bits = np.packbits(rows > centre, axis=1, bitorder="little")
    padded = np.zeros((len(rows), n_words(len(centre)) * _WORD // 8), np.uint8)
    padded[:, : bits.shape[1]] = bits
    return padded.view("<u8")


def blocks_of(vectors: HalfArray, centre: FloatArray, first: int, last: int) -> Iterator[Words]:
    """Yield the blocks from ``first`` up to ``last``: ``(words, BLOCK)`` each."""
    for block in range(first, last):
        yield codes_of(vectors[block * BLOCK : (block + 1) * BLOCK], centre).T


def differences(blocks: Words, code: Words, heavy: Words) -> Counts:
    """Count for each row the bits in which it differs from a code, heavy ones three times.

    Args:
        blocks: ``(n_blocks, words, BLOCK)``.
        code: ``(words,)``.
        heavy: ``(words,)``: the bits that count three times.

    Returns:
        ``(n_blocks * BLOCK,)``.
    """
    counts = np.empty((len(blocks), BLOCK), np.uint16)
    differing = np.empty(blocks.shape[1:], np.uint64)
    ones = np.empty(blocks.shape[1:], np.uint8)
    column, mask = code[:, None], heavy[:, None]
    for block, count in zip(blocks, counts, strict=True):
        np.bitwise_xor(block, column, out=differing)
        np.bitwise_count(differing, out=ones)
        np.add.reduce(ones, axis=0, dtype=np.uint16, out=count)
        np.bitwise_and(differing, mask, out=differing)
        np.bitwise_count(differing, out=ones)
        count += 2 * np.add.reduce(ones, axis=0, dtype=np.uint16)
    return counts.reshape(-1)


def reaches(vectors: HalfArray, centre: FloatArray, first: int, last: int) -> FloatArray:
    """Return how far rows reach along their own signs, ``(n,)``, for the rows of some blocks.

    A row less the centre is about its signs times this (Gao and Long 2024, RaBitQ).
    """
    parts = []
    for block in range(first, last):
        rest = vectors[block * BLOCK : (block + 1) * BLOCK] - centre
        along = np.abs(rest).sum(axis=1)
        squares = np.einsum("ij,ij->i", rest, rest)
        parts.append(np.divide(squares, along, out=np.zeros_like(along), where=along > 0))
    return np.concatenate(parts)


def centre_of(vectors: HalfArray) -> FloatArray:
    """Return the mean of rows, of some thousand evenly among them where there are many."""
    step = max(len(vectors) // _FOR_CENTRE, 1)
    centre: FloatArray = vectors[::step].astype(np.float32).mean(axis=0)
    return centre
