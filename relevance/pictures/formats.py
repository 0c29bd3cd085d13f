"""Which files count as pictures: the formats we accept and how a file is recognised.

Recognition is by content. Only formats in ``FORMATS`` are ever tried, so Pillow plugins that start
other programs (EPS through Ghostscript) or read vector and camera formats are never reached.
"""

from __future__ import annotations

import functools
import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pillow_heif
from PIL import Image, ImageFile

from relevance.pictures.containers import Container, read_container, view

FORMATS = (
    "JPEG",  # of several in one file (MPO, as stereo cameras write) the first
    "PNG",  # APNG included
    "WEBP",
    "GIF",
    "TIFF",
    "BMP",
    "HEIF",
    "AVIF",
    "JPEG2000",
)

PICTURE_SUFFIXES = frozenset(
    {".apng", ".avif", ".avifs", ".bmp", ".gif", ".heic", ".heics", ".heif", ".heifs", ".hif"}
    | {".j2c", ".j2k", ".jfif", ".jp2", ".jpc", ".jpe", ".jpeg", ".jpf", ".jpg", ".jpx"}
    | {".png", ".tif", ".tiff", ".webp"}
)
"""File name endings of these formats as Pillow knows them, written out: asking it takes long."""

DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise on damaged data, on opening as well as on decoding."""

# Pillow's switch for its own pixel limit is process-wide; see OpenFile.picture.
_pixel_limit_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being read as a picture.

    Attributes:
        source: The file.
        container: What of it decides pixels.
    """

    source: IO[bytes]
    container: Container

    def picture(self, tail: bytes = b"") -> ImageFile.ImageFile:
        """Open the picture; pixels are decoded later, by ``load()``.

        Pillow's process-wide pixel limit is lifted while the header is read, so that the caller's
        own limit is the only one, and put back afterwards for the program we may be part of.

        Args:
            tail: How the file goes on where it ends too early.

        Raises:
            PIL.UnidentifiedImageError: The content is none of ``FORMATS``.
        """
        _register_formats()
        pixels = view(self.source, self.container, tail)
        with _pixel_limit_lock:
            limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                return Image.open(pixels, formats=FORMATS)
            finally:
                Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def open_file(source: Path | bytes) -> Iterator[OpenFile]:
    """Open a picture file, or its content.

    Raises:
        OSError: The file cannot be read.
    """
    opened = nullcontext(io.BytesIO(source)) if isinstance(source, bytes) else source.open("rb")
    with opened as stream:
        yield OpenFile(stream, read_container(stream))


def is_picture(source: Path | bytes) -> bool:
    """Say whether a file's content is one of ``FORMATS``, as far as its header tells."""
    try:
        with open_file(source) as opened, opened.picture():
            return True
    except DECODE_ERRORS:
        return False


@functools.cache
def _register_formats() -> None:
    """Teach Pillow HEIC once; AVIF, WebP and the rest are its own."""
    pillow_heif.register_heif_opener()
    Image.init()
