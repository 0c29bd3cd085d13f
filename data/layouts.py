"""Ways of laying out products in a frame, as a product photographer would.

Every layout is a function ``(width, height, rng) -> placements`` registered in ``LAYOUTS``.
Placements come in drawing order, so what lies on top comes last.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

MAX_ITEMS = 45
BOWL_RADIUS = 0.46  # of the frame's shorter side


@dataclass(frozen=True)
class Placement:
    """Where one item goes: its centre, its diameter and its turn, in pixels and degrees."""

    x: float
    y: float
    size: float
    turn: float


Layout = Callable[[int, int, Generator], list[Placement]]


def _any_turn(rng: Generator) -> float:
    return float(rng.uniform(0, 360))


def _nearly_upright(rng: Generator) -> float:
    return float(rng.normal(0, 7))


def _hexagonal(half_width: float, half_height: float, step: float) -> Iterable[tuple[float, float]]:
    """Points of a honeycomb around (0, 0), from the back (top) row to the front one."""
    row_step = step * 0.87
    rows = int(half_height // row_step)
    for row in range(-rows, rows + 1):
        shift = step / 2 * (row % 2)
        columns = int((half_width - shift) // step)
        for column in range(-columns - row % 2, columns + 1):
            yield column * step + shift, row * row_step


def _disc(radius_x: float, radius_y: float, step: float) -> list[tuple[float, float]]:
    """Honeycomb points inside an ellipse."""
    return [
        (x, y)
        for x, y in _hexagonal(radius_x, radius_y, step)
        if (x / radius_x) ** 2 + (y / radius_y) ** 2 <= 1
    ]


def _top(placements: list[Placement]) -> list[Placement]:
    """Keep the frontmost items when there are more than a picture should have."""
    return placements[-MAX_ITEMS:]


def hero(width: int, height: int, rng: Generator) -> list[Placement]:
    """One item, large, a little below the middle."""
    size = min(width, height) * rng.uniform(0.45, 0.52)
    return [Placement(width * rng.uniform(0.46, 0.54), height * 0.53, size, _nearly_upright(rng))]


def group(width: int, height: int, rng: Generator) -> list[Placement]:
    """Two to four items standing together, the front ones lower and in front."""
    count = int(rng.integers(2, 5))
    size = min(width / (count + 0.6), height / 1.9) * 0.95
    xs = width / 2 + (np.arange(count) - (count - 1) / 2) * size * 1.1
    ys = height * 0.53 + rng.uniform(-0.22, 0.22, count) * size
    return [
        Placement(float(xs[i]), float(ys[i]), size * rng.uniform(0.92, 1.05), _nearly_upright(rng))
        for i in np.argsort(ys)
    ]


def grid(width: int, height: int, rng: Generator) -> list[Placement]:
    """Straight rows, every item turned the same way, as on a catalogue page."""
    rows = int(rng.integers(2, 5))
    step = height / (rows + 0.35)
    columns = max(2, round(width / step - 0.35))
    turn = rng.choice([0, 0, 35, -35])
    return [
        Placement(
            width / 2 + (column - (columns - 1) / 2) * width / (columns + 0.35),
            height / 2 + (row - (rows - 1) / 2) * step,
            step * rng.uniform(0.64, 0.70),
            turn + _nearly_upright(rng) / 2,
        )
        for row in range(rows)
        for column in range(columns)
    ]


def scatter(width: int, height: int, rng: Generator) -> list[Placement]:
    """Items strewn over the frame; a place too close to an earlier one is drawn again."""
    size = min(width, height) * rng.uniform(0.17, 0.26)
    spots: list[np.ndarray] = []
    for _ in range(400):
        spot = rng.uniform((0.08, 0.1), (0.92, 0.9)) * (width, height)
        if all(np.hypot(*(spot - other)) > size * 1.15 for other in spots):
            spots.append(spot)
    chosen = spots[: int(rng.integers(6, 17))]
    return [
        Placement(*map(float, spot), size * rng.uniform(0.88, 1.1), _any_turn(rng))
        for spot in chosen
    ]


def heap(width: int, height: int, rng: Generator) -> list[Placement]:
    """Pile items up in layers that narrow and rise, each drawn from the back to the front."""
    size = min(width, height) * rng.uniform(0.19, 0.23)
    half_width = width * 0.38
    half_depth = min(height * 0.27, half_width * 0.6)
    placements = []
    for layer in range(4):
        spread = 1 - 0.24 * layer
        for x, y in _disc(half_width * spread, half_depth * spread, size * 0.72):
            jitter = rng.normal(0, 0.10 * size, 2)
            placements.append(
                Placement(
                    width / 2 + x + jitter[0],
                    height * 0.58 + y - layer * size * 0.24 + jitter[1],
                    size * rng.uniform(0.9, 1.1),
                    _any_turn(rng),
                )
            )
    return _top(placements)


def fill(width: int, height: int, rng: Generator) -> list[Placement]:
    """Items from edge to edge, overlapping, as in a crate or a bulk bin."""
    size = math.sqrt(width * height / MAX_ITEMS) * 1.8
    half_width, half_height = width / 2 + size * 0.3, height / 2 + size * 0.3
    placements = []
    for x, y in _hexagonal(half_width, half_height, size * 0.72):
        jitter = rng.normal(0, 0.09 * size, 2)
        placements.append(
            Placement(
                width / 2 + x + jitter[0],
                height / 2 + y + jitter[1],
                size * rng.uniform(0.92, 1.1),
                _any_turn(rng),
            )
        )
    rng.shuffle(placements)
    return placements


def ring(width: int, height: int, rng: Generator) -> list[Placement]:
    """Point items outwards in a wreath, with room for a caption in the middle."""
    count = int(rng.integers(8, 14))
    radius = min(width, height) * 0.33
    size = 2 * np.pi * radius / count * rng.uniform(0.70, 0.80)
    angles = np.linspace(0, 360, count, endpoint=False) + rng.normal(0, 2, count)
    return [
        Placement(
            width / 2 + radius * np.sin(np.radians(angle)),
            height / 2 - radius * np.cos(np.radians(angle)),
            size,
            -angle + _nearly_upright(rng),
        )
        for angle in angles
    ]


def bowl(width: int, height: int, rng: Generator) -> list[Placement]:
    """Two layers heaped in a round bowl seen from above."""
    radius = min(width, height) * BOWL_RADIUS
    size = radius * rng.uniform(0.42, 0.50)
    placements = []
    for reach in (radius - size * 0.7, radius - size * 1.15):
        for x, y in _disc(reach, reach, size * 0.66):
            jitter = rng.normal(0, 0.07 * size, 2)
            placements.append(
                Placement(
                    width / 2 + x + jitter[0],
                    height / 2 + y + jitter[1],
                    size * rng.uniform(0.9, 1.08),
                    _any_turn(rng),
                )
            )
    return _top(placements)


LAYOUTS: dict[str, Layout] = {
    layout.__name__: layout for layout in (hero, group, grid, scatter, heap, fill, ring, bowl)
}
