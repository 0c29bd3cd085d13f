"""Small changes of a picture that leave the product in view, so that none is known by heart."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

LEAST_AREA = 0.8
"""Of the picture, that a crop keeps."""
_LEAST_RATIO = 0.9  # of the crop's sides to the picture's, and the inverse of the largest
_LEAST_COLOUR, _MOST_COLOUR = 0.9, 1.1  # of brightness, contrast and saturation


def varied(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Crop, mirror and tint an RGB picture a little, as the generator decides."""
    picture = _cropped(picture, rng)
    if rng.random() < 0.5:
        picture = ImageOps.mirror(picture)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = change(picture).enhance(float(rng.uniform(_LEAST_COLOUR, _MOST_COLOUR)))
    return picture


def _cropped(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    area = rng.uniform(LEAST_AREA, 1)
    least = max(_LEAST_RATIO, area)  # else a side would be longer than the picture's
    ratio = np.exp(rng.uniform(np.log(least), -np.log(least)))
    width = max(1, round(picture.width * np.sqrt(area * ratio)))
    height = max(1, round(picture.height * np.sqrt(area / ratio)))
    left = int(rng.integers(picture.width - width + 1))
    top = int(rng.integers(picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))
