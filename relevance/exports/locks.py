"""Locks on files and folders that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there
    fcntl = None  # type: ignore[assignment]

_FLOCK = "hhqqi4x"
"""Linux' struct flock, 64 bits: kind, whence, start, length, process."""


def hold(file: Path) -> int | None:
    """Lock a file, or wait until it can be; closing the descriptor that is returned ends it.

    Where files cannot be locked, or this one not be opened, nothing is, and None is returned.
    """
    if not fcntl:
        return None
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return None
    with contextlib.suppress(OSError):  # some network drives know no locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def hold_at_once(file: Path) -> int | None:
    """Lock a file as ``hold`` does, but do not wait.

    Raises:
        BlockingIOError: Another holds it.
    """
    if not fcntl:
        return None
    descriptor = os.open(file, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # some network drives know no locks
        pass
    return descriptor


def is_held(file: Path) -> bool:
    """Say whether a process holds a file; where that cannot be known, one may."""
    if not fcntl:
        return True
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait for other processes that are in here with the same folder."""
    descriptor = hold(folder)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def process_holding(file: Path) -> int | None:
    """Return the process that has locked a file with POSIX locks, as SQLite does; None if unknown.

    Not for files that this process has open: closing them would end its own locks.
    """
    if sys.platform != "linux" or not fcntl:
        return None
    question = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        with file.open("rb") as stream:
            answer = fcntl.fcntl(stream, fcntl.F_GETLK, question)
    except OSError:
        return None
    kind, _, _, _, holder = struct.unpack(_FLOCK, answer)
    return holder if kind != fcntl.F_UNLCK and holder > 0 else None
