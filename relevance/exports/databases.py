"""SQLite files: connections that are shared, transactions that are whole or not at all, errors."""

from __future__ import annotations

import errno
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUSY_SECONDS = 60

_PRIMARY_CODE = 0xFF  # the rest of an error code is detail
_DISK = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
}
"""What the system would have called SQLite's errors that are the disk's."""


class Connection(ABC):
    """A connection; threads take turns, and other processes may share the file."""

    def __init__(self, place: str | Path, *, is_uri: bool = False) -> None:
        """Open the file, and prepare it; what is raised then is as ``_explained`` says.

        Args:
            place: The file, or its URI, which may say how it is opened.
            is_uri: Whether ``place`` is a URI.
        """
        self._turn = threading.RLock()
        with self.guarded():
            self._connection = sqlite3.connect(
                place,
                uri=is_uri,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self.execute = self._connection.execute
            self.executemany = self._connection.executemany
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the file holds, or recognise it, and set what a connection is to heed."""

    @abstractmethod
    def _explained(self, error: sqlite3.Error) -> Exception:
        """Return what to raise in the place of an error."""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into ours; see ``_explained``."""
        try:
            with self._turn:
                yield
        except sqlite3.Error as error:
            raise self._explained(error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit everything that is written inside, or nothing of it."""
        with self.guarded(), transaction(self._connection, "IMMEDIATE"):
            yield

    def _number(self, pragma: str) -> int:
        (value,) = self.execute(f"PRAGMA {pragma}").fetchone()
        return int(value)


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "") -> Iterator[None]:
    """Do all that is done inside, or nothing of it; ``kind`` is SQLite's word after BEGIN."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE


def disk_error(error: sqlite3.Error) -> OSError | None:
    """Return an error as the system would have raised it; None where it is not the disk's."""
    number = _DISK.get(code_of(error))
    return None if number is None else OSError(number, str(error))
