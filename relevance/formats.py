"""Which files count as pictures: the formats we accept and how a file is recognised.

Recognition is by content. Only formats in ``FORMATS`` are ever tried, so Pillow plugins that start
other programs (EPS through Ghostscript) or read vector and camera formats are never reached.
"""

from __future__ import annotations

import functools
import struct
import threading
import zlib
from pathlib import Path
from typing import IO

import pillow_heif
from PIL import Image

FORMATS = (
    "JPEG",  # several in one file (MPO, as stereo cameras write) included
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

# Pillow's switch for its own pixel limit is process-wide; see open_picture.
_pixel_limit_lock = threading.Lock()


@functools.cache
def _register_formats() -> None:
    """Teach Pillow HEIC once; AVIF, WebP and the rest are its own."""
    pillow_heif.register_heif_opener()
    Image.init()


def open_picture(source: Path | IO[bytes]) -> Image.Image:
    """Open a picture by its content; pixels are decoded later, by ``load()``.

    Pillow's process-wide pixel limit is lifted while the header is read, so that the caller's
    own limit is the only one, and put back afterwards for the program we may be part of.

    Raises:
        PIL.UnidentifiedImageError: The content is none of ``FORMATS``.
        OSError: The file cannot be read.
    """
    _register_formats()
    with _pixel_limit_lock:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(source, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
