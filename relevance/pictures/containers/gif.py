"""GIF: the first image and its transparency are pixels; other extensions are passed over."""

from __future__ import annotations

from typing import IO

from relevance.pictures.containers.container import Container, Pieces, read_at, size_of

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, b"\x3b"
_CONTROL = 0xF9


def read(source: IO[bytes]) -> Container:
    """Read the blocks up to the end of the first image."""
    pieces = Pieces()
    flags = (read_at(source, 0, 13)[10:11] or b"\0")[0]
    place, size = 13 + _table(flags), size_of(source)
    pieces.keep(0, place)
    control, lacks_end = b"", False
    while place < size:
        head = read_at(source, place, 10)
        if head[0] == _IMAGE and len(head) == 10:
            stop = _blocks_end(source, place + 11 + _table(head[9]), size)
            pieces.put(control)
            pieces.keep(place, stop)
            if stop < size or read_at(source, size - 1, 1) in (_END, b"\0"):
                pieces.put(_END)
            lacks_end = stop == size
            break
        if head[0] == _EXTENSION and len(head) >= 8:
            if head[1] == _CONTROL and head[2] == 4:
                control = head[:7] + b"\0"
            place = _blocks_end(source, place + 2, size)
        else:
            place += 1  # bytes between blocks, which viewers pass over
    return Container(pieces.kept, lacks_end=lacks_end)


def _table(flags: int) -> int:
    """Return the bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(source: IO[bytes], place: int, size: int) -> int:
    """Return the offset behind a chain of sub-blocks."""
    while place < size:
        length = read_at(source, place, 1)[0]
        place += 1 + length
        if not length:
            break
    return min(place, size)
