"""The nearest points, ranked exactly by their float16 vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qdrant_client import models

from relevance.encoders.base import FloatArray
from relevance.index.stores.base import Filter, Hits
from relevance.index.stores.common import NO_HITS, ranked
from relevance.index.stores.qdrant.pieces import pieces
from relevance.index.stores.qdrant.points import chosen_points, seen, vector_of
from relevance.index.stores.qdrant.server import Server
from relevance.index.stores.qdrant.state import State

_SPARE = 16  # points beyond k, among which ties are looked for
_WIDER = 4
_SLACK = 1e-3
"""The server takes rounded rows for unit ones and rounds queries as well, which moves no more."""
_QUERIES = 32  # a request
_FOLDERS = 1_000_000
_CARE = models.SearchParams(
    hnsw_ef=128,
    quantization=models.QuantizationSearchParams(rescore=True, oversampling=3.0),
)


def nearest(
    server: Server, state: State, queries: FloatArray, k: int, chosen: Filter
) -> list[Hits]:
    """Return the k nearest of the chosen rows to each query, equal cosines in the order of ids.

    Where points beyond the k-th may tie with it, more are asked for, until none can.
    """
    points = chosen_points(state.write, chosen, _folders(server, state) if chosen.folders else ())
    found = [NO_HITS] * len(queries)
    if points is None or k < 1:
        return found
    waiting, limit = list(range(len(queries))), 2 * k + _SPARE
    while waiting:
        answers = _ask(server, state, queries[waiting], limit, points)
        hits = {row: _ranked(queries[row], a) for row, a in zip(waiting, answers, strict=True)}
        for row, one in hits.items():
            found[row] = one.first(k)
        waiting = [row for row, one in hits.items() if _may_tie(one, k, limit)]
        limit *= _WIDER
    return found


def _ranked(query: FloatArray, points: Sequence[Any]) -> Hits:
    vectors = [vector_of(point.vector) for point in points]
    return ranked([point.payload["id"] for point in points], vectors, query)


def _may_tie(hits: Hits, k: int, limit: int) -> bool:
    """Say whether points that were not returned may be as near as the k-th."""
    is_all = len(hits.ids) < limit
    return not is_all and bool(hits.cosines[-1] > hits.cosines[k - 1] - _SLACK)


def _ask(
    server: Server, state: State, queries: FloatArray, limit: int, points: models.Filter
) -> list[Any]:
    requests = [
        models.QueryRequest(
            query=query.tolist(),
            filter=points,
            limit=limit,
            params=_CARE,
            with_payload=["id"],
            with_vector=True,
        )
        for query in queries.astype(np.float32)
    ]
    client = server.client
    return [
        answer.points
        for some in pieces(requests, _QUERIES)
        for answer in server.ask(client.query_batch_points, state.collection, some)
    ]


def _folders(server: Server, state: State) -> list[str]:
    """Return the values of the field "folder"."""
    found = server.ask(
        server.client.facet,
        state.collection,
        "folder",
        facet_filter=seen(state.write),
        limit=_FOLDERS,
        exact=True,
    )
    return [str(hit.value) for hit in found.hits]
