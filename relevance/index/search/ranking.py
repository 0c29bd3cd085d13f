"""The k pictures with the highest signal, copies as one, from a store that knows cosines alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from relevance.encoders.base import FloatArray
from relevance.index.search.signals import Concept, Signal
from relevance.index.stores.base import Filter, LevelStore, Row, Store
from relevance.judging.directions import Plane
from relevance.judging.scoring import Floats

_MORE = 4  # times as many rows are asked for until the best are certain
_FIRST = 100  # rows that are asked for at once where a signal is no plane
_ROUNDING = 1e-6  # of cosines in single precision


@dataclass(frozen=True, slots=True)
class Match:
    """A picture that was found.

    Attributes:
        score: Its signal.
        rows: Where it is: a row for each copy, byte for byte, in the order of their ids.
    """

    score: float
    rows: tuple[Row, ...]

    @property
    def row(self) -> Row:
        """The first of its places."""
        return self.rows[0]


def best(
    store: Store, signal: Signal, k: int, chosen: Filter, but: Collection[bytes] = ()
) -> list[Match]:
    """Find the k pictures with the highest signal.

    Args:
        store: Where they are.
        signal: What they are ranked by.
        k: How many.
        chosen: Which rows count.
        but: Digests of pictures that are not wanted.

    Returns:
        Matches, the best first, equal ones in the order of their first ids.
    """
    if isinstance(signal, Concept) and signal.level and isinstance(store, LevelStore):
        found = store.above(signal.keyword, signal.level, k + len(but), chosen)
        if found:
            return _matches(store, signal, found.ids, but)[:k]
    length = float(np.linalg.norm(signal.direction))
    ray = signal.direction / length if length else _any_direction(store)
    count = k + len(but) + 1
    if not isinstance(signal, Plane):
        count = max(_FIRST, _MORE * count)
    while True:
        (hits,) = store.search(ray[None].astype(np.float32), count, chosen)
        matches = _matches(store, signal, hits.ids, but)
        if len(hits.ids) < count:
            return matches[:k]
        most = float(hits.cosines[-1]) * length + signal.offset + _ROUNDING
        if len(matches) >= k and matches[k - 1].score > most:
            return matches[:k]
        count *= _MORE


def _matches(
    store: Store, signal: Signal, ids: Sequence[str], but: Collection[bytes]
) -> list[Match]:
    """Score rows and bring copies together."""
    rows = store.rows(ids)  # some may have left just now
    there = [name for name in ids if name in rows and rows[name].digest not in but]
    if not there:
        return []
    scores: Floats = signal.scores(store.vectors(there))
    groups: dict[bytes, list[Row]] = {}
    score_of: dict[bytes, float] = {}
    for name, score in sorted(zip(there, scores.tolist(), strict=True)):
        if math.isnan(score):
            continue
        key = rows[name].content
        groups.setdefault(key, []).append(rows[name])
        score_of.setdefault(key, score)
    found = [Match(score_of[key], tuple(group)) for key, group in groups.items()]
    return sorted(found, key=lambda match: (-match.score, match.row.id))


def _any_direction(store: Store) -> FloatArray:
    """Return a direction to ask for rows in where a query has none: all are as near."""
    ray = np.zeros(store.info.origin.dim, np.float32)
    ray[0] = 1
    return ray
