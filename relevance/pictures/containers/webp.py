"""WebP: the first frame and its alpha are pixels; profile and EXIF are read, no more."""

from __future__ import annotations

import struct
from typing import IO

from relevance.pictures.containers.container import Container, Pieces, padding, read_at, size_of
from relevance.pictures.containers.exif import first_orientation

_METADATA_FLAGS = 0x20 | 0x08 | 0x04  # of profile, EXIF and XMP, in a VP8X chunk
_FRAMES = (b"VP8 ", b"VP8L", b"ANMF")


def is_webp(head: bytes) -> bool:
    """Recognise a WebP file by its first bytes."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read(source: IO[bytes]) -> Container:
    """Read the chunks up to the first frame, and profile and EXIF wherever they are."""
    size, place, total = size_of(source), 12, 4
    pieces = Pieces()
    beside: dict[bytes, list[bytes]] = {b"ICCP": [], b"EXIF": []}
    has_frame = lacks_end = False
    tails = padding(size)
    while place + 8 <= size:
        kind, length = struct.unpack("<4sI", read_at(source, place, 8))
        stop = place + 8 + length + length % 2
        if kind in beside:
            beside[kind].append(read_at(source, place + 8, length))
        elif kind == b"VP8X" and not has_frame:
            pieces.put(_without_metadata(read_at(source, place, stop - place)))
            total += stop - place
        elif kind in (*_FRAMES, b"ANIM", b"ALPH") and not has_frame:
            has_frame = kind in _FRAMES
            lacks_end = place + 8 + length > size
            if lacks_end:  # a longer chunk, for decoders give up at the end of a short one
                length = size - place - 8 + len(tails[0]) & ~1
                pieces.put(struct.pack("<4sI", kind, length))
                pieces.keep(place + 8, size)
            else:
                pieces.keep(place, place + 8 + length)
                pieces.put(bytes(length % 2))
            total += 8 + length + length % 2
        place = stop
    pieces.kept.insert(0, b"RIFF" + struct.pack("<I", total) + b"WEBP")
    return Container(
        pieces.kept,
        orientation=first_orientation(beside[b"EXIF"]),
        profile=next(iter(beside[b"ICCP"]), b""),
        tails=tails,
        lacks_end=lacks_end,
    )


def _without_metadata(chunk: bytes) -> bytes:
    return chunk[:8] + bytes([chunk[8] & ~_METADATA_FLAGS]) + chunk[9:] if len(chunk) > 8 else chunk
