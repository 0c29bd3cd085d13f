"""Charts of the captions page."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from relevance.pages.charts import (
    INK,
    NEUTRAL,
    Floats,
    new_axes,
    svg,
)


def histogram(values: Floats, unit: str) -> str:
    """Counts of values, with their median as a line."""
    figure, axes = new_axes(5.2, 2.9)
    bins = min(40, max(8, round(len(values) ** 0.5)))
    axes.hist(values, bins=bins, color=NEUTRAL, alpha=0.75, linewidth=0)
    axes.axvline(float(np.median(values)), color=INK, linewidth=1.4)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel=unit, ylabel="rows")
    return svg(figure, f"Histogram of {len(values)} values; median {np.median(values):.3f}")
