"""Turn a small photographic cut-out into an item that can be laid into a picture."""

from functools import cache
from pathlib import Path

import numpy as np
from backdrops import smooth_noise
from layouts import Placement
from numpy.random import Generator
from PIL import Image, ImageFilter, ImageOps

MAX_ENLARGEMENT = 3.6  # the cut-outs are small; beyond this they turn to mush
MAX_LENGTH = 1.6  # of an item, in diameters of its place, so that neighbours stay apart


def recolour_rim(cutout: Image.Image) -> Image.Image:
    """Let the colour inside the outline spread over the outermost pixels.

    Those still hold the photograph's old background and would shine as a halo on a dark surface.
    Trimming them instead would take stalks and leaves away, which are nothing but rim.
    """
    alpha = cutout.getchannel("A")
    inside = cutout.copy()
    inside.putalpha(alpha.filter(ImageFilter.MinFilter(3)))
    spread = inside.convert("RGBa").filter(ImageFilter.GaussianBlur(1)).convert("RGBA")
    spread.putalpha(spread.getchannel("A").point(lambda value: min(255, value * 6)))
    recoloured = Image.alpha_composite(Image.alpha_composite(cutout, spread), inside)
    recoloured.putalpha(alpha)
    return recoloured


@cache
def load_cutout(path: Path) -> Image.Image:
    """Read a cut-out, with an even margin for filters to work in."""
    cutout = Image.open(path).convert("RGBA")
    cutout = cutout.crop(cutout.getchannel("A").getbbox())
    return recolour_rim(ImageOps.expand(cutout, 2, fill=(0, 0, 0, 0)))


def apparent_diameter(cutout: Image.Image) -> float:
    """Diameter of the disc as large as the cut-out, so that a long stem does not shrink a berry."""
    area = np.asarray(cutout.getchannel("A"), dtype=float).sum() / 255
    return 2 * float(np.sqrt(area / np.pi))


def smooth_edge(item: Image.Image, enlargement: float) -> None:
    """Round off the stairs that enlarging makes of the outline's pixels."""
    alpha = item.getchannel("A").filter(ImageFilter.GaussianBlur(enlargement * 0.6))
    item.putalpha(alpha.point(lambda value: max(0, min(255, round((value - 100) * 3)))))


def vary(item: Image.Image, enlargement: float, rng: Generator) -> Image.Image:
    """Give one item its own exposure and the fine texture that enlarging could not bring back."""
    pixels = np.asarray(item, dtype=np.float64)
    height, width = pixels.shape[:2]
    strength = 0.02 * min(enlargement, 3.0)
    texture = smooth_noise(height, width, rng, (1.5, 1.5)) + smooth_noise(
        height, width, rng, (4, 4)
    )
    gain = rng.uniform(0.92, 1.07) * (1 + strength * texture[..., None] * 0.6)
    pixels[..., :3] *= gain * rng.normal(1, 0.012, 3)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def pose(cutout: Image.Image, placement: Placement, rng: Generator) -> Image.Image:
    """Scale, mirror, sharpen, vary and turn a cut-out for its place."""
    enlargement = min(
        placement.size / apparent_diameter(cutout),
        placement.size * MAX_LENGTH / max(cutout.size),
        MAX_ENLARGEMENT,
    )
    stretch = rng.normal(1, 0.03, 2)
    width, height = (
        max(1, round(side * enlargement * factor))
        for side, factor in zip(cutout.size, stretch, strict=True)
    )
    item = cutout.resize((width, height), Image.Resampling.LANCZOS)
    if rng.random() < 0.5:
        item = ImageOps.mirror(item)
    if enlargement > 1:
        item = item.filter(ImageFilter.UnsharpMask(radius=enlargement * 0.7, percent=45))
        smooth_edge(item, enlargement)
    item = vary(item, enlargement, rng)
    return item.rotate(placement.turn, Image.Resampling.BICUBIC, expand=True)
