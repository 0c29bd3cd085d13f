"""PNG: header, palette, transparency and data are pixels; every other chunk is passed over."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from relevance.pictures.containers.container import Container, Pieces, read_at, size_of
from relevance.pictures.containers.exif import first_orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST_PROFILE = 16 << 20  # bytes; presses' profiles take three
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types that can have a tRNS chunk
_READ_BESIDE = (b"IHDR", b"tRNS", b"iCCP", b"eXIf", b"sBIT")


class _Chunk(NamedTuple):
    kind: bytes
    start: int  # of its length field
    length: int  # of its content, as far as the file goes
    is_whole: bool


def read(source: IO[bytes]) -> Container:
    """Read the chunks; checksums of what is not needed are not looked at."""
    pieces = Pieces()
    pieces.put(SIGNATURE)
    beside: dict[bytes, list[bytes]] = {kind: [] for kind in _READ_BESIDE}
    colour = depth = 0
    has_palette = has_data = has_end = False
    for chunk in _chunks(source):
        content = b""
        if chunk.kind in beside:
            content = read_at(source, chunk.start + 8, chunk.length)
            beside[chunk.kind].append(content)
        if chunk.kind == b"IHDR" and len(beside[b"IHDR"]) == 1 and len(content) >= 13:
            depth, colour = content[8:10]
            _keep(pieces, chunk)
        elif chunk.kind == b"PLTE" and colour == _PALETTE and not has_palette:
            has_palette = True
            _keep(pieces, chunk)
        elif chunk.kind == b"tRNS" and not has_data and len(beside[b"tRNS"]) == 1:
            pieces.put(_transparency(content, colour))
        elif chunk.kind == b"IDAT":
            has_data = True
            _keep(pieces, chunk)
        elif chunk.kind == b"IEND":
            has_end = chunk.start + 12 <= size_of(source)
            break
    pieces.put(_chunk(b"IEND", b""))
    return Container(
        pieces.kept,
        orientation=first_orientation(beside[b"eXIf"]),
        profile=next(iter(map(_profile, beside[b"iCCP"])), b""),
        bits=_bits_in_use(beside[b"sBIT"], colour, depth),
        levels=(1 << depth) - 1 if colour == _GREY and depth < 8 else 255,
        lacks_end=not has_end,
    )


def _chunks(source: IO[bytes]) -> Iterator[_Chunk]:
    size, place = size_of(source), len(SIGNATURE)
    while place + 8 <= size:
        length, kind = struct.unpack(">I4s", read_at(source, place, 8))
        if not kind.isalpha():
            return
        there = min(length, size - place - 8)
        yield _Chunk(kind, place, there, there == length)
        place += length + 12


def _keep(pieces: Pieces, chunk: _Chunk) -> None:
    content = chunk.start + 8, chunk.start + 8 + chunk.length
    if chunk.is_whole:
        pieces.keep(chunk.start, content[1] + 4)
    else:  # the file ends within it
        pieces.put(struct.pack(">I4s", chunk.length, chunk.kind))
        pieces.keep(*content)
        pieces.put(bytes(4))


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", checksum)


def _transparency(content: bytes, colour: int) -> bytes:
    """Return the chunk with a right checksum, or nothing where it cannot be meant."""
    least = {_GREY: 2, _RGB: 6, _PALETTE: 1}.get(colour, len(content) + 1)
    if len(content) < least:
        return b""
    return _chunk(b"tRNS", content[: 256 if colour == _PALETTE else least])


def _profile(content: bytes) -> bytes:
    """Unpack an iCCP chunk; nothing where it is broken or far too large."""
    _, _, packed = content.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed[1:], _LARGEST_PROFILE)
    except zlib.error:
        return b""
    return profile if unpacking.eof else b""


def _bits_in_use(chunks: list[bytes], colour: int, depth: int) -> int:
    """Return what an sBIT chunk says of samples of 16 bits."""
    said = max(chunks[0][: 3 if colour & _RGB else 1], default=0) if chunks else 0
    return said if depth == 16 and 0 < said <= 16 else 0
