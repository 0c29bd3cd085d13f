"""Files of others put into places where nothing is: copied, moved or linked, and brought back.

Nothing is ever written over. A free name is taken by an empty file, which one process alone can
make, and which becomes the whole file in one step; so this holds on drives that know no second
names too. A process that is killed leaves an empty file, the whole one, or a hidden draft, and the
source is there until the whole file is.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from relevance.exports.drafts import Draft, settle_folder

_BLOCK = 1 << 20


def put_copy(source: Path | bytes, place: Path) -> bytes:
    """Copy a file, or write its content, to a place where nothing is.

    Returns:
        The SHA-256 of what was written.

    Raises:
        FileExistsError: Something is there.
        OSError: The source cannot be read, or the place not be written; nothing is left there.
    """
    with _taken(place, source if isinstance(source, Path) else None):
        return _fill(source, place)


def put_moved(source: Path, place: Path) -> None:
    """Move a file to a place where nothing is, also to another drive.

    Raises:
        FileExistsError: Something is there.
        OSError: It cannot be moved; it is where it was, and nothing is left at the place.
    """
    with _taken(place, source):
        try:
            source.replace(place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _fill(source, place)
            settle_folder(place.parent)  # or a power cut could take the one and the other
            source.unlink()


def put_link(source: Path, place: Path) -> None:
    """Make a symbolic link; raises ``FileExistsError`` where something is, or ``OSError``."""
    place.symlink_to(source)


def same_bytes(one: Path, other: Path) -> bool:
    """Say whether two files that can be read hold the same; raises ``OSError`` where not."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(_BLOCK):
            if block != right.read(_BLOCK):
                return False
    return True


@contextlib.contextmanager
def _taken(place: Path, source: Path | None) -> Iterator[None]:
    """Take a free name; give it up where the work inside fails.

    What has become the whole file by then stays, unless the source is still there.
    """
    descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    empty = os.fstat(descriptor)
    os.close(descriptor)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            is_empty = os.path.samestat(empty, place.stat())
            if is_empty or source is None or os.path.lexists(source):
                place.unlink()
        raise


def _fill(source: Path | bytes, place: Path) -> bytes:
    """Let the file at a place have the content of another; return its SHA-256."""
    digest = hashlib.sha256()
    draft = Draft.beside(place)
    try:
        with draft.file.open("wb") as made:
            for block in _blocks(source):
                digest.update(block)
                made.write(block)
        draft.settle()
        if isinstance(source, Path):
            with contextlib.suppress(OSError):  # some drives know no modes
                shutil.copystat(source, draft.file)
        draft.take_place()
    finally:
        draft.discard()
    return digest.digest()


def _blocks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
