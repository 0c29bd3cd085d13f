"""Charts of the calibration page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relevance.pages.charts import (
    INK,
    MUTED,
    NEUTRAL,
    RELEVANT,
    square_axes,
    svg,
)


def reliability_diagram(
    after: Sequence[tuple[float, float, int]], before: Sequence[tuple[float, float, int]]
) -> str:
    """Observed against predicted shares (predicted, observed, pictures), with and without a fit."""
    figure, axes = square_axes("probability said", "share that is relevant")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    for points, colour, marker, name in (
        (before, NEUTRAL, "^", "uncalibrated"),
        (after, RELEVANT, "o", "calibrated"),
    ):
        x, y, n = np.array(points, dtype=np.float64).T
        axes.plot(x, y, color=colour, linewidth=1.6)
        axes.scatter(x, y, s=30 + 170 * n / n.max(), color=colour, marker=marker, label=name, lw=0)
    axes.legend(frameon=False, labelcolor=INK, loc="upper left", markerscale=0.7)
    return svg(figure, "Reliability diagram: share of relevant pictures against probability")
