"""Captions that are done, on disk: a run that was killed can go on, and writes none twice.

An SQLite file beside the output, with the caption of every picture by a hash of its content.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from relevance.errors import UsageError, unwritable
from relevance.exports.databases import Connection, code_of, disk_error
from relevance.exports.locks import process_holding
from relevance.system.names import printable

_SCHEMA = (
    "CREATE TABLE settings (value TEXT)",
    "CREATE TABLE captions (picture BLOB PRIMARY KEY, caption TEXT, reason TEXT)",
)


class Journal(Connection):
    """The journal of one run; whoever has it open has the output for himself.

    Attributes:
        n_pictures: How many different pictures were done when it was opened.
    """

    n_pictures: int = 0

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            UsageError: Another run has it, or it is no journal.
            OutputError: The disk is full, for example.
        """
        self._path = path
        super().__init__(path)

    def _prepare(self) -> None:
        self.execute("PRAGMA busy_timeout = 0")
        self.execute("PRAGMA locking_mode = EXCLUSIVE")  # kept until closed
        self.execute("BEGIN EXCLUSIVE")
        (made,) = self.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for statement in () if made else _SCHEMA:
            self.execute(statement)
        self.execute("COMMIT")
        self.n_pictures = self._number_of_captions()

    def count(self) -> int:
        """Return how many different pictures are done."""
        with self.guarded():
            return self._number_of_captions()

    def _number_of_captions(self) -> int:
        (count,) = self.execute("SELECT count(*) FROM captions").fetchone()
        return int(count)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Say what captions depend on.

        Raises:
            UsageError: It has captions that other settings gave.
        """
        now = json.dumps(settings, sort_keys=True)
        with self.writing():
            found = self.execute("SELECT value FROM settings").fetchone()
            if self.n_pictures and found != (now,):
                raise UsageError(
                    f"{printable(self._path)} is of a run with another model, style or other "
                    "options. Go on with those, or delete it to start over."
                )
            self.execute("DELETE FROM settings")
            self.execute("INSERT INTO settings VALUES (?)", (now,))

    def known(self, picture: bytes) -> tuple[str, str] | None:
        """Return caption and reason of a picture that was done, by its digest."""
        with self.guarded():
            found = self.execute(
                "SELECT caption, reason FROM captions WHERE picture = ?", (picture,)
            ).fetchone()
        return tuple(found) if found else None

    def save(self, done: Iterable[tuple[bytes, str, str]]) -> None:
        """Enter digest, caption and reason of some pictures: all of them or none."""
        with self.writing():
            self.executemany("INSERT OR REPLACE INTO captions VALUES (?, ?, ?)", done)

    def _explained(self, error: sqlite3.Error) -> Exception:
        name = printable(self._path)
        if code_of(error) == sqlite3.SQLITE_BUSY:
            holder = process_holding(self._path)
            who = f" (process {holder})" if holder else ""
            return UsageError(
                f"Another run is writing this table{who}, with {name} as its journal; wait for it, "
                "or choose another --output."
            )
        if reason := disk_error(error):
            return unwritable(self._path, reason)
        return UsageError(
            f"{name} is not usable ({error}). Choose another place with --output, or delete it to "
            "start over."
        )
