"""Small JPEGs as data URIs, so that the report is one file."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from relevance.images import Skipped, load_image

SIDE = 240
_QUALITY = 78


def thumbnail(path: Path, max_pixels: int) -> str:
    """Return a ``data:`` URI of at most 240 × 240 pixels; empty if the picture is gone by now."""
    picture = load_image(path, max_pixels)
    if isinstance(picture, Skipped):
        return ""
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
