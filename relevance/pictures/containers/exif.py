"""The orientation, the one thing in EXIF that decides pixels."""

from __future__ import annotations

import struct

_ORIENTATION = 0x0112
_INTEGERS = {1: "B", 3: "H", 4: "I"}  # TIFF's types BYTE, SHORT and LONG
_ENTRY = 12


def orientation_of(exif: bytes) -> int:
    """Read the orientation from an EXIF block; 1 where there is none that makes sense.

    No other tag is looked at, so none can be in the way.
    """
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack(order + "H", block[start : start + 2].ljust(2, b"\0"))
    for place in range(start + 2, min(start + 2 + _ENTRY * count, len(block) - 11), _ENTRY):
        tag, kind = struct.unpack_from(order + "HH", block, place)
        if tag == _ORIENTATION and kind in _INTEGERS:
            (value,) = struct.unpack_from(order + _INTEGERS[kind], block, place + 8)
            return value if 1 <= value <= 8 else 1
    return 1


def first_orientation(blocks: list[bytes]) -> int:
    """Return the first orientation that says anything."""
    return next((found for found in map(orientation_of, blocks) if found != 1), 1)
