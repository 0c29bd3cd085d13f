"""SQLite files: a transaction that is whole or not at all, and what errors mean to the system."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_PRIMARY_CODE = 0xFF  # the rest of an error code is detail
_DISK = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
}
"""What the system would have called SQLite's errors that are the disk's."""


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
