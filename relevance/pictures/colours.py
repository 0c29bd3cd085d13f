"""Colours of any profile -> sRGB, which encoders were trained on and pages show."""

from __future__ import annotations

import functools
import io
from typing import cast

import numpy as np
from PIL import Image, ImageCms

_SPACES = {"RGB": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK"}  # as a profile names them
_SAME = 2  # levels of 255 by which a profile that is called sRGB may differ from it
_PROBES = 8  # colours a channel that tell whether it does


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert a picture of mode ``RGB``, ``L``, ``CMYK`` or ``LAB`` to ``RGB``.

    Args:
        picture: 8 bits a sample.
        profile: Its ICC profile. One that is empty, broken, for another kind of picture, or as good
            as sRGB is not used.
    """
    if picture.mode == "LAB":
        return _applied(picture, _from_lab())
    transform = _transform(profile, picture.mode) if profile else None
    return _applied(picture, transform) if transform else picture.convert("RGB")


def _applied(picture: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    return cast("Image.Image", ImageCms.applyTransform(picture, transform))


@functools.lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build what turns colours of a profile into sRGB; None where nothing is to be done."""
    if profile[16:20] != _SPACES[mode]:
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
        )
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None  # a broken profile; the plain conversion is near enough


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Say whether colours all over the cube stay what they are: most profiles are sRGB's own."""
    levels = np.linspace(0, 255, _PROBES).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(_PROBES, -1, 3)
    after = np.asarray(_applied(Image.fromarray(cube), transform))
    return bool(np.abs(after.astype(int) - cube).max() <= _SAME)


@functools.cache
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
