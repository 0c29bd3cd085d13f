"""One user's connection to a server: made when it is needed, and again where it broke."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg import IsolationLevel, sql

from relevance.errors import UsageError
from relevance.index.stores.postgres.address import Address
from relevance.index.stores.postgres.faults import busy, explained

Cursor = psycopg.Cursor[tuple[Any, ...]]

LEAST_PGVECTOR = (0, 8)
"""Before it, an index of pgvector searched first and filtered then: one row came back of ten."""

_PATIENCE = 10  # seconds to reach a server, or to get a lock
_MOMENT = 2  # seconds in which a server notices that the process that wrote is dead


class Session:
    """Transactions that each see the database as it was at their first statement.

    Several threads may use it; they take turns. The right to write is taken with the first write
    and kept until the session is closed or its process ends, however that comes.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._turn = threading.RLock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._may_write = False

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Yield a cursor within a transaction."""
        with self._turn, explained(self.address):
            connection = self._live()
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                yield cursor

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Yield a cursor within a transaction of the one process that may write.

        Raises:
            StoreError: Another process may.
        """
        with self._turn, explained(self.address):
            self._take_the_right(self._live())
            with self.reading() as cursor:
                yield cursor

    @contextmanager
    def outside(self) -> Iterator[Cursor]:
        """Yield a cursor outside of any transaction, as VACUUM wants it, with the right to write.

        Raises:
            StoreError: Another process has it.
        """
        with self._turn, explained(self.address):
            connection = self._live()
            self._take_the_right(connection)
            with connection.cursor() as cursor:
                yield cursor

    @contextmanager
    def long_reading(self) -> Iterator[psycopg.ServerCursor[tuple[Any, ...]]]:
        """Yield a server's cursor on a connection of its own, so that others need not wait."""
        with (
            explained(self.address),
            self._connected() as connection,
            connection.transaction(),
            psycopg.ServerCursor(connection, "rows") as cursor,
        ):
            yield cursor

    def heir(self) -> Session:
        """Return a session that has this one's right to write, which this one gives up."""
        with self._turn:
            other = Session(self.address)
            other._connection, other._may_write = self._connection, self._may_write
            self._connection, self._may_write = None, False
        return other

    def close(self) -> None:
        """Give up the connection and with it the right to write."""
        with self._turn:
            if self._connection:
                self._connection.close()
            self._connection, self._may_write = None, False

    def _live(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._may_write = False
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection = psycopg.connect(
            self.address.server,
            autocommit=True,
            connect_timeout=_PATIENCE,
            client_encoding="utf-8",
            application_name="relevance",
            prepare_threshold=None,  # a plan would outlive the tables that another run replaces
        )
        try:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.execute(f"SET lock_timeout = '{_PATIENCE}s'")
            connection.execute("SET jit = off")  # it costs more than it gains on one scan
            _use_pgvector(connection, self.address)
        except BaseException:
            connection.close()
            raise
        return connection

    def _take_the_right(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        if self._may_write:
            return
        # In a transaction of its own: that of the writing must see what the last writer left.
        lock = f"index {self.address.name} of relevance"
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{_MOMENT}s'")
                connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [lock])
        except psycopg.errors.LockNotAvailable as error:
            raise busy(self.address) from error
        self._may_write = True


def _use_pgvector(connection: psycopg.Connection[tuple[Any, ...]], address: Address) -> None:
    """See that pgvector is there and new enough, and that its types and operators are found."""
    found = _pgvector(connection)
    if not found:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except psycopg.Error as error:
            raise UsageError(
                f"{address.shown} has no pgvector, and it cannot be added "
                f"({' '.join(str(error).split())[:120]}); install pgvector 0.8 or newer on the "
                "server and run CREATE EXTENSION vector as its administrator."
            ) from error
        found = _pgvector(connection)
    version, schema = found
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < LEAST_PGVECTOR:
        raise UsageError(
            f"{address.shown} has pgvector {version}, whose filters lose rows; install 0.8 or "
            "newer and run ALTER EXTENSION vector UPDATE."
        )
    connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
    register_vector(connection)


def _pgvector(connection: psycopg.Connection[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return version and schema of the extension, or nothing."""
    return (
        connection.execute(
            "SELECT extversion, nspname FROM pg_extension JOIN pg_namespace n ON n.oid = "
            "extnamespace WHERE extname = 'vector'"
        ).fetchone()
        or ()
    )


def one_value(cursor: Cursor, query: sql.Composed | sql.SQL) -> Any:
    """Return the one value that a query is about."""
    cursor.execute(query)
    (record,) = cursor.fetchall()
    return record[0]
