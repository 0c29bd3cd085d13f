"""An open file -> decoded samples, also where the file ends a little early."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image, ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from relevance.pictures.containers import boxes, jpeg
from relevance.pictures.formats import DECODE_ERRORS, OpenFile
from relevance.pictures.raster import Raster

_MISSING = 0.05  # share of the pixels that a usable picture may lack
_TRUNCATED = "the file is truncated"
_ROW_BY_ROW = {"PNG", "BMP", "TIFF"}  # decoders that may leave rows out without a word
_UNUSUAL = 173  # as every sample of a row; TIFF, without a ground, knows a pixel limit of its own
_STRIP = 1 << 21  # pixels that are compared at a time
_TOP_OF_14_BITS = 64  # as upper byte; below it, the lower byte matters
_DEEP = {"RGB;16", "RGBA;16", "RGBX;16", "LA;16"}
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B"}  # native order is little-endian where we run
_BYTES_A_PIXEL = 8  # about what decoding takes


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was decoded.

    Attributes:
        raster: The picture.
        missing: 255 where the file says nothing of a pixel (mode ``L``); None for none.
        note: What is odd about the picture, though it can be used; usually empty.
    """

    raster: Raster
    missing: Image.Image | None = None
    note: str = ""


def decode(opened: OpenFile, picture: ImageFile.ImageFile, least: int) -> Decoded:
    """Decode a picture.

    A file that ends early, or is broken inside, is decoded twice, with two continuations on two
    grounds: pixels that come out the same are what it holds. Where few are missing, the picture is
    used. No format needs a rule of its own.

    Args:
        opened: The file.
        picture: What it was opened as.
        least: Length in pixels that the shorter edge should keep at least; 0: full size.

    Raises:
        DECODE_ERRORS: What decoders raise. ``MemoryError`` where memory is what is missing.
    """
    raw = _raw_mode(picture)
    _draft(opened, picture, least)
    container = opened.container
    try:
        if container.lacks_end and container.tails[0]:
            raise OSError(_TRUNCATED)  # some decoders would make something up
        if picture.format in _ROW_BY_ROW:
            picture.im = _ground(picture, _UNUSUAL)
        picture.load()
        decoded = Decoded(Raster(picture, None, container.bits, container.levels))
        if picture.format in _ROW_BY_ROW and _ends_on_ground(picture):
            decoded = _salvaged(opened, least, OSError("its data end early"))
            decoded = decoded if decoded.missing else replace(decoded, note="")
    except DECODE_ERRORS as error:
        if is_short_of_memory(error, picture.size):
            raise MemoryError from error
        decoded = _salvaged(opened, least, error)
    if container.lacks_end and not decoded.note:
        decoded = replace(decoded, note=_note(0))
    low = _low_bytes(opened, decoded.raster.picture, raw) if decoded.missing is None else None
    return replace(decoded, raster=replace(decoded.raster, low=low))


def is_short_of_memory(error: BaseException, size: tuple[int, int]) -> bool:
    """Say whether memory is what stopped a decoder, which may call it anything."""
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return True
    try:
        np.empty(size[0] * size[1] * _BYTES_A_PIXEL, np.uint8)
    except MemoryError:
        return True
    return False


def _draft(opened: OpenFile, picture: ImageFile.ImageFile, least: int) -> None:
    """Let decoders that can do so (JPEG, JPEG 2000, HEIF) decode a smaller form of the picture."""
    if not least:
        return
    picture.draft(None, (least, least))
    if isinstance(picture, Jpeg2KImageFile):
        wanted = (min(picture.size) // least).bit_length() - 1
        picture.reduce = max(0, min(wanted, boxes.halvings(opened.source)))


def _salvaged(opened: OpenFile, least: int, error: BaseException) -> Decoded:
    container = opened.container
    attempts = (_attempt(opened, least, tail, n % 2) for n, tail in enumerate(container.tails))
    first, second = (*islice(filter(None, attempts), 2), None, None)[:2]
    if not first or not second:
        raise error
    if first.format == "JPEG" and not jpeg.has_every_scan(opened.source):
        raise error
    if (first.mode, first.size) != (second.mode, second.size):
        raise error
    missing, share = _differing(first, second)
    if share > _MISSING:
        raise OSError(f"{share:.0%} of its pixels are missing ({error})") from error
    raster = Raster(first, None, container.bits, container.levels)
    return Decoded(raster, missing if share else None, _note(share))


def _note(share: float) -> str:
    lost = f", and {max(share, 0.001):.1%} of the pixels with it" if share else ""
    return "the file's end is missing" + lost


def _attempt(opened: OpenFile, least: int, tail: bytes, ground: int) -> Image.Image | None:
    """Decode what is there, on a ground of zeros or ones; None where the decoder gives up."""
    try:
        picture = opened.picture(tail)
    except DECODE_ERRORS:
        return None
    if picture.format == "JPEG":  # others decode a smaller form of something else
        _draft(opened, picture, least)
    picture.im = _ground(picture, ground)
    try:
        picture.load()
    except DECODE_ERRORS:
        picture.tile = []  # what was decoded stays
        try:
            picture.load()
        except DECODE_ERRORS:
            return None
    return picture


def _ground(picture: Image.Image, value: int) -> Any:
    """Return what a picture is decoded onto."""
    return _filled(picture, picture.size, value).im


def _filled(picture: Image.Image, size: tuple[int, int], value: int) -> Image.Image:
    bands = len(picture.getbands())
    return Image.new(picture.mode, size, (value,) * bands if bands > 1 else value)


def _ends_on_ground(picture: Image.Image) -> bool:
    """Say whether the last row may have been left out."""
    width, height = picture.size
    row = picture.crop((0, height - 1, width, height))
    ground = np.asarray(_filled(picture, row.size, _UNUSUAL))
    return bool((np.asarray(row) == ground).all())


def _differing(first: Image.Image, second: Image.Image) -> tuple[Image.Image, float]:
    """Return where two pictures of one size differ (mode ``L``, 0 or 255), and the share."""
    width, height = first.size
    rows = max(1, _STRIP // width)
    mask = Image.new("L", first.size)
    count = 0
    for top in range(0, height, rows):
        box = (0, top, width, min(top + rows, height))
        differs = np.asarray(first.crop(box)) != np.asarray(second.crop(box))
        if differs.ndim > 2:
            differs = differs.any(axis=-1)
        count += int(differs.sum())
        mask.paste(Image.fromarray(differs.astype(np.uint8) * np.uint8(255)), box)
    return mask, count / (width * height)


def _raw_mode(picture: ImageFile.ImageFile) -> str:
    """Return how samples lie in the file, in Pillow's words; empty where it has none."""
    args: Any = picture.tile[0].args if picture.tile else ""
    raw = args[0] if isinstance(args, tuple) and args else args
    return raw if isinstance(raw, str) else ""


def _low_bytes(opened: OpenFile, picture: Image.Image, raw: str) -> Image.Image | None:
    """Decode the lower bytes of 16-bit colours, of which Pillow keeps the upper ones.

    They matter where the upper ones are hardly used, and where one exact colour is transparent.
    """
    if raw[:-1] not in _DEEP or not (_fills_little(picture) or "transparency" in picture.info):
        return None
    again = opened.picture()
    other = raw[:-1] + _OTHER_BYTE[raw[-1]]
    if raw == "LA;16B":  # which Pillow knows in one order only: pairs of bytes as four channels
        again.tile = [tile._replace(args="RGBA") for tile in again.tile]
        _, grey, _, alpha = again.split()
        return Image.merge("RGBA", (grey, grey, grey, alpha))
    again.tile = [
        tile._replace(args=(other, *tile.args[1:]) if isinstance(tile.args, tuple) else other)
        for tile in again.tile
    ]
    again.load()
    return again


def _fills_little(picture: Image.Image) -> bool:
    """Say whether colours or alpha leave the two highest of 16 bits unused."""
    unused = [
        not any(picture.getchannel(band).histogram()[_TOP_OF_14_BITS:])
        for band in picture.getbands()
    ]
    return all(unused[:3]) or any(unused[3:])
