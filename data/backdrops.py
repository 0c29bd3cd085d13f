"""Synthetic surfaces for the sample pictures: what the products lie on.

Every surface is a function ``(height, width, rng) -> array`` of shape (height, width, 3), values
from 0 to 1, registered in ``SURFACES``. They only need to look right at a glance: a classifier
that is shown one plain colour behind every product would learn nothing about real backgrounds.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float64]
Surface = Callable[[int, int, Generator], Array]

BOWL_COLOURS = ((0.93, 0.92, 0.89), (0.55, 0.63, 0.58), (0.23, 0.29, 0.38), (0.58, 0.41, 0.27))


def smooth_noise(height: int, width: int, rng: Generator, cell: tuple[float, float]) -> Array:
    """Return noise around 0 (about -1 to 1) whose blotches are ``cell`` (down, across) pixels."""
    rows, columns = (
        max(2, round(side / step) + 1) for side, step in zip((height, width), cell, strict=True)
    )
    coarse = Image.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float64)


def cloud(height: int, width: int, rng: Generator, largest: float, octaves: int = 5) -> Array:
    """Sum ever finer noise, as in stone: each octave is half as large and half as strong."""
    return sum(
        smooth_noise(height, width, rng, (largest / 2**octave,) * 2) / 2**octave
        for octave in range(octaves)
    )


def tint(brightness: Array, colour: tuple[float, float, float]) -> Array:
    """Colour a grey surface; 1.0 in ``brightness`` becomes ``colour`` itself."""
    return brightness[..., None] * np.array(colour)


def pick(rng: Generator, colours: tuple[tuple[float, float, float], ...]) -> Array:
    """Choose one colour."""
    return np.array(colours[rng.integers(len(colours))])


def sweep(height: int, width: int, rng: Generator) -> Array:
    """White paper curving up behind the product, as in a light tent."""
    rise = np.linspace(0, 1, height)[:, None]
    horizon = rng.uniform(0.25, 0.4)
    dip = 0.07 * np.exp(-(((rise - horizon) / 0.16) ** 2))
    brightness = 0.97 - dip + 0.006 * smooth_noise(height, width, rng, (90, 90))
    return tint(brightness, (1.0, 0.995, 0.98))


def wood(height: int, width: int, rng: Generator) -> Array:
    """Boards side by side, each with its own shade and grain."""
    colour = pick(rng, ((0.62, 0.43, 0.27), (0.74, 0.58, 0.41), (0.45, 0.31, 0.21)))
    board_height = int(rng.integers(90, 170))
    brightness = np.empty((height, width))
    for top in range(0, height, board_height):
        bottom = min(top + board_height, height)
        brightness[top:bottom] = _board(bottom - top, width, rng)
        brightness[top : top + 2] *= 0.45
        brightness[top + 2 : top + 4] *= 0.8
    return tint(brightness, tuple(colour))


def _board(height: int, width: int, rng: Generator) -> Array:
    """Grain: rings cut lengthwise, bent by slow noise, with fine streaks over them."""
    across = np.arange(height)[:, None] / rng.uniform(9, 16)
    bend = 3.0 * smooth_noise(height, width, rng, (70, 260))
    rings = np.sin(2 * np.pi * (across + bend) / 2.2)
    streaks = smooth_noise(height, width, rng, (1.6, 70))
    return rng.uniform(0.92, 1.08) + 0.055 * rings + 0.07 * streaks


def kraft(height: int, width: int, rng: Generator) -> Array:
    """Brown wrapping paper: short fibres along the roll, specks and slight waves."""
    fibres = smooth_noise(height, width, rng, (1.5, 9)) + smooth_noise(height, width, rng, (2, 2))
    brightness = 1 + 0.035 * fibres + 0.03 * cloud(height, width, rng, 120, 3)
    return tint(brightness, (0.74, 0.58, 0.42))


def linen(height: int, width: int, rng: Generator) -> Array:
    """Woven cloth, from fine linen to burlap: threads of uneven width going over and under."""
    colour = pick(rng, ((0.86, 0.82, 0.74), (0.71, 0.58, 0.41), (0.62, 0.66, 0.67)))
    pitch = rng.uniform(5, 8)
    warp = np.arange(width)[None, :] / pitch + 0.35 * smooth_noise(height, width, rng, (60, 12))
    weft = np.arange(height)[:, None] / pitch + 0.35 * smooth_noise(height, width, rng, (12, 60))
    over = np.sin(np.pi * warp) * np.sin(np.pi * weft)
    slubs = smooth_noise(height, width, rng, (3, 40)) + smooth_noise(height, width, rng, (40, 3))
    folds = smooth_noise(height, width, rng, (200, 260))
    return tint(0.97 + 0.10 * over + 0.05 * slubs + 0.05 * folds, tuple(colour))


def slate(height: int, width: int, rng: Generator) -> Array:
    """Dark cleft stone, lit from the side so that its relief shows."""
    relief = cloud(height, width, rng, 130, 6)
    lit = np.gradient(relief, axis=1) + np.gradient(relief, axis=0)
    grain = smooth_noise(height, width, rng, (1.5, 2.5))
    brightness = 1 + 1.4 * lit + 0.14 * relief + 0.06 * grain
    return tint(brightness, (0.27, 0.285, 0.30))


def marble(height: int, width: int, rng: Generator) -> Array:
    """White stone with grey veins, which run where a bent noise crosses zero."""
    veins = np.exp(-np.abs(cloud(height, width, rng, 260)) / 0.045)
    fine = np.exp(-np.abs(cloud(height, width, rng, 150)) / 0.02)
    strength = np.clip(0.5 + 0.6 * smooth_noise(height, width, rng, (160, 160)), 0, 1)
    mottle = cloud(height, width, rng, 180, 4)
    return tint(0.93 + 0.02 * mottle - strength * (0.22 * veins + 0.10 * fine), (1, 0.995, 0.985))


def steel(height: int, width: int, rng: Generator) -> Array:
    """Brushed tray: fine lines along it and broad soft reflections across them."""
    brushing = smooth_noise(height, width, rng, (1.2, 160))
    reflections = smooth_noise(height, width, rng, (10_000, 150))
    return tint(0.70 + 0.035 * brushing + 0.10 * reflections, (0.98, 1.0, 1.02))


def pastel(height: int, width: int, rng: Generator) -> Array:
    """Coloured studio paper, hardly any texture."""
    colour = pick(
        rng,
        (
            (0.95, 0.80, 0.78),
            (0.76, 0.87, 0.88),
            (0.80, 0.88, 0.76),
            (0.95, 0.90, 0.74),
            (0.84, 0.80, 0.90),
        ),
    )
    grain = 1 + 0.012 * smooth_noise(height, width, rng, (2, 2))
    return tint(grain, tuple(colour))


SURFACES: dict[str, Surface] = {
    surface.__name__: surface
    for surface in (sweep, wood, kraft, linen, slate, marble, steel, pastel)
}


def add_bowl(surface: Array, radius: float, rng: Generator) -> Array:
    """Set a glazed bowl, seen from above, in the middle of ``surface``."""
    height, width = surface.shape[:2]
    down, across = np.mgrid[:height, :width]
    down, across = (down - height / 2) / radius, (across - width / 2) / radius
    distance = np.hypot(down, across)

    shadow_distance = np.hypot(down - 0.07, across - 0.05)
    shadow = 0.55 / (1 + np.exp((shadow_distance - 1.0) / 0.035))
    # The hollow is darkest under the side the light comes from (upper left), like a real bowl.
    hollow = 0.78 + 0.16 * (down + across) - 0.10 * (1 - distance)
    rim = 0.12 * np.exp(-(((distance - 0.965) / 0.022) ** 2)) * (1 - 0.6 * (down + across))
    glaze = tint(np.where(distance < 0.93, hollow, 0.96) + rim, tuple(pick(rng, BOWL_COLOURS)))

    inside = np.clip((1 - distance) * radius, 0, 1)[..., None]
    return surface * (1 - shadow[..., None]) * (1 - inside) + glaze * inside
