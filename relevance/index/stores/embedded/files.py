"""Files that only grow: what is committed is never changed, what lies behind it is nobody's yet."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.errors import StoreError
from relevance.exports.atomic import explained
from relevance.system.names import printable


def append(file: Path, committed: int, parts: Iterable[npt.NDArray[Any]]) -> None:
    """Write arrays behind the committed bytes, over what a killed run left there.

    They are on the disk when this returns.

    Raises:
        OutputError: It is full, for example.
        StoreError: The file is shorter than what was committed.
    """
    with explained(file.parent.parent):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(descriptor, "r+b") as stream:
            _check_length(file, os.fstat(stream.fileno()).st_size, committed)
            stream.truncate(committed)
            stream.seek(committed)
            for part in parts:
                stream.write(np.ascontiguousarray(part).data)
            stream.flush()
            os.fsync(stream.fileno())


def mapped(file: Path, kind: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Map the first entries of a file into memory, as an array that cannot be written to.

    Raises:
        StoreError: The file is not there, or too short.
    """
    count = int(np.prod(shape))
    length = count * np.dtype(kind).itemsize
    if not length:
        return np.empty(shape, kind)
    try:
        with open(file, "rb") as stream:
            _check_length(file, os.fstat(stream.fileno()).st_size, length)
            memory = mmap.mmap(stream.fileno(), length, access=mmap.ACCESS_READ)
    except OSError as error:
        name = printable(file)
        raise StoreError(
            f"{name} cannot be read ({error.strerror}); copy the whole folder of the index again."
        ) from error
    return np.frombuffer(memory, kind, count).reshape(shape)


def _check_length(file: Path, found: int, needed: int) -> None:
    if found < needed:
        raise StoreError(
            f"{printable(file)} is shorter than it was; copy the whole folder of the index again, "
            "or make it again with --again."
        )
