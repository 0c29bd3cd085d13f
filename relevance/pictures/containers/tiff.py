"""TIFF: the largest page, with the tags that decide its pixels; all others are passed over."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from relevance.pictures.containers.container import Container, Piece, padding, read_at, size_of

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_REDUCED, _OLD_KIND, _WIDTH, _HEIGHT = 254, 255, 256, 257
_BITS, _PHOTOMETRIC, _ORIENTATION = 258, 262, 274
_HIGHEST, _PAGES_BELOW, _FORMAT, _PROFILE = 281, 330, 339, 34675
_PIXEL_TAGS = frozenset(
    {_WIDTH, _HEIGHT, _BITS, 259, _PHOTOMETRIC, 266}  # compression, fill order
    | {273, 277, 278, 279, 284}  # strips, samples a pixel, planes
    | {292, 293, 317, 320}  # fax options, predictor, colour map
    | {322, 323, 324, 325}  # tiles
    | {338, _FORMAT, 347}  # extra samples, sample format, JPEG tables
    | set(range(512, 522))  # old JPEG
    | {529, 530, 531, 532}  # YCbCr
)
_SENSOR = {32803, 34892}  # photometric interpretations of camera data
_FLOAT = 3
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_PAGES, _MOST_VALUES = 1000, 64


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    raw: bytes  # the entry as it stands in the file
    values: tuple[int, ...]  # the first of them, where they are integers


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of a file: offset, and its tags that were understood."""

    offset: int
    stop: int
    entries: dict[int, _Entry]

    def value(self, tag: int, otherwise: int = 0) -> int:
        """Return the first value of a tag."""
        entry = self.entries.get(tag)
        return entry.values[0] if entry and entry.values else otherwise

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.value(_WIDTH) * self.value(_HEIGHT)

    @property
    def is_reduced(self) -> bool:
        """Whether the file says that it is a small form of another page, or a mask."""
        return bool(self.value(_REDUCED) & 5) or self.value(_OLD_KIND) == 2

    @property
    def is_sensor_data(self) -> bool:
        """Whether it is what a camera's sensor saw, before it is a picture."""
        return self.value(_PHOTOMETRIC) in _SENSOR


class _Layout:
    """Byte order and field sizes of a file."""

    def __init__(self, head: bytes) -> None:
        self.order = "<" if head[:2] == b"II" else ">"
        self.is_big = b"+" in head[2:4]
        self.pointer = "Q" if self.is_big else "I"
        self.entry = 20 if self.is_big else 12
        self.count = "Q" if self.is_big else "H"
        self.first = 8 if self.is_big else 4

    def unpack(self, code: str, content: bytes) -> int:
        """Return one integer; 0 where the file ends before it."""
        length = struct.calcsize(self.order + code)
        (value,) = struct.unpack(self.order + code, content[:length].ljust(length, b"\0"))
        return int(value)


def read(source: IO[bytes]) -> Container:
    """Choose the page and keep the tags that decide its pixels."""
    layout = _Layout(read_at(source, 0, 4))
    found = pages(source)
    if not found:
        return Container()
    page = _best(found)
    return Container(
        _with_directory(page, layout),
        orientation=max(1, min(page.value(_ORIENTATION, 1), 8)),
        profile=_bytes_of(source, page, layout),
        bits=_bits_in_use(page),
        tails=padding(size_of(source)),
        descriptor=_has_descriptor(source),
    )


def pages(source: IO[bytes]) -> list[Page]:
    """Return the directories of a file that hold a picture, those below others included."""
    layout = _Layout(read_at(source, 0, 4))
    size = struct.calcsize("<" + layout.pointer)
    waiting = [layout.unpack(layout.pointer, read_at(source, layout.first, size))]
    found: dict[int, Page] = {}
    while waiting and len(found) < _MOST_PAGES:
        offset = waiting.pop()
        if offset and offset not in found and offset < size_of(source):
            page = _directory(source, offset, layout)
            found[offset] = page
            waiting.append(layout.unpack(layout.pointer, read_at(source, page.stop, size)))
            waiting += page.entries[_PAGES_BELOW].values if _PAGES_BELOW in page.entries else ()
    return [page for page in found.values() if page.pixels]


def is_float(source: IO[bytes]) -> bool:
    """Say whether the picture's samples are floating-point numbers."""
    return any(page.value(_FORMAT, 1) == _FLOAT for page in pages(source))


def is_camera_raw(source: IO[bytes]) -> bool:
    """Say whether the file holds what a camera's sensor saw."""
    return any(page.is_sensor_data for page in pages(source))


def _best(found: Sequence[Page]) -> Page:
    """Return the first page, or the largest where the first is marked as reduced."""
    first = found[0]
    if not first.is_reduced:
        return first
    whole = [page for page in found if not page.is_reduced] or list(found)
    return max(whole, key=lambda page: page.pixels)


def _directory(source: IO[bytes], offset: int, layout: _Layout) -> Page:
    length = struct.calcsize(layout.order + layout.count)
    count = layout.unpack(layout.count, read_at(source, offset, length))
    count = min(count, 4096 if layout.is_big else 0xFFFF)
    start = offset + length
    block = read_at(source, start, count * layout.entry)
    entries: dict[int, _Entry] = {}
    for place in range(0, len(block) - layout.entry + 1, layout.entry):
        raw = block[place : place + layout.entry]
        tag = layout.unpack("H", raw)
        entries.setdefault(tag, _entry(source, raw, layout))
    return Page(offset, start + count * layout.entry, entries)


def _entry(source: IO[bytes], raw: bytes, layout: _Layout) -> _Entry:
    kind = layout.unpack("H", raw[2:])
    count = layout.unpack(layout.pointer, raw[4:])
    code, values = _CODES.get(kind), ()
    if code:
        first = min(count, _MOST_VALUES) * _SIZES[kind]
        content = _content(source, raw, layout, first, count * _SIZES[kind])
        whole = len(content) // _SIZES[kind]
        values = struct.unpack_from(f"{layout.order}{whole}{code}", content)
    return _Entry(kind, count, raw, values)


def _content(source: IO[bytes], raw: bytes, layout: _Layout, length: int, total: int) -> bytes:
    """Read the first bytes of a tag's content, which is in the entry itself where it fits."""
    field = raw[12:] if layout.is_big else raw[8:]
    if total <= len(field):
        return field[:length]
    return read_at(source, layout.unpack(layout.pointer, field), length)


def _with_directory(page: Page, layout: _Layout) -> list[Piece]:
    """Return the file with the page's directory alone, rewritten in its place."""
    kept = sorted((tag, entry.raw) for tag, entry in page.entries.items() if tag in _PIXEL_TAGS)
    directory = struct.pack(layout.order + layout.count, len(kept))
    directory += b"".join(raw for _, raw in kept)
    directory += struct.pack(layout.order + layout.pointer, 0)  # no page follows
    pointer = struct.pack(layout.order + layout.pointer, page.offset)
    start = layout.first + len(pointer)
    behind = page.offset + len(directory)
    before: list[Piece] = [range(layout.first), pointer, range(start, page.offset)]
    return [*before, directory, range(behind, max(behind, 1 << 62))]


def _bytes_of(source: IO[bytes], page: Page, layout: _Layout) -> bytes:
    """Return the page's ICC profile; nothing where it is broken."""
    entry = page.entries.get(_PROFILE)
    if entry is None or _SIZES.get(entry.kind) != 1:
        return b""
    return _content(source, entry.raw, layout, entry.count, entry.count)


def _bits_in_use(page: Page) -> int:
    """Return the bits that a sample fills, where depth or highest value say so."""
    bits = page.value(_BITS, 1)
    highest = page.value(_HIGHEST)
    if bits == 16 and highest:
        return highest.bit_length()
    return bits if 8 < bits < 16 else 0


def _has_descriptor(source: IO[bytes]) -> bool:
    try:
        return source.fileno() >= 0
    except OSError:
        return False
