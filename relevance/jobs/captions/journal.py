"""What a run has done so far, on disk: nothing is done twice, and a killed run can go on.

An SQLite file beside the output. It holds the vector of every picture and caption by a hash of its
address or text, and the outcome of every row. A batch of rows is one transaction.
"""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relevance.encoders.base import FloatArray
from relevance.errors import RelevanceError, UsageError, unwritable
from relevance.exports.databases import code_of, disk_error, transaction
from relevance.exports.locks import process_holding
from relevance.system.json_reader import JsonError, parse
from relevance.system.names import printable

_SCHEMA = (
    "CREATE TABLE settings (value TEXT)",
    "CREATE TABLE pictures (key BLOB PRIMARY KEY, vector BLOB, reason TEXT, digest BLOB)",
    "CREATE TABLE captions (key BLOB PRIMARY KEY, vector BLOB, is_long INTEGER)",
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, picture BLOB, caption BLOB,"
    " similarity REAL, clip_score REAL, is_long INTEGER, reason TEXT)",
    "CREATE TABLE thumbnails (picture BLOB PRIMARY KEY, webp BLOB)",
)
_KEY_BYTES = 16

_CHANGES = {
    "table": "the table was another, or has been changed",
    "version": "it was another release of this program",
}
"""How to say of a setting that it differs, where its value tells a person nothing."""


@dataclass(frozen=True, slots=True)
class RowScore:
    """The outcome of one row.

    Attributes:
        similarity: None where the row was skipped.
        clip_score: 100 · max(cosine, 0); None where the row was skipped.
        reason: Why it was skipped; empty where it was not.
        is_long: Whether the caption is longer than the encoder's context.
        picture: Key of the picture; empty where none is named.
        caption: Key of the caption; empty where there is none.
    """

    similarity: float | None
    clip_score: float | None
    reason: str
    is_long: bool
    picture: bytes
    caption: bytes


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture's vector, ``(dim,)`` float32, or the reason why there is none.

    ``digest`` is the hash of its content, which copies at several addresses share; it may be empty.
    """

    vector: FloatArray | None
    reason: str
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class KnownCaption:
    """A caption's vector, ``(dim,)`` float32."""

    vector: FloatArray
    is_long: bool


def key_of(item: str | bytes) -> bytes:
    """Return the key of an address or caption, or of a picture's file."""
    if isinstance(item, bytes):
        return hashlib.blake2b(item, digest_size=_KEY_BYTES, person=b"content").digest()
    return hashlib.blake2b(item.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


class Journal:
    """The journal of one run; one process at a time, one thread.

    Whoever has it open has the output for himself: another process is told so, whatever it asks.

    Attributes:
        n_rows: How many rows are done.
        has_begun: Whether it says what they depend on.
    """

    n_rows: int = 0
    has_begun: bool = False

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            UsageError: Another run has it, or it is no journal.
            OSError: It cannot be made.
        """
        self._path = path
        try:
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        except sqlite3.Error as error:
            raise OSError(errno.EACCES, str(error), str(path)) from error
        try:
            with self.guarded():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")  # kept until closed
        run("PRAGMA synchronous = OFF")  # what a killed process wrote is safe with the system
        with transaction(self._connection, "EXCLUSIVE"):
            (made,) = run("SELECT count(*) FROM sqlite_master").fetchone()
            for statement in () if made else _SCHEMA:
                run(statement)
        (self.n_rows,) = run("SELECT count(*) FROM rows").fetchone()

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Say what the rows will depend on.

        Args:
            settings: All that the outcome of a row depends on, as JSON types.

        Raises:
            UsageError: It has rows of a run with other settings, or cannot be read.
        """
        run, now = self._connection.execute, json.dumps(settings, sort_keys=True)
        found = run("SELECT value FROM settings").fetchone()
        if self.n_rows and found != (now,):
            differ = _difference(found[0], now) if found else "it does not say which"
            raise UsageError(
                f"{printable(self._path)} is of a run that was started with another table, model "
                f"or other options: {differ}. Go on with those, or delete it to start over."
            )
        with transaction(self._connection):
            run("DELETE FROM settings")
            run("INSERT INTO settings VALUES (?)", (now,))
        self.has_begun = True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into ours.

        Raises:
            UsageError: Another run has the journal, or it is damaged.
            OutputError: The disk is full, for example.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise _explained(error, self._path) from error

    def rows(self, start: int, count: int) -> list[RowScore]:
        """Return the outcomes of rows from ``start`` on, those that are there."""
        found = self._connection.execute(
            "SELECT similarity, clip_score, reason, is_long, picture, caption FROM rows"
            " WHERE number >= ? AND number < ? ORDER BY number",
            (start, start + count),
        )
        return [
            RowScore(similarity, clip_score, reason, bool(is_long), picture, caption)
            for similarity, clip_score, reason, is_long, picture, caption in found
        ]

    def picture(self, key: bytes) -> KnownPicture | None:
        """Return a picture that was done."""
        query = "SELECT vector, reason, digest FROM pictures WHERE key = ?"
        row = self._connection.execute(query, (key,)).fetchone()
        return KnownPicture(_vector(row[0]) if row[0] else None, *row[1:]) if row else None

    def caption(self, key: bytes) -> KnownCaption | None:
        """Return a caption that was done."""
        query = "SELECT vector, is_long FROM captions WHERE key = ?"
        row = self._connection.execute(query, (key,)).fetchone()
        return KnownCaption(_vector(row[0]), bool(row[1])) if row else None

    def save(
        self,
        pictures: Mapping[bytes, KnownPicture],
        captions: Mapping[bytes, KnownCaption],
        start: int,
        rows: Iterable[RowScore],
        thumbnails: Mapping[bytes, bytes],
    ) -> None:
        """Enter a batch: all of it or nothing."""
        many = self._connection.executemany
        entries = [
            (n, r.picture, r.caption, r.similarity, r.clip_score, r.is_long, r.reason)
            for n, r in enumerate(rows, start=start)
        ]
        with transaction(self._connection):
            many(
                "INSERT OR IGNORE INTO pictures VALUES (?, ?, ?, ?)",
                [
                    (key, _blob(item.vector), item.reason, item.digest)
                    for key, item in pictures.items()
                ],
            )
            many(
                "INSERT OR IGNORE INTO captions VALUES (?, ?, ?)",
                [(key, _blob(item.vector), item.is_long) for key, item in captions.items()],
            )
            many("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", entries)
            many("INSERT OR IGNORE INTO thumbnails VALUES (?, ?)", list(thumbnails.items()))
        self.n_rows += len(entries)

    def thumbnail(self, picture: bytes) -> bytes:
        """Return a picture's thumbnail; empty where none was kept."""
        query = "SELECT webp FROM thumbnails WHERE picture = ?"
        row = self._connection.execute(query, (picture,)).fetchone()
        return row[0] if row else b""

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the keys of each different pair that was scored, in the order of rows."""
        yield from self._connection.execute(
            "SELECT picture, caption FROM rows WHERE reason = ''"
            " GROUP BY picture, caption ORDER BY min(number)"
        )


def _vector(blob: bytes) -> FloatArray:
    return np.frombuffer(blob, np.float32)


def _blob(vector: FloatArray | None) -> bytes | None:
    return None if vector is None else vector.astype(np.float32).tobytes()


def _explained(error: sqlite3.Error, path: Path) -> RelevanceError:
    """Return what to raise; only what is damaged, and used by nobody, may be deleted."""
    name = printable(path)
    if code_of(error) == sqlite3.SQLITE_BUSY:
        holder = process_holding(path)
        who = f" (process {holder})" if holder else ""
        return UsageError(
            f"Another run is writing this table{who}, with {name} as its journal; wait for it, or "
            "choose another --output."
        )
    if reason := disk_error(error):
        return unwritable(path, reason)
    return UsageError(
        f"{name} is not usable ({error}). Choose another place with --output, or delete it to "
        "start over."
    )


def _difference(old: str, new: str) -> str:
    """Name the settings that differ."""
    try:
        before, now = parse(old), json.loads(new)
    except JsonError:
        before = None
    if not isinstance(before, dict):
        return "it does not say which"
    differ = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
    return ", ".join(_CHANGES.get(name) or f"{name} was {before.get(name)}" for name in differ)
