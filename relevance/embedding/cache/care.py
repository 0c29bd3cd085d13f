"""Looking after the cache: what it holds, emptying it, dropping what is of no use any more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from relevance.embedding.cache.database import Database, cache_file, open_cache
from relevance.embedding.cache.files import FileFacts

_SIDE_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a cache holds.

    Attributes:
        path: The database file.
        size: Its bytes on disk.
        files: Files known by path.
        thumbnails: Small pictures for reports.
        pictures: Count of picture vectors by encoder name.
        texts: Count of text vectors by encoder name.
    """

    path: Path
    size: int
    files: int
    thumbnails: int
    pictures: Mapping[str, int]
    texts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many records were dropped: files that are gone, and vectors that no file has."""

    files: int
    pictures: int


def inspect() -> Contents | None:
    """Say what the user's cache holds; None if there is none yet. Raises ``CacheError``."""
    path = cache_file()
    if not path.exists():
        return None
    database = open_cache(path)
    with database.guarded():
        (files,) = database.execute("SELECT count(*) FROM files").fetchone()
        (shown,) = database.execute("SELECT count(*) FROM thumbnails").fetchone()
        counts = {table: _by_encoder(database, table) for table in ("vectors", "texts")}
    database.close()
    return Contents(path, _size(path), files, shown, counts["vectors"], counts["texts"])


def clear() -> int:
    """Delete the user's cache, whatever is wrong with it; return the bytes that are free now."""
    path = cache_file()
    size = _size(path)
    for suffix in _SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return size


def prune() -> Pruned:
    """Forget files that are gone or changed, and pictures that no known file shows.

    Pictures of tables stay; see ``EncoderView.store_served``.

    Raises:
        CacheError: The cache is damaged.
        OSError: It cannot be written.
    """
    if not cache_file().exists():
        return Pruned(0, 0)
    database = open_cache()
    with database.writing():
        gone = [
            (folder, name)
            for folder, place, name, size, changed in database.execute(
                "SELECT f.folder, d.path, f.name, f.size, f.changed"
                " FROM files f JOIN folders d ON d.id = f.folder"
            )
            if FileFacts.of(os.path.join(place, name)) != (size, changed)
        ]
        for table in ("files", "proofs"):
            database.executemany(f"DELETE FROM {table} WHERE folder = ? AND name = ?", gone)
        shown = database.execute("SELECT path, size, changed FROM thumbnails").fetchall()
        stale = {(path,) for path, *facts in shown if FileFacts.of(path) != tuple(facts)}
        database.executemany("DELETE FROM thumbnails WHERE path = ?", stale)
        pictures = database.execute(
            "DELETE FROM vectors WHERE content NOT IN (SELECT content FROM files)"
            " AND content NOT IN (SELECT content FROM served)"
        ).rowcount
        database.execute(
            "DELETE FROM contents WHERE id NOT IN"
            " (SELECT content FROM files UNION SELECT content FROM vectors)"
        )
        database.execute("DELETE FROM served WHERE content NOT IN (SELECT id FROM contents)")
        database.execute("DELETE FROM looks WHERE content NOT IN (SELECT id FROM contents)")
        database.execute("DELETE FROM folders WHERE id NOT IN (SELECT folder FROM files)")
    with database.guarded():
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Pruned(len(gone), pictures)


def _by_encoder(database: Database, table: str) -> dict[str, int]:
    rows = database.execute(
        f"SELECT e.name, count(*) FROM {table} t JOIN encoders e ON e.id = t.encoder"
        " GROUP BY e.name"
    )
    return dict(rows.fetchall())


def _size(path: Path) -> int:
    files = (path.with_name(path.name + suffix) for suffix in _SIDE_FILES)
    return sum(file.stat().st_size for file in files if file.exists())
