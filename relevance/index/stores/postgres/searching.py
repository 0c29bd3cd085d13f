"""The rows nearest to a query: one by one where they are few, by pgvector's HNSW index above.

HNSW (Malkov and Yashunin 2020) finds most of the nearest rows, not all, and a narrow filter leaves
it little to find. So up to ``EXACT_ROWS`` rows that a filter admits are compared one by one, and
where the graph comes back with too few, too. Above, it is searched by iterative scans, and what it
finds is ordered by exact cosines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pgvector import HalfVector, Vector
from psycopg import sql

from relevance.encoders.base import FloatArray
from relevance.index.stores.base import Filter, Hits
from relevance.index.stores.common import ranked
from relevance.index.stores.postgres.filtering import condition
from relevance.index.stores.postgres.session import Cursor, one_value

EXACT_ROWS = 20_000
"""So many rows are compared one by one, in a tenth of a second."""

_SPARE = 32  # candidates more than asked for: the server's sums are of single precision
_LARGEST_K = 400  # for more, the graph would be searched at length and find less
# As ``vector`` of single precision, of which there is no index.
_ONE_BY_ONE = sql.SQL("vector::vector <=> %s")
_BY_GRAPH = sql.SQL("vector <=> %s")


class Search:
    """A search of a table within a transaction."""

    def __init__(self, cursor: Cursor, table: sql.Composable, chosen: Filter) -> None:
        self._cursor = cursor
        self._table = table
        self._condition, self._values = condition(cursor, table, chosen)

    def nearest(self, queries: FloatArray, k: int) -> list[Hits]:
        """Return the k nearest of the rows that the filter admits to each query."""
        if k > _LARGEST_K or not self._are_many():
            return [_ranked(self._one_by_one(query, k), query, k) for query in queries]
        self._cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        self._cursor.execute(f"SET LOCAL hnsw.ef_search = {2 * (k + _SPARE) + 100}")
        return [_ranked(self._by_graph(query, k), query, k) for query in queries]

    def _are_many(self) -> bool:
        """Say whether there are more than ``EXACT_ROWS``, without counting all."""
        query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} WHERE {} LIMIT {}) AS few")
        most = sql.Literal(EXACT_ROWS + 1)
        self._cursor.execute(query.format(self._table, self._condition, most), self._values)
        return self._cursor.fetchall() > [(EXACT_ROWS,)]

    def _by_graph(self, query: FloatArray, k: int) -> list[tuple[Any, ...]]:
        found = self._candidates(_BY_GRAPH, HalfVector(query), k)
        return found if len(found) >= k else self._one_by_one(query, k)

    def _one_by_one(self, query: FloatArray, k: int) -> list[tuple[Any, ...]]:
        return self._candidates(_ONE_BY_ONE, Vector(query), k)

    def _candidates(
        self, distance: sql.SQL, value: HalfVector | Vector, k: int
    ) -> list[tuple[Any, ...]]:
        """Return ids and vectors of a few more than k rows."""
        query = sql.SQL("SELECT id, vector FROM {} WHERE {} ORDER BY {}, id LIMIT {}").format(
            self._table, self._condition, distance, sql.Literal(k + _SPARE)
        )
        self._cursor.execute(query, [*self._values, value])
        return self._cursor.fetchall()


def see_to_graph(cursor: Cursor, schema: str) -> None:
    """Make the HNSW index where a search without a filter would use it and there is none."""
    table = sql.Identifier(schema, "pictures")
    known = sql.SQL("SELECT to_regclass({}) IS NULL AND EXISTS (SELECT FROM {} OFFSET {})").format(
        sql.Literal(f"{schema}.near"), table, sql.Literal(EXACT_ROWS)
    )
    if one_value(cursor, known):
        make = sql.SQL("CREATE INDEX near ON {} USING hnsw (vector halfvec_cosine_ops)")
        cursor.execute(make.format(table))


def _ranked(records: Sequence[tuple[Any, ...]], query: FloatArray, k: int) -> Hits:
    """Order candidates by exact cosines, equal ones by id."""
    ids, vectors = [key for key, _ in records], [vector.to_numpy() for _, vector in records]
    return ranked(ids, vectors, query).first(k)
