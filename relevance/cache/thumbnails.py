"""Thumbnails that reports have shown, so that the next keyword's report need not read pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from relevance.cache.database import Database
from relevance.cache.files import FileFacts

_FIND = (
    "SELECT picture FROM thumbnails"
    " WHERE path = ? AND side = ? AND quality = ? AND size = ? AND changed = ?"
)


class Thumbnails:
    """Encoded small pictures by file, side in pixels and quality."""

    def __init__(self, database: Database) -> None:
        """Take an open cache."""
        self._database = database

    def recall(self, paths: Sequence[str], side: int, quality: int) -> dict[str, bytes]:
        """Return the thumbnails of files that have not changed since, by path."""
        found = {}
        with self._database.guarded():
            for path in paths:
                facts = FileFacts.of(path)
                key = (_key(path), side, quality, *(facts or (-1, -1)))
                row = self._database.execute(_FIND, key).fetchone()
                if row:
                    found[path] = row[0]
        return found

    def store(
        self, made: Iterable[tuple[str, FileFacts | None, bytes]], side: int, quality: int
    ) -> None:
        """Keep thumbnails with what their files looked like before they were read.

        Files that have changed since, or may be changing still, are passed over.

        Raises:
            OSError: The cache cannot be written.
        """
        rows = [
            (_key(path), side, quality, *before, data)
            for path, before, data in made
            if before and before.is_settled and before == FileFacts.of(path)
        ]
        with self._database.writing():
            self._database.executemany(
                "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?, ?, ?, ?)", rows
            )


def _key(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))
