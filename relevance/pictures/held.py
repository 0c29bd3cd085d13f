"""Pictures in memory: a file's bytes, a Pillow picture or an array -> what files give otherwise."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from relevance.pictures.guard import guarded
from relevance.pictures.reading import (
    MAX_PIXELS,
    Skipped,
    load_for_encoder,
    load_small,
    reduced_for_encoder,
    too_large,
)

_CHANNELS = _AXES = 3
_ORIENTATION = 0x0112  # the tag of EXIF
_OF_PNG = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A picture that somebody holds in memory, whatever it is; each method says if it is none.

    Attributes:
        picture: A file's bytes, a Pillow picture, or an array ``(height, width, 3)`` of uint8.
    """

    picture: Any

    @property
    def fault(self) -> str:
        """Why this is no picture, in plain words; empty where it may be one."""
        given = self.picture
        if isinstance(given, np.ndarray):
            return _fault_of_array(given)
        if isinstance(given, bytes):
            return "" if given else "the file is empty"
        if isinstance(given, Image.Image):
            return "" if given.width and given.height else "a picture without pixels"
        kind = type(given).__name__
        return f"{kind} is no picture; give a path, an address, bytes, a Pillow picture or an array"

    def load(self, image_size: int, max_pixels: int = MAX_PIXELS) -> Image.Image | Skipped:
        """Read it as ``load_for_encoder`` reads a file."""
        if self.fault:
            return Skipped(self.fault)
        if isinstance(self.picture, bytes):
            return load_for_encoder(self.picture, image_size, max_pixels)
        picture = self._picture()
        if picture.width * picture.height > max_pixels:
            return too_large(picture.size, max_pixels)
        if _is_plain(picture):
            return reduced_for_encoder(picture, image_size)
        return load_for_encoder(_as_file(picture), image_size, max_pixels)

    def file(self) -> bytes | Skipped:
        """Return a file that holds it: its own bytes, or else the same pixels without loss."""
        if self.fault:
            return Skipped(self.fault)
        if isinstance(self.picture, bytes):
            return self.picture
        return guarded(_as_file, self._picture())

    def small(self, side: int, quality: int, max_pixels: int = MAX_PIXELS) -> bytes | Skipped:
        """Return a small WebP file; see ``load_small``."""
        file = self.file()
        return file if isinstance(file, Skipped) else load_small(file, side, quality, max_pixels)

    def digest(self) -> bytes:
        """Hash what it shows (SHA-256), of bytes as the cache hashes a file; empty for no picture.

        A picture and an array with the same pixels have the same.
        """
        if self.fault:
            return b""
        if isinstance(self.picture, bytes):
            return hashlib.sha256(self.picture).digest()
        found = hashlib.sha256()
        for part in _parts(self._picture()):
            found.update(part)
        return found.digest()

    def _picture(self) -> Image.Image:
        given = self.picture
        return given if isinstance(given, Image.Image) else Image.fromarray(given)


def _fault_of_array(given: np.ndarray[Any, Any]) -> str:
    if given.dtype == np.uint8 and given.ndim == _AXES and given.shape[-1] == _CHANNELS:
        return "" if given.size else "an array without pixels"
    return (
        f"an array of shape {given.shape} and {given.dtype} is no picture; "
        "give (height, width, 3) of uint8"
    )


def _is_plain(picture: Image.Image) -> bool:
    """Say whether its pixels are what is to be seen: sRGB or unsaid, opaque, and upright."""
    is_opaque = picture.mode == "RGB" and "transparency" not in picture.info
    return is_opaque and not picture.info.get("icc_profile") and _orientation(picture) == 1


def _orientation(picture: Image.Image) -> object:
    return picture.getexif().get(_ORIENTATION, 1)


def _as_file(picture: Image.Image) -> bytes:
    """Write a picture as a file without loss, its orientation and colour profile with it."""
    buffer = io.BytesIO()
    kind = "PNG" if picture.mode in _OF_PNG else "TIFF"
    fast = {"compress_level": 1} if kind == "PNG" else {}
    picture.save(buffer, kind, exif=picture.getexif(), **fast)
    return buffer.getvalue()


def _parts(picture: Image.Image) -> Iterator[bytes | memoryview]:
    """Yield what decides how a picture looks."""
    facts = picture.mode, picture.size, _orientation(picture), picture.info.get("transparency")
    yield repr(facts).encode()
    yield picture.info.get("icc_profile") or b""
    if picture.mode == "P":
        yield repr(picture.getpalette("RGBA")).encode()
    yield picture.tobytes()
