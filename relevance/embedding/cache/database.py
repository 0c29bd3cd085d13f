"""The cache's file: making it, recognising it, and what its errors mean."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

from relevance.errors import CacheError
from relevance.exports.databases import Connection, code_of
from relevance.system.locations import cache_folder

_FILE_NAME = "embeddings.sqlite"
_APPLICATION = 0x72656C76  # "relv" in the header says that the file is ours
_VERSION = 2
_PAGE_BYTES = 16384  # holds several vectors; SQLite's usual 4096 holds one or two
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_ONLY_MINE = stat.S_IRWXU  # pictures may be confidential, and so are their thumbnails

_THUMBNAILS = (
    "CREATE TABLE thumbnails (path BLOB, side INTEGER, quality INTEGER, size INTEGER,"
    " changed INTEGER, picture BLOB, PRIMARY KEY (path, side, quality)) WITHOUT ROWID"
)
_SERVED = "CREATE TABLE IF NOT EXISTS served (content INTEGER PRIMARY KEY)"
"""Contents that tables named. Releases that do not know it can share the file."""

_PROOFS = (
    "CREATE TABLE IF NOT EXISTS proofs (folder INTEGER, name BLOB, proof INTEGER,"
    " PRIMARY KEY (folder, name)) WITHOUT ROWID"
)
"""What a file's row must agree with. Releases that do not know it can share the file."""

_LOOKS = (
    "CREATE TABLE IF NOT EXISTS looks (content INTEGER, way INTEGER, look BLOB,"
    " PRIMARY KEY (content, way)) WITHOUT ROWID"
)
"""What pictures look like. Releases that do not know it can share the file."""

_SCHEMA = (
    "CREATE TABLE encoders (id INTEGER PRIMARY KEY, fingerprint TEXT UNIQUE, name TEXT)",
    "CREATE TABLE folders (id INTEGER PRIMARY KEY, path BLOB UNIQUE)",
    "CREATE TABLE contents (id INTEGER PRIMARY KEY, digest BLOB UNIQUE)",
    "CREATE TABLE files (folder INTEGER, name BLOB, size INTEGER, changed INTEGER,"
    " content INTEGER, PRIMARY KEY (folder, name)) WITHOUT ROWID",
    "CREATE TABLE vectors (encoder INTEGER, content INTEGER, vector BLOB,"
    " PRIMARY KEY (encoder, content)) WITHOUT ROWID",
    "CREATE TABLE texts (encoder INTEGER, text TEXT, vector BLOB,"
    " PRIMARY KEY (encoder, text)) WITHOUT ROWID",
    _THUMBNAILS,
    _SERVED,
    _PROOFS,
    _LOOKS,
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
)


class Database(Connection):
    """A connection to the cache."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if there is none.

        Raises:
            CacheError: It is damaged, or of another program or version.
            OSError: It cannot be made or written.
        """
        self.path = path
        path.parent.mkdir(mode=_ONLY_MINE, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # SQLite's side files take after this one
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, _ONLY_MINE & ~stat.S_IXUSR))
        super().__init__(path)

    def _explained(self, error: sqlite3.Error) -> Exception:
        """Return a ``CacheError`` where the file is damaged, an ``OSError`` otherwise."""
        if code_of(error) in _DAMAGED:
            return CacheError(self.path, f"is damaged ({error})")
        return OSError(f"{self.path}: {error}")

    def _prepare(self) -> None:
        self.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # heeded by a new file only
        if self._number("application_id") == 0 and not self._tables():
            self._create()
        if (self._number("application_id"), self._number("user_version")) == (_APPLICATION, 1):
            self._upgrade()
        found = self._number("application_id"), self._number("user_version")
        if found[0] != _APPLICATION:
            raise CacheError(self.path, "belongs to another program")
        if found[1] != _VERSION:
            raise CacheError(self.path, f"has version {found[1]}, this program writes {_VERSION}")
        for table, statement in (("served", _SERVED), ("proofs", _PROOFS), ("looks", _LOOKS)):
            if not self._tables(table):
                self.execute(statement)
        self.execute("PRAGMA synchronous = NORMAL")  # survives kill -9; no wait for the disk

    def _create(self) -> None:
        self.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            if not self._tables():  # else another process made it meanwhile
                for statement in _SCHEMA:
                    self.execute(statement)

    def _upgrade(self) -> None:
        """Add what version 1 did not have, and keep what it holds."""
        with self.writing():
            if self._number("user_version") == 1:  # else another process did it meanwhile
                self.execute(_THUMBNAILS)
                self.execute(f"PRAGMA user_version = {_VERSION}")

    def _tables(self, name: str = "%") -> int:
        """Count the tables, or those of a name."""
        query = "SELECT count(*) FROM sqlite_master WHERE name LIKE ?"
        (count,) = self.execute(query, (name,)).fetchone()
        return int(count)


def cache_file() -> Path:
    """Return where the user's cache is; it may not exist yet."""
    return cache_folder() / _FILE_NAME


def open_cache(path: Path | None = None) -> Database:
    """Open a cache file, the user's unless given; raises what ``Database`` raises."""
    return Database(path or cache_file())
