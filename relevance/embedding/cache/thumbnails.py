"""Thumbnails that reports have shown, so that the next keyword's report need not read pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from zlib import crc32

from relevance.embedding.cache.accelerator import Accelerator
from relevance.embedding.cache.files import FileFacts

_CHECK_BYTES = 4
_FIND = "SELECT size, changed, picture FROM thumbnails WHERE path = ? AND side = ? AND quality = ?"


class Thumbnails(Accelerator):
    """Encoded small pictures by file, side in pixels and quality."""

    name = "thumbnails in the cache"

    def recall(self, paths: Sequence[str], side: int, quality: int) -> dict[str, bytes]:
        """Return the thumbnails of files that have not changed since, by path."""
        return self._ask(lambda: self._recall(paths, side, quality), {})

    def _recall(self, paths: Sequence[str], side: int, quality: int) -> dict[str, bytes]:
        found = {}
        with self._database.guarded():
            for path in paths:
                key = _key(path)
                row = self._database.execute(_FIND, (key, side, quality)).fetchone()
                if row and FileFacts.of(path) == row[:2]:
                    data, check = row[2][:-_CHECK_BYTES], row[2][-_CHECK_BYTES:]
                    if _check(key, data) == check:
                        found[path] = data
        return found

    def store(
        self, made: Iterable[tuple[str, FileFacts | None, bytes]], side: int, quality: int
    ) -> None:
        """Keep thumbnails with what their files looked like before they were read.

        Files that have changed since, or may be changing still, are passed over.
        """
        self._keep(lambda: self._store(made, side, quality))

    def _store(
        self, made: Iterable[tuple[str, FileFacts | None, bytes]], side: int, quality: int
    ) -> None:
        rows = [
            (_key(path), side, quality, *before, data + _check(_key(path), data))
            for path, before, data in made
            if before and before.is_settled and before == FileFacts.of(path)
        ]
        with self._database.writing():
            self._database.executemany(
                "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?, ?, ?, ?)", rows
            )


def _key(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))


def _check(key: bytes, data: bytes) -> bytes:
    """Return what tells a thumbnail, of this file, from a damaged one."""
    return crc32(key + data).to_bytes(_CHECK_BYTES, "little")
