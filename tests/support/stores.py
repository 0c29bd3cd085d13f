"""Rows and vectors for tests of stores, and what a search must find among them."""

from __future__ import annotations

import hashlib

import numpy as np

from relevance.encoders.base import FloatArray, HalfArray, unit_rows
from relevance.index.stores.base import ALL, Filter, Row

DIM = 16


def row(number: int, **changes: object) -> Row:
    """Row ``number``: three folders in turn, an address of its own, a price and a brand."""
    plain = Row(
        id=f"id{number:05d}",
        path=f"/pictures/{number}.jpg",
        folder=("nuts", "nuts/old", "fruit")[number % 3],
        digest=hashlib.sha256(str(number).encode()).digest(),
        size=1000 + number,
        changed=1_700_000_000_000_000_000 + number,
        source="/pictures",
        columns={"brand": "ab"[number % 2], "price": number / 2},
    )
    return plain._replace(**changes)


def vectors(count: int, *, seed: int = 0, dim: int = DIM) -> HalfArray:
    """Random rows around a few centres, as a store keeps them."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(10, dim))
    noise = rng.normal(size=(count, dim)) * 0.5
    return unit_rows(centres[rng.integers(len(centres), size=count)] + noise).astype(np.float16)


def expected(
    rows: list[Row], known: HalfArray, query: FloatArray, k: int, chosen: Filter = ALL
) -> list[tuple[str, float]]:
    """Search in the plainest way: ids with cosines, the best first, ties by id."""
    exact = known.astype(np.float64)
    cosines = exact @ query.astype(np.float64) / np.linalg.norm(exact, axis=1)
    pairs = [
        (-np.float32(cosine), item.id)
        for item, cosine in zip(rows, cosines, strict=True)
        if chosen.admits(item)
    ]
    return [(name, -float(cosine)) for cosine, name in sorted(pairs)[:k]]
