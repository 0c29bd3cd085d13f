"""Picture files made byte by byte, for what Pillow does not write."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from relevance.pictures.reading import Skipped, load_image

PIXEL = Image.new("RGB", (1, 1))


def make(root: Path, *names: str) -> None:
    """Save a picture of one pixel under each name, which may lead through folders."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIXEL.save(path, "PNG")


def blobs(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A small picture of many colours, the same each time."""
    tiles = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return Image.fromarray(tiles).resize(size, Image.Resampling.BICUBIC)


def file_of(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def values_of(content: bytes, side: int = 0) -> np.ndarray:
    """Pixels that ``load_image`` reads; the reason as an assertion where it reads none."""
    picture = load_image(content, side=side)
    assert isinstance(picture, Image.Image), picture
    assert picture.mode == "RGB"
    return np.asarray(picture).astype(int)


def reason_of(content: bytes) -> str:
    result = load_image(content)
    assert isinstance(result, Skipped), result
    return result.reason


def chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A PNG chunk; its checksum is right unless given."""
    if checksum is None:
        checksum = zlib.crc32(kind + content)
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", checksum)


def png(
    size: tuple[int, int], depth: int, colour: int, rows: Iterable[bytes], *before: bytes
) -> bytes:
    """A PNG of any depth and colour type; ``before`` are chunks in front of the data."""
    packing = zlib.compressobj(1)
    packed = b"".join(packing.compress(b"\0" + row) for row in rows) + packing.flush()
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    body = [chunk(b"IHDR", header), *before, chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def tiff(
    samples: np.ndarray, photometric: int, *, more: dict[int, tuple[int, list[int]]] | None = None
) -> bytes:
    """An uncompressed little-endian TIFF of ``(h, w, c)`` samples; ``more`` tags: type, values."""
    return tiff_pages([(samples, photometric, more or {})])


def tiff_pages(
    pages: list[tuple[np.ndarray, int, dict[int, tuple[int, list[int]]]]],
) -> bytes:
    """Several pages, one after the other."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for samples, photometric, more in pages:
        height, width, count = samples.shape
        data = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
        data_at = len(out)
        out += data + b"\0" * (len(data) % 2)
        kind = 3 if samples.dtype.kind == "f" else 1
        tags = {
            256: (4, [width]),
            257: (4, [height]),
            258: (3, [8 * samples.itemsize] * count),
            259: (3, [1]),
            262: (3, [photometric]),
            273: (4, [data_at]),
            277: (3, [count]),
            278: (4, [height]),
            279: (4, [len(data)]),
            339: (3, [kind] * count),
        } | more
        entries = b""
        for tag, (field, values) in sorted(tags.items()):
            code = {1: "B", 3: "H", 4: "I"}[field]
            content = struct.pack(f"<{len(values)}{code}", *values)
            if len(content) > 4:
                place = struct.pack("<I", len(out))
                out += content + b"\0" * (len(content) % 2)
            else:
                place = content.ljust(4, b"\0")
            entries += struct.pack("<HHI", tag, field, len(values)) + place
        struct.pack_into("<I", out, link, len(out))
        link = len(out) + 2 + len(entries)
        out += struct.pack("<H", len(tags)) + entries + bytes(4)
    return bytes(out)


def painted(folder, colours):
    """Paint a small picture for each name, which may have folders in it."""
    for name, colour in colours.items():
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20), colour).save(path)
