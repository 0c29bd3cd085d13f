"""HEIF, AVIF and JPEG 2000, which are boxes in boxes: what is not needed is renamed or left out."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from relevance.pictures.containers.container import (
    FILLINGS,
    Container,
    Piece,
    Pieces,
    padding,
    read_at,
    size_of,
)

CODESTREAM = b"\xff\x4f\xff\x51"
JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_METADATA_ITEM = re.compile(rb"infe[\2\3]...(?:..|....)..(Exif|mime|uri )", re.DOTALL)
_LARGEST_META = 1 << 26
_NO_ITEM = b"skip"  # an item type that no decoder knows
_HEADERS = 1 << 16  # bytes in which a codestream says how it is coded
_CODING_STYLE, _END = b"\xff\x52", b"\xff\xd9"
_TILE, _END_MARKER = 0xFF90, 0xFFD9
_MOST_MISSING = 1 << 26  # bytes
_PROFILE_METHOD = 2  # of a JPEG 2000 colour box: a restricted ICC profile


def is_heif(head: bytes) -> bool:
    """Recognise HEIF and AVIF, and their kin, by the first bytes."""
    return head[4:8] == b"ftyp"


def read_heif(source: IO[bytes]) -> Container:
    """Rename the items that hold EXIF and XMP: boxes of its own turn the picture, nothing else."""
    pieces: list[Piece] = []
    place, size = 0, size_of(source)
    lacks_end = False
    for kind, start, stop in _boxes(source, 0, size):
        if kind == b"meta" and stop - start < _LARGEST_META:
            for found in _METADATA_ITEM.finditer(read_at(source, start, stop - start)):
                pieces += [range(place, start + found.start(1)), _NO_ITEM]
                place = start + found.end(1)
        lacks_end = stop > size
    pieces.append(range(place, 1 << 62))
    return Container(pieces, tails=padding(size), lacks_end=lacks_end)


def read_jp2(source: IO[bytes]) -> Container:
    """Keep signature, type, the header without its resolution, and the codestream."""
    pieces = Pieces()
    profile = b""
    end = 1 << 62
    for kind, start, stop in _boxes(source, 0, size_of(source)):
        if kind == b"jp2h":
            inner = list(_boxes(source, start + 8, stop))
            kept = [box for box in inner if box[0] != b"res "]
            pieces.put(struct.pack(">I4s", 8 + sum(b - a for _, a, b in kept), kind))
            for name, a, b in kept:
                pieces.keep(a, b)
                content = read_at(source, a + 8, b - a - 8) if name == b"colr" else b""
                if content[:1] == bytes([_PROFILE_METHOD]):
                    profile = profile or content[3:]
        elif kind in (b"jP  ", b"ftyp"):
            pieces.keep(start, stop)
        elif kind == b"jp2c":
            end = _tiles_end(source, read_at(source, start, _HEADERS).find(CODESTREAM) + start)
            pieces.keep(start, end)
    whole = _codestream(source, end)
    pieces.put(_END if not whole.tails[0] else b"")
    return replace(whole, pieces=pieces.kept, profile=profile)


def read_codestream(source: IO[bytes]) -> Container:
    """Keep a bare JPEG 2000 codestream."""
    return _codestream(source, _tiles_end(source, 0))


def _codestream(source: IO[bytes], end: int) -> Container:
    """Return a codestream whose last tile ends at an offset, where the end marker belongs.

    Its tails fill up the tile, no more, for the marker has to follow.
    """
    missing = end - size_of(source)
    tails = [bytes([value]) * missing + _END for value in FILLINGS]
    can_go_on = 0 < missing < _MOST_MISSING
    return Container(
        [range(end)] if can_go_on else [range(end), _END],
        tails=tuple(tails) if can_go_on else (b"", b""),
        lacks_end=missing > -len(_END),
    )


def _tiles_end(source: IO[bytes], place: int) -> int:
    """Return the offset at which the last tile of a codestream should end."""
    place, size = place + 2, size_of(source)
    while place + 12 <= size:
        marker, length = struct.unpack(">HH", read_at(source, place, 4))
        if marker == _TILE:
            (length,) = struct.unpack(">I", read_at(source, place + 6, 4))
            place += length or size - place
        elif marker >> 8 == 0xFF and marker != _END_MARKER:
            place += 2 + length
        else:
            break
    return place


def halvings(source: IO[bytes]) -> int:
    """Return how often a JPEG 2000 picture can be decoded at half its size; 0 where none says."""
    head = read_at(source, 0, _HEADERS)
    place = head.find(_CODING_STYLE, max(head.find(CODESTREAM), 0))
    return head[place + 9] if 0 <= place < len(head) - 9 else 0


def _boxes(source: IO[bytes], place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of each box; the end of one that is cut off is behind the file."""
    while place + 8 <= end:
        length, kind = struct.unpack(">I4s", read_at(source, place, 8))
        if length == 1:
            (length,) = struct.unpack(">Q", read_at(source, place + 8, 8).ljust(8, b"\0"))
        elif length == 0:
            length = end - place
        if length < 8:
            return
        yield kind, place, min(place + length, 1 << 62)
        place += length
