"""The SQLite file of a generation: making it, recognising it, and what its errors mean."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from relevance.errors import StoreError, UsageError, unwritable
from relevance.exports.databases import Connection, code_of, disk_error, transaction
from relevance.system.names import printable

VERSION = 1
_APPLICATION = 0x72656C69  # "reli" in the header says that the file is ours
_PAGE_CACHE_KB = 65_536  # rows are entered by hashes, all over their indexes

_SCHEMA = (
    "CREATE TABLE state (facts TEXT, centre BLOB)",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID",
    "CREATE TABLE folders (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    "CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    # a slot is the place of a vector; pictures with the same bytes share it
    "CREATE TABLE slots (slot INTEGER PRIMARY KEY, digest BLOB)",
    "CREATE INDEX slots_digest ON slots (digest)",
    "CREATE TABLE dead (slot INTEGER PRIMARY KEY)",
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, id TEXT UNIQUE, slot INTEGER, path BLOB,"
    " folder INTEGER, size INTEGER, changed INTEGER, source INTEGER, columns TEXT)",
    "CREATE INDEX rows_slot ON rows (slot)",
    "CREATE INDEX rows_folder ON rows (folder, slot)",
    # which rows have a cell, by a hash of its column and text
    "CREATE TABLE cells (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)


class Database(Connection):
    """A connection to the file of a generation."""

    def __init__(self, file: Path, *, is_new: bool = False) -> None:
        """Open the file, or make it.

        Raises:
            UsageError: It is of another version, or no store.
            StoreError: It is damaged or not there.
            OutputError: The disk is full, for example.
        """
        self.file = file
        self._is_new = is_new
        if not is_new and not file.exists():
            raise StoreError(
                f"{printable(file)} is missing; copy the whole folder of the index again, or make "
                "it again with --again."
            )
        mode = "rwc" if is_new else "rw"
        if not is_new and not os.access(file.parent, os.W_OK):
            mode = "ro&immutable=1"  # SQLite writes beside a file that it reads
        super().__init__(f"{file.absolute().as_uri()}?mode={mode}", is_uri=True)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the file in all that is done inside."""
        with self.guarded():
            if self._connection.in_transaction:
                yield
            else:
                with transaction(self._connection):
                    yield

    def _prepare(self) -> None:
        self._make() if self._is_new else self._recognise()
        self.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KB}")
        self.execute("PRAGMA synchronous = NORMAL")  # survives kill -9

    def _make(self) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            for statement in _SCHEMA:
                self.execute(statement)

    def _recognise(self) -> None:
        if self._number("application_id") != _APPLICATION:
            raise UsageError(f"{printable(self.file)} belongs to another program, not to an index.")
        version = self._number("user_version")
        if version != VERSION:
            raise UsageError(
                f"The index {printable(self.file.parent.parent)} has version {version}, this "
                f"program knows {VERSION}; install the release that made it, or make it again."
            )

    def _explained(self, error: sqlite3.Error) -> Exception:
        reason = disk_error(error)
        if reason:
            return unwritable(self.file.parent.parent, reason)
        name = printable(self.file.parent.parent)
        if code_of(error) == sqlite3.SQLITE_BUSY:
            return StoreError(f"Another run is writing the index {name}; wait until it is done.")
        return StoreError(f"The index {name} is damaged ({error}); make it again with --again.")
