"""Pictures and texts on which an export is measured against its source.

Crops of the two photographs that scikit-learn carries (CC BY), at several scales, turned and
tinted, strips of them, and drawings of flat colours and edges. The texts are prompts of several
lengths.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from sklearn.datasets import load_sample_images

_PHOTO_CROPS = 32
_DRAWINGS = 16
_SIDE = 320
_LONG = ((640, 22), (15, 427), (400, 2), (3, 200), (640, 40))
"""Width and height of strips; what is longer than 10 : 1 is prepared in a way of its own."""

TEXTS = (
    "almonds",
    "a photo of almonds",
    "a product photo of running shoes",
    "a close-up photo of strawberries",
    "a red flower",
    "a building with a curved roof",
    "a photo of a plant with purple petals, taken outdoors on a bright day",
    "furniture",
    "a glass bottle of olive oil with a white label",
    "an empty surface",
    "a drawing of circles and squares",
    "wooden kitchen chair",
    "stainless steel screws, 50 pieces, in a plastic box",
    "a person",
    "garlic",
    "blue and yellow stripes",
)


def sample_pictures() -> list[Image.Image]:
    """Return 53 RGB pictures, the same ones at every call."""
    random = np.random.default_rng(0)
    photos = [Image.fromarray(photo) for photo in load_sample_images().images]
    crops = [_crop(photos[number % len(photos)], random) for number in range(_PHOTO_CROPS)]
    drawings = [_drawing(random) for _ in range(_DRAWINGS)]
    strips = [photos[0].crop((0, 0, *size)) for size in _LONG]
    return crops + drawings + strips


def _crop(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    width, height = (int(side * random.uniform(0.25, 1.0)) for side in photo.size)
    left = int(random.integers(photo.width - width + 1))
    top = int(random.integers(photo.height - height + 1))
    part = photo.crop((left, top, left + width, top + height)).rotate(random.choice([0, 90, 180]))
    tint = Image.new("RGB", part.size, _colour(random))
    mixed = Image.blend(part, tint, random.uniform(0, 0.4))
    return ImageOps.mirror(mixed) if random.random() < 0.5 else mixed


def _drawing(random: np.random.Generator) -> Image.Image:
    picture = Image.new("RGB", (_SIDE, _SIDE), _colour(random))
    pen = ImageDraw.Draw(picture)
    for number in range(int(random.integers(1, 12))):
        x, y = random.integers(0, _SIDE, 2).tolist()
        size = int(random.integers(10, _SIDE // 2))
        draw = pen.ellipse if number % 2 else pen.rectangle
        draw((x, y, x + size, y + size), fill=_colour(random))
    return picture


def _colour(random: np.random.Generator) -> tuple[int, ...]:
    return tuple(random.integers(0, 256, 3).tolist())
