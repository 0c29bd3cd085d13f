"""What a picture file is once everything that is not pixels has been passed over."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import IO

Piece = bytes | range
"""Bytes of our own, or a range of offsets in the file."""

FILLINGS = (0x00, 0xFF, 0x5A, 0xA5, 0x33, 0xCC, 0x0F, 0x69)
"""Bytes that stand for what is missing."""

WHOLE_FILE: tuple[Piece, ...] = (range(1 << 62),)


@dataclass(frozen=True, slots=True)
class Container:
    """What decides the pixels of a file, and the little that is read beside them.

    Attributes:
        pieces: The file again, without what does not decide pixels.
        orientation: EXIF orientation, 1 to 8; 1 where the file says nothing that can be read.
        profile: ICC profile; empty where there is none.
        bits: Bits of a sample that are in use, where the file says so; 0 where it does not.
        levels: Largest value of a grey sample as stored, where the decoder stretches it to 255.
        tails: Ways to go on where the file ends early, two or more: what comes out the same with
            two of them was in the file. Some decoders give up on some of them.
        lacks_end: Whether the file is seen to end early.
        descriptor: Whether the decoder may read the file itself, which has the same offsets.
    """

    pieces: Sequence[Piece] = WHOLE_FILE
    orientation: int = 1
    profile: bytes = b""
    bits: int = 0
    levels: int = 255
    tails: tuple[bytes, ...] = (b"", b"")
    lacks_end: bool = False
    descriptor: bool = False


@dataclass(slots=True)
class Pieces:
    """Collects what is kept of a file; neighbouring ranges become one."""

    kept: list[Piece] = field(default_factory=list)

    def keep(self, start: int, stop: int) -> None:
        """Keep a range of the file."""
        last = self.kept[-1] if self.kept else b""
        if isinstance(last, range) and last.stop == start:
            self.kept[-1] = range(last.start, stop)
        else:
            self.kept.append(range(start, stop))

    def put(self, content: bytes) -> None:
        """Put bytes of our own."""
        self.kept.append(content)


def view(source: IO[bytes], container: Container, tail: bytes = b"") -> IO[bytes]:
    """Return the pieces, then the tail, as one seekable file."""
    size = size_of(source)
    pieces = [
        piece if isinstance(piece, bytes) else range(piece.start, min(piece.stop, size))
        for piece in container.pieces
    ]
    spliced = _Spliced(source, [*pieces, tail], with_descriptor=container.descriptor)
    return io.BufferedReader(spliced, io.DEFAULT_BUFFER_SIZE)


def size_of(source: IO[bytes]) -> int:
    """Return the length of a file in bytes."""
    return source.seek(0, io.SEEK_END)


def read_at(source: IO[bytes], start: int, count: int) -> bytes:
    """Read up to ``count`` bytes at an offset."""
    source.seek(start)
    return source.read(max(count, 0))


def padding(size: int) -> tuple[bytes, ...]:
    """Return tails for files whose decoder wants every byte that was announced.

    A sixteenth of the file: where more is missing, too many pixels are.
    """
    length = max(4096, size // 16)
    return tuple(bytes([value]) * length for value in FILLINGS)


class _Spliced(io.RawIOBase):
    """Pieces of a file and of our own as one file, without a copy of what may be large."""

    def __init__(
        self, source: IO[bytes], pieces: Sequence[Piece], *, with_descriptor: bool
    ) -> None:
        self._source = source
        self._pieces = [piece for piece in pieces if len(piece)]
        self._ends = list(accumulate(map(len, self._pieces)))
        self._with_descriptor = with_descriptor
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        if not self._with_descriptor:
            raise io.UnsupportedOperation("fileno")
        return self._source.fileno()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {
            io.SEEK_SET: 0,
            io.SEEK_CUR: self._place,
            io.SEEK_END: self._ends[-1] if self._ends else 0,
        }[whence]
        self._place = start + offset
        if self._place < 0:
            raise ValueError("negative offset")
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number = bisect_right(self._ends, self._place)
        if number == len(self._pieces):
            return 0
        piece = self._pieces[number]
        begin = self._place - (self._ends[number] - len(piece))
        part = piece[begin : begin + len(buffer)]
        content = part if isinstance(part, bytes) else read_at(self._source, part.start, len(part))
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)
