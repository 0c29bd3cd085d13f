"""What more than one store does to rows, columns, vectors and hits, wherever it keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.encoders.base import FloatArray, HalfArray
from relevance.index.stores.base import Hits, Row

NO_HITS = Hits((), np.empty(0, np.float32))


def last_of_each(rows: Sequence[Row]) -> list[int]:
    """Return the numbers of rows, of those with one id the last."""
    return list({row.id: number for number, row in enumerate(rows)}.values())


def columns_of(known: Iterable[str], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the names of columns that are known and those of rows, in the order they came."""
    return tuple(dict.fromkeys([*known, *(name for row in rows for name in row.columns)]))


def in_order(ids: Sequence[str], known: Mapping[str, HalfArray], dim: int) -> HalfArray:
    """Return the vectors of ids, ``(len(ids), dim)`` float16; NaN where none is known."""
    found = np.full((len(ids), dim), np.nan, np.float16)
    for number, name in enumerate(ids):
        if name in known:
            found[number] = known[name]
    return found


def ranked(ids: Sequence[str], vectors: Sequence[HalfArray], query: FloatArray) -> Hits:
    """Order rows by their exact cosines with a query, ``(dim,)``; equal ones by id."""
    if not ids:
        return NO_HITS
    names = np.array(ids)
    cosines = cosine(np.stack(vectors), query[None])[:, 0]
    order = np.lexsort((names, -cosines))
    return Hits(tuple(names[order].tolist()), cosines[order])
