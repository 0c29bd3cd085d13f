"""A store in PostgreSQL: what a ``Store`` does, a transaction at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt
from psycopg import sql

from relevance.encoders.base import FloatArray, HalfArray
from relevance.errors import RelevanceError, UsageError
from relevance.index.stores.base import (
    ALL,
    Batch,
    Block,
    Filter,
    Hits,
    Origin,
    Row,
    StoreInfo,
    block_of,
)
from relevance.index.stores.common import columns_of, in_order, last_of_each
from relevance.index.stores.postgres import tables
from relevance.index.stores.postgres.address import Address
from relevance.index.stores.postgres.faults import no_index, taken
from relevance.index.stores.postgres.searching import EXACT_ROWS, Search, see_to_graph
from relevance.index.stores.postgres.session import Cursor, Session, one_value
from relevance.system.json_reader import parse

_NOTE = "note: "
_NEXT = "_next"


class PostgresStore:
    """A ``Store`` whose address is ``postgresql://…#name``."""

    def __init__(self, session: Session, schema: str) -> None:
        """See ``open`` and ``create``.

        Args:
            session: The way to the server.
            schema: Where the tables are: under the index's name, or beside it until published.
        """
        self._session = session
        self._schema = schema
        self._has_grown = False

    @classmethod
    def open(cls, address: str) -> PostgresStore:
        """Open a store that is there; see ``StoreKind``."""
        session = Session(Address.of(address))
        store = cls(session, session.address.name)
        try:
            store._check()
        except BaseException:
            session.close()
            raise
        return store

    @classmethod
    def create(cls, address: str, origin: Origin) -> PostgresStore:
        """Make a store where there is none; see ``StoreKind``."""
        session = Session(Address.of(address))
        try:
            with session.reading() as cursor:
                if tables.has_schema(cursor, session.address.name):
                    raise taken(session.address)
            with session.writing() as cursor:
                tables.make(cursor, session.address.name, origin)
        except BaseException:
            session.close()
            raise
        return cls(session, session.address.name)

    @property
    def info(self) -> StoreInfo:
        """What it holds now."""
        with self._session.reading() as cursor:
            facts = tables.read_facts(cursor, self._schema)
            count = one_value(cursor, sql.SQL("SELECT count(*) FROM {}").format(self._pictures))
            engine = one_value(cursor, sql.SQL("SHOW server_version"))
            columns = tuple(parse(facts["columns"]))
        return StoreInfo(
            origin=tables.origin_of(facts),
            count=count,
            columns=columns,
            made=facts["made"],
            version=int(facts["version"]),
            notes={n.removeprefix(_NOTE): v for n, v in facts.items() if n.startswith(_NOTE)},
            remark=f"PostgreSQL {engine}: exact where a filter leaves up to {EXACT_ROWS:,} rows, "
            "above through an HNSW index.",
        )

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.floating]) -> None:
        """Enter rows with their unit vectors, all or none; known ids are replaced."""
        numbers = last_of_each(rows)
        if not numbers:
            return
        halves = np.asarray(vectors)[numbers].astype(np.float16)
        with self._session.writing() as cursor:
            tables.enter(cursor, self._pictures, [rows[n] for n in numbers], halves)
            self._note_columns(cursor, rows)
        self._has_grown = True

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out, all or none; unknown ids are passed over."""
        with self._session.writing() as cursor:
            cursor.execute(
                sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(self._pictures), [list(ids)]
            )

    def note(self, notes: Mapping[str, str]) -> None:
        """Keep texts under names of the index's choice; the empty text removes one."""
        with self._session.writing() as cursor:
            facts = {_NOTE + name: text for name, text in notes.items()}
            tables.write_facts(cursor, self._schema, facts)
            cursor.execute(
                sql.SQL("DELETE FROM {} WHERE value = '' AND starts_with(name, %s)").format(
                    sql.Identifier(self._schema, "facts")
                ),
                [_NOTE],
            )

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """Return those of these rows that are there, by id."""
        query = sql.SQL("SELECT {} FROM {} WHERE id = ANY(%s)")
        with self._session.reading() as cursor:
            cursor.execute(query.format(tables.FIELDS, self._pictures), [list(ids)])
            return {record[0]: tables.row_of(record) for record in cursor}

    def vectors(self, ids: Sequence[str]) -> HalfArray:
        """Return ``(n, dim)`` float16 vectors; NaN where there is no such row."""
        query = sql.SQL("SELECT id, vector FROM {} WHERE id = ANY(%s)").format(self._pictures)
        with self._session.reading() as cursor:
            dim = int(tables.read_facts(cursor, self._schema)["dim"])
            cursor.execute(query, [list(set(ids))])
            known = {key: vector.to_numpy() for key, vector in cursor}
        return in_order(ids, known, dim)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield every row once, in the order of ids, as the store was at the first."""
        query = sql.SQL("SELECT {}, vector FROM {} ORDER BY id")
        with self._session.long_reading() as cursor:
            cursor.execute(query.format(tables.FIELDS, self._pictures), binary=True)
            while records := cursor.fetchmany(size):
                yield Batch(
                    [tables.row_of(record[:-1]) for record in records],
                    np.stack([record[-1].to_numpy() for record in records]).astype(np.float16),
                )

    def block(self) -> Block:
        """Return all rows at once."""
        return block_of(self)

    def search(self, queries: FloatArray, k: int, chosen: Filter = ALL) -> list[Hits]:
        """Return the k nearest of the chosen rows to each of ``(n, dim)`` unit queries."""
        with self._session.reading() as cursor:
            return Search(cursor, self._pictures, chosen).nearest(queries, k)

    def renewed(self, origin: Origin) -> PostgresStore:
        """Make an empty store that takes this one's place when it is ``published``."""
        schema = self._session.address.name + _NEXT
        with self._session.writing() as cursor:
            cursor.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            )
            tables.make(cursor, schema, origin)
        self._has_grown = False  # who takes its place matters now
        return PostgresStore(self._session.heir(), schema)

    def publish(self) -> None:
        """Take the place of the store that this one was made to renew, with a graph.

        The old tables are locked first: whoever reads them ends in peace, and whoever comes
        meanwhile waits and finds the new ones.
        """
        self._see_to_graph()
        name = self._session.address.name
        old, new = sql.Identifier(name), sql.Identifier(self._schema)
        with self._session.writing() as cursor:
            tables_of_old = sql.SQL("LOCK TABLE {0}.facts, {0}.pictures IN ACCESS EXCLUSIVE MODE")
            cursor.execute(tables_of_old.format(old))
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(old))
            cursor.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(new, old))
        self._schema = name

    def compact(self) -> None:
        """Have the server use the room of what was removed or replaced, and count anew."""
        self._see_to_graph()
        with self._session.outside() as cursor:
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(self._pictures))

    def close(self) -> None:
        """Let go of the connection and the right to write; what has grown gets a graph before."""
        with suppress(RelevanceError):  # then the next one who writes makes it
            if self._has_grown:
                self._see_to_graph()
        self._session.close()

    @property
    def _pictures(self) -> sql.Identifier:
        return sql.Identifier(self._schema, "pictures")

    def _see_to_graph(self) -> None:
        """Make the graph when all is in: ten times as fast as row by row."""
        with self._session.writing() as cursor:
            see_to_graph(cursor, self._schema)
        self._has_grown = False

    def _check(self) -> None:
        """See that it is a store of a version that is known here."""
        address = self._session.address
        with self._session.reading() as cursor:
            facts: dict[str, str] = {}
            if not tables.has_schema(cursor, self._schema):
                raise no_index(address)
            known = sql.SQL("SELECT to_regclass({}) IS NOT NULL")
            if one_value(cursor, known.format(sql.Literal(f"{self._schema}.facts"))):
                facts = tables.read_facts(cursor, self._schema)
        version = facts.get("version", "")
        if not version.isdigit():
            raise UsageError(
                f"What is at {address.shown} is no index; name another one behind the #."
            )
        if int(version) != tables.VERSION:
            raise UsageError(
                f"The index {address.shown} is of version {version}, and this program reads "
                f"{tables.VERSION}; use the program that made it, or make it anew with --again."
            )

    def _note_columns(self, cursor: Cursor, rows: Sequence[Row]) -> None:
        known = parse(tables.read_facts(cursor, self._schema)["columns"])
        names = columns_of(known, rows)
        if len(names) > len(known):
            tables.write_facts(
                cursor, self._schema, {"columns": json.dumps(names, ensure_ascii=False)}
            )
