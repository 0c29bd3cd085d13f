"""What tells one file from another, and an unchanged file from a changed one."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import NamedTuple

_EARLIEST_NS = -(2**63)  # what SQLite can hold
_SETTLED_NS = 2_000_000_000  # coarser than any file system's clock


class FileFacts(NamedTuple):
    """Size in bytes and time of change in nanoseconds."""

    size: int
    changed: int

    @classmethod
    def of(cls, path: str | bytes) -> FileFacts | None:
        """Look at a file; None where there is none, or none that can be looked at."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        return cls(status.st_size, status.st_mtime_ns)

    @property
    def is_settled(self) -> bool:
        """Whether another change is sure to show; within one tick of the clock it might not.

        Nor would it where the time is none that the cache can hold: before 1678 or after 2262.
        """
        return _EARLIEST_NS <= self.changed < time.time_ns() - _SETTLED_NS


def content_digest(content: Path | bytes) -> bytes:
    """Hash a file's content, which may be here already; empty where it cannot be read."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest()
    return digest_of(str(content))


def digest_of(path: str) -> bytes:
    """Hash a file's content (SHA-256); empty where it cannot be read: reading it says why."""
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return b""
