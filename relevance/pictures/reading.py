"""One file or its bytes -> an RGB picture, or the reason why not.

Never an exception, never a surprise colour.

Order of work: what does not decide pixels is passed over (``containers/``), size check before any
pixel is decoded, first frame of animations, decoding (``decoding``) at a fraction of the size where
a picture is much larger than the encoder's input, the rest of the way by averaging and in 8 bits
(``raster``), colour profiles to sRGB (``colours``), transparency composited on white, the ground
of a product page, and orientation.
"""

from __future__ import annotations

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

from relevance.pictures.colours import to_srgb
from relevance.pictures.containers.exif import orientation_of
from relevance.pictures.decoding import Decoded, decode, is_short_of_memory
from relevance.pictures.foreign import name_foreign
from relevance.pictures.formats import DECODE_ERRORS, OpenFile, open_file

MAX_PIXELS = 150_000_000
"""Default limit on width × height. A picture above it is skipped before it is decoded."""

READING = "reading 3"
"""Name of the way pictures are read; stored vectors depend on it, so a change needs a new one."""

_LARGE = 40_000_000  # pixels; larger pictures are decoded one at a time, for the memory they take
_large_turn = threading.Lock()
_SPARE = 3  # times the encoder's input that the shorter edge keeps; see benchmarks/README.md
_NOTE = "note"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""
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
    size = 0, 0
    try:
        if (len(source) if isinstance(source, bytes) else source.stat().st_size) == 0:
            return Skipped("the file is empty")
        with open_file(source) as opened:
            picture = _open(opened)
            size = width, height = picture.size
            if width * height > max_pixels:
                return too_large(size, max_pixels)
            with _large_turn if width * height > _LARGE else nullcontext():
                return _upright_rgb(opened, picture, _SPARE * side)
    except FileNotFoundError:
        return Skipped("the file does not exist (a broken link, or removed meanwhile)")
    except PermissionError:
        return Skipped("no permission to read the file")
    except DECODE_ERRORS as error:
        return Skipped(_why(source, size, error))


def load_for_encoder(
    source: Path | bytes, image_size: int, max_pixels: int = MAX_PIXELS
) -> Image.Image | Skipped:
    """Read one picture for an encoder whose input has sides of ``image_size`` pixels."""
    return load_image(source, max_pixels, side=max(image_size, _USUAL_INPUT))


def reduced_for_encoder(picture: Image.Image, image_size: int) -> Image.Image:
    """Average an upright RGB picture down as ``load_for_encoder`` does one from a file."""
    least = _SPARE * max(image_size, _USUAL_INPUT)
    factor = max(min(picture.size) // least, 1)
    if factor == 1 and _NOTE not in picture.info:
        return picture
    small = picture.reduce(factor)
    small.info = {}
    return small


def too_large(size: tuple[int, int], max_pixels: int) -> Skipped:
    """Say that a picture has more pixels, width × height, than are decoded."""
    width, height = size
    return Skipped(
        f"too large: {width} × {height} pixels, the limit is {max_pixels:,} in all (--max-pixels)"
    )


def note_on(picture: Image.Image) -> str:
    """Return what is odd about a picture that ``load_image`` read; usually empty."""
    note = picture.info.get(_NOTE, "")
    return note if isinstance(note, str) else ""


def not_whole(count: int, place: str, note: str) -> str:
    """Say in a line how many pictures were used with a note, and the first of them."""
    return f"{count} picture{'s' * (count > 1)} used though not whole, such as {place}: {note}."


def _open(opened: OpenFile) -> ImageFile.ImageFile:
    """Open a picture; where its decoder wants more of the file than there is, with a tail."""
    try:
        return opened.picture()
    except DECODE_ERRORS:
        tail = opened.container.tails[0]
        if not tail or not opened.container.lacks_end:
            raise
        return opened.picture(tail)


def _upright_rgb(
    opened: OpenFile, picture: ImageFile.ImageFile, least: int
) -> Image.Image | Skipped:
    decoded = decode(opened, picture, least)
    raster = decoded.raster
    factor = max(min(raster.picture.size) // least, 1) if least else 1
    small = raster.reduced(factor)
    profile = opened.container.profile or raster.picture.info.get("icc_profile") or b""
    if small.mode == "RGBA":
        if small.getchannel("A").getextrema() == (0, 0):
            return Skipped("not one visible pixel: the picture is transparent all over")
        rgb = _on_white(small, profile)
    else:
        rgb = to_srgb(small, profile)
    if decoded.missing:
        rgb.paste("white", mask=decoded.missing.reduce(factor))
    turn = _TURNS.get(_orientation(opened, raster.picture))
    return _noted(rgb.transpose(turn) if turn is not None else rgb, decoded)


def _on_white(layers: Image.Image, profile: bytes) -> Image.Image:
    colours = to_srgb(layers.convert("RGB"), profile)
    colours.putalpha(layers.getchannel("A"))
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), colours).convert("RGB")


def _noted(picture: Image.Image, decoded: Decoded) -> Image.Image:
    picture.info = {_NOTE: decoded.note} if decoded.note else {}
    return picture


def small_webp(picture: Image.Image, side: int, quality: int) -> bytes:
    """Shrink an RGB picture to fit a square of that side in pixels; return it as a WebP file."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def load_small(
    source: Path | bytes, side: int, quality: int, max_pixels: int = MAX_PIXELS
) -> bytes | Skipped:
    """Read one picture file as a small WebP file; see ``load_image`` and ``small_webp``."""
    picture = load_image(source, max_pixels, side=side)
    return picture if isinstance(picture, Skipped) else small_webp(picture, side, quality)


def _orientation(opened: OpenFile, picture: Image.Image) -> int:
    """Return what the file says, or, for AVIF, what Pillow makes of its boxes."""
    made = picture.info.get("exif", b"") if picture.format == "AVIF" else b""
    return orientation_of(made) if made else opened.container.orientation


def _why(source: Path | bytes, size: tuple[int, int], error: BaseException) -> str:
    """Say in plain words why a picture cannot be used."""
    if is_short_of_memory(error, size):
        return (
            f"not enough memory to decode {size[0]} × {size[1]} pixels; "
            "free some, or lower --max-pixels"
        )
    foreign = name_foreign(source, was_opened=size != (0, 0))
    if foreign:
        return foreign
    if isinstance(error, UnidentifiedImageError):
        return "not a picture, or damaged beyond recognition"
    return f"damaged picture: {_one_line(error)}"


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
