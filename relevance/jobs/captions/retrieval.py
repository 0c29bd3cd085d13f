"""Retrieval: how often a picture finds its caption among all captions, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from relevance.embedding.cosines import cosine
from relevance.encoders.base import FloatArray
from relevance.jobs.captions.journal import Journal

CUTOFFS = (1, 5, 10)
MOST_PAIRS = 20_000
"""Of more pairs a random sample of that size is taken: all against all grows with the square."""

_BLOCK = 1024
_SEED = 0
_Keys = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """One direction.

    Attributes:
        recall: Share of queries with a match among the k best, by k: R@k.
        median_rank: Median over queries of the rank of their best match; 1 is best.
        n_queries: How many queries.
        n_candidates: Among how many each was to find its match.
    """

    recall: dict[int, float]
    median_rank: float
    n_queries: int
    n_candidates: int


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Both directions, over different pictures and different captions.

    A file that several addresses lead to is one picture, and matches the captions of all of them.

    Attributes:
        captions_by_picture: A picture looks for its captions.
        pictures_by_caption: A caption looks for its pictures.
        n_pairs: Different pairs that count.
        n_all: Different pairs that were scored.
    """

    captions_by_picture: Found
    pictures_by_caption: Found
    n_pairs: int
    n_all: int


def retrieval_of(journal: Journal) -> Retrieval | None:
    """Rank everything against everything; None where nothing was scored."""
    n_all = sum(1 for _ in journal.pairs())
    if not n_all:
        return None
    pairs = _drawn(journal.pairs(), n_all)
    known = {key: journal.picture(key) for key in dict.fromkeys(p for p, _ in pairs)}
    content = {key: (item.digest if item else b"") or key for key, item in known.items()}
    firsts = {content[key]: key for key in reversed(known)}
    pictures = {name: number for number, name in enumerate(firsts)}
    captions = {key: number for number, key in enumerate(dict.fromkeys(c for _, c in pairs))}
    left = np.stack([_vector(known[key]) for key in firsts.values()])
    right = np.stack([_vector(journal.caption(key)) for key in captions])
    rows = np.array([pictures[content[picture]] for picture, _ in pairs])
    columns = np.array([captions[caption] for _, caption in pairs])
    return Retrieval(
        captions_by_picture=found(best_ranks(left, right, rows, columns), len(right)),
        pictures_by_caption=found(best_ranks(right, left, columns, rows), len(left)),
        n_pairs=len(pairs),
        n_all=n_all,
    )


def _drawn(pairs: Iterable[_Keys], count: int) -> list[_Keys]:
    """Return all pairs, or of many a sample that is always the same."""
    if count <= MOST_PAIRS:
        return list(pairs)
    chosen = np.random.default_rng(_SEED).choice(count, MOST_PAIRS, replace=False)
    return list(compress(pairs, np.isin(np.arange(count), chosen).tolist()))


def best_ranks(
    queries: FloatArray,
    candidates: FloatArray,
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64]:
    """Return the rank of each query's best match by cosine.

    Args:
        queries: ``(n, dim)`` unit rows.
        candidates: ``(m, dim)`` unit rows.
        rows: ``(n_pairs,)`` numbers of queries; each has at least one pair.
        columns: ``(n_pairs,)`` numbers of the candidates that match them.

    Returns:
        ``(n,)``: 1 + how many candidates that do not match come before, of equal ones half.
    """
    ranks = np.empty(len(queries))
    rows, columns = np.unique(np.stack([rows, columns]), axis=1)
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(len(queries) + 1))
    for start in range(0, len(queries), _BLOCK):
        scores = cosine(queries[start : start + _BLOCK], candidates)
        for number, row in enumerate(scores, start=start):
            own = columns[order[ends[number] : ends[number + 1]]]
            best = row[own].max()
            row[own] = -np.inf
            ranks[number] = 1 + (row > best).sum() + (row == best).sum() / 2
    return ranks


def found(ranks: npt.NDArray[np.float64], n_candidates: int) -> Found:
    """Summarise ranks."""
    return Found(
        recall={k: float((ranks <= k).mean()) for k in CUTOFFS},
        median_rank=float(np.median(ranks)),
        n_queries=len(ranks),
        n_candidates=n_candidates,
    )


def _vector(known: object) -> FloatArray:
    vector = getattr(known, "vector", None)
    assert vector is not None, "a scored pair has both vectors"
    return np.asarray(vector, dtype=np.float32)
