"""One file or its bytes -> an RGB picture, or the reason why not.

Never an exception, never a surprise colour.

Order of work: size check before any pixel is decoded, first frame of animations, EXIF orientation,
colour conversion (CMYK through its ICC profile, 16-bit scaled instead of clipped), and transparency
composited on white, the ground of a product page. A picture much larger than the encoder's input is
decoded at, or reduced to, a few times that size.
"""

from __future__ import annotations

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from relevance.formats import DECODE_ERRORS, open_picture

MAX_PIXELS = 150_000_000
"""Default limit on width × height. A picture above it is skipped before it is decoded."""

READING = "reading 2"
"""Name of the way pictures are read; stored vectors depend on it, so a change needs a new one."""

_LARGE = 40_000_000  # pixels; larger pictures are decoded one at a time, for the memory they take
_large_turn = threading.Lock()
_SPARE = 3  # times the encoder's input that the shorter edge keeps; see benchmarks/README.md
_USUAL_INPUT = 224  # pixels; what is saved below is little, and small encoders are the more exact


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that could not be used, and why, in plain words."""

    reason: str


def load_image(
    source: Path | bytes, max_pixels: int = MAX_PIXELS, *, side: int = 0
) -> Image.Image | Skipped:
    """Read one picture file as upright 8-bit RGB.

    Args:
        source: File to read, or its content, which decides what it is, not its name.
        max_pixels: Largest width × height that is decoded.
        side: Length in pixels that the picture will be scaled to. Its shorter edge keeps at least
            three times that; what is larger is decoded at a fraction of its size (JPEG) or
            averaged down, which is much faster and hardly changes an embedding. 0: full size.

    Returns:
        A picture of mode ``RGB``, or ``Skipped`` with the reason.
    """
    try:
        if (len(source) if isinstance(source, bytes) else source.stat().st_size) == 0:
            return Skipped("the file is empty")
        with open_picture(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                return Skipped(
                    f"too large: {width} × {height} pixels, the limit is {max_pixels:,} in all "
                    "(--max-pixels)"
                )
            with _large_turn if width * height > _LARGE else nullcontext():
                return _decoded(picture, side)
    except FileNotFoundError:
        return Skipped("the file does not exist (a broken link, or removed meanwhile)")
    except PermissionError:
        return Skipped("no permission to read the file")
    except UnidentifiedImageError:
        return Skipped("not a picture, or damaged beyond recognition")
    except DECODE_ERRORS as error:
        return Skipped(f"damaged picture: {_one_line(error)}")


def load_for_encoder(
    source: Path | bytes, image_size: int, max_pixels: int = MAX_PIXELS
) -> Image.Image | Skipped:
    """Read one picture for an encoder whose input has sides of ``image_size`` pixels."""
    return load_image(source, max_pixels, side=max(image_size, _USUAL_INPUT))


def _decoded(picture: Image.Image, side: int) -> Image.Image:
    if side:
        picture.draft(None, (_SPARE * side, _SPARE * side))  # does something for JPEG only
    return _reduced(to_rgb(ImageOps.exif_transpose(picture)), _SPARE * side)


def _reduced(picture: Image.Image, least: int) -> Image.Image:
    """Average blocks of pixels, as many as leave the shorter edge at ``least`` or more."""
    factor = min(picture.size) // least if least else 1
    return picture.reduce(factor) if factor > 1 else picture


def small_webp(picture: Image.Image, side: int, quality: int) -> bytes:
    """Shrink an RGB picture to fit a square of that side in pixels; return it as a WebP file."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def to_rgb(picture: Image.Image) -> Image.Image:
    """Convert any Pillow mode to RGB, transparent parts on white."""
    if picture.mode in {"F", "I"} or picture.mode.startswith("I;16"):
        return _deep_grey_to_rgb(picture)
    if picture.mode == "CMYK":
        return _cmyk_to_rgb(picture)
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(white, layers).convert("RGB")
    return picture.convert("RGB")


def _deep_grey_to_rgb(picture: Image.Image) -> Image.Image:
    """Scale 16-bit and float grey to 8 bits; Pillow's own conversion clips at 255."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    top = float(values.max(initial=0))
    if picture.mode == "F" and top <= 1:
        full_range = 1.0
    elif picture.mode.startswith("I;16") or top > 255:
        full_range = max(65535.0, top)
    else:
        full_range = 255.0
    grey = np.clip(np.rint(values * (255 / full_range)), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _cmyk_to_rgb(picture: Image.Image) -> Image.Image:
    """Convert through the embedded ICC profile where there is a usable one."""
    profile = picture.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile; the plain conversion is near enough
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
