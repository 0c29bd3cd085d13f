"""Charts of the comparison page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relevance.pages.charts import (
    INK,
    IRRELEVANT,
    LINE,
    RELEVANT,
    new_axes,
    short_names,
    svg,
)

_LABEL_HEIGHT = 0.08  # of a label in the chart of quality against speed


@dataclass(frozen=True, slots=True)
class Point:
    """One run in the chart of quality against speed; ``low`` and ``high`` are its interval."""

    name: str
    rate: float
    quality: float
    low: float
    high: float
    on_front: bool


def quality_against_speed(points: Sequence[Point]) -> str:
    """Average precision over pictures a second (logarithmic), the Pareto front as a line."""
    figure, axes = new_axes(5.2, 3.4)
    axes.set_xscale("log")
    front = sorted((point.rate, point.quality) for point in points if point.on_front)
    axes.plot(*np.array(front).T, color=RELEVANT, linewidth=1.4)
    for point in points:
        colour, marker = (RELEVANT, "*") if point.on_front else (IRRELEVANT, "s")
        axes.plot([point.rate] * 2, [point.low, point.high], color=colour, alpha=0.5, linewidth=3)
        size = 15 if point.on_front else 8
        axes.plot(point.rate, point.quality, marker, ms=size, color=colour, mew=0)
    rates = [point.rate for point in points]
    axes.set_xlim(min(rates) / 1.6, max(rates) * 1.6)
    axes.set_ylim(0, 1.04)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if _is_plain(value) else "")
    axes.set(xlabel="pictures a second, reading included", ylabel="average precision")
    for point, height in zip(points, _apart([point.quality for point in points]), strict=True):
        right = point.rate < max(rates) ** 0.5 * min(rates) ** 0.5
        axes.annotate(
            short_names([point.name])[0],
            (point.rate, point.quality),
            xytext=(point.rate * (1.06 if right else 1 / 1.06), height + _LABEL_HEIGHT / 2),
            ha="left" if right else "right",
            va="center",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": LINE, "linewidth": 0.8},
        )
    best = max(points, key=lambda point: point.quality)
    return svg(figure, f"Quality against speed of {len(points)} runs; best: {best.name}")


def _is_plain(value: float) -> bool:
    """Whether a tick between powers of ten is labelled: 2 and 5, not 3."""
    return f"{value:.0e}"[0] in "25"


def _apart(heights: Sequence[float]) -> list[float]:
    """Move heights of labels up where they would overlap, the lowest first."""
    placed: dict[int, float] = {}
    last = -1.0
    for number in sorted(range(len(heights)), key=heights.__getitem__):
        last = max(heights[number], last + _LABEL_HEIGHT)
        placed[number] = last
    surplus = max(0.0, last - 1)
    return [placed[number] - surplus for number in range(len(heights))]
