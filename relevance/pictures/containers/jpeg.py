"""JPEG: tables, frames and scans are pixels; of the APPn segments two decide what colours mean."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

from relevance.pictures.containers.container import Container, Pieces, read_at, size_of
from relevance.pictures.containers.exif import first_orientation

SIGNATURE = b"\xff\xd8\xff"
_START, _END = b"\xff\xd8", b"\xff\xd9"
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without content
_SCAN, _COMMENT = 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ICC = b"ICC_PROFILE\0"
_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_NOISE = b"\x5a\xa5\x3c\xd2\x69\x17\xe8\x91"  # any entropy-coded data; no marker in it


class Segment(NamedTuple):
    """A marker and where its content is."""

    marker: int
    start: int  # of the marker
    stop: int

    def content(self, source: IO[bytes]) -> bytes:
        """Read what follows marker and length."""
        return read_at(source, self.start + 4, self.stop - self.start - 4)


def read(source: IO[bytes]) -> Container:
    """Read the segments up to the first scan; behind it everything is kept."""
    pieces = Pieces()
    pieces.put(_START)
    exif: list[bytes] = []
    profile: dict[int, bytes] = {}
    parts = 0
    for segment in _segments(source):
        if segment.marker == _SCAN:
            pieces.keep(segment.start, _data_end(source))
            break
        if not (_APP0 <= segment.marker <= _APP15 or segment.marker == _COMMENT):
            pieces.keep(segment.start, segment.stop)
            continue
        if segment.marker not in (_APP0, _APP1, _APP2, _APP14):
            continue
        content = segment.content(source)
        if segment.marker == _APP1 and content.startswith(b"Exif\0\0"):
            exif.append(content)
        elif segment.marker == _APP2 and content.startswith(_ICC) and len(content) > len(_ICC) + 2:
            number, parts = content[len(_ICC) : len(_ICC) + 2]
            profile[number] = content[len(_ICC) + 2 :]
        else:
            pieces.put(_colours(segment.marker, content))
    whole = [profile[number] for number in range(1, parts + 1) if number in profile]
    return Container(
        pieces.kept,
        orientation=first_orientation(exif),
        profile=b"".join(whole) if len(whole) == parts else b"",
        tails=(_END, _NOISE * (size_of(source) // len(_NOISE) + 1) + _END),
    )


def _segments(source: IO[bytes]) -> Iterator[Segment]:
    """Yield the segments up to the first scan, passing over bytes between them as libjpeg does."""
    place, size = len(_START), size_of(source)
    while place + 4 <= size:
        marker = read_at(source, place, 4)
        if marker[0] != 0xFF or marker[1] in (0x00, 0xFF):
            place += 1
        elif marker[1] in _ALONE:
            place += 2
        else:
            stop = place + 2 + max(struct.unpack(">H", marker[2:])[0], 2)
            yield Segment(marker[1], place, min(stop, size))
            place = stop


def _data_end(source: IO[bytes]) -> int:
    """Return the end of the file, without half a marker."""
    size = size_of(source)
    return size - (read_at(source, size - 1, 1) == b"\xff")


def _colours(marker: int, content: bytes) -> bytes:
    """Write anew what a decoder would see: that it is JFIF, or Adobe's colour transform."""
    if marker == _APP0 and content.startswith(b"JFIF\0") and len(content) >= len(_JFIF):
        return struct.pack(">BBH", 0xFF, _APP0, len(_JFIF) + 2) + _JFIF
    if marker == _APP14 and content.startswith(b"Adobe") and len(content) >= 12:
        return struct.pack(">BBH", 0xFF, _APP14, 14) + content[:12]
    return b""


def frame(source: IO[bytes]) -> tuple[int, int]:
    """Return the marker of the frame and its bits a sample; zeros where there is none."""
    for segment in _segments(source):
        if segment.marker in _FRAMES:
            return segment.marker, (segment.content(source) or b"\0")[0]
        if segment.marker == _SCAN:
            break
    return 0, 0


def has_every_scan(source: IO[bytes]) -> bool:
    """Say whether a scan at full precision has begun for every coefficient of every component.

    A progressive file that is cut in half has a coarse form of every pixel: half a picture too.
    """
    waiting: set[tuple[int, int]] = set()
    for segment in _segments(source):
        if segment.marker in _FRAMES:
            content = segment.content(source)
            waiting = {(number, band) for number in content[6::3] for band in range(64)}
        elif segment.marker == _SCAN:
            rest = read_at(source, segment.start, size_of(source))
            place = 0
            while place >= 0:
                waiting -= _finished(rest[place + 4 : place + 64])
                place = rest.find(bytes((0xFF, _SCAN)), place + 4)
            break
    return not waiting


def _finished(header: bytes) -> set[tuple[int, int]]:
    """Return the coefficients of each component that a scan brings to full precision."""
    count = header[0] if header else 0
    parameters = header[1 + 2 * count : 4 + 2 * count]
    if len(parameters) < 3 or parameters[2] & 15:
        return set()
    bands = range(parameters[0], min(parameters[1], 63) + 1)
    return {(number, band) for number in header[1 : 1 + 2 * count : 2] for band in bands}
