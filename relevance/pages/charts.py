"""Charts as inline SVG that takes its colours from the page, so dark mode and print just work.

matplotlib only writes fixed colours. We draw with placeholder colours and replace each by the CSS
variable it stands for.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from relevance.system.threads import one_at_a_time

INK, MUTED, LINE = "#010101", "#010102", "#010103"
RELEVANT, IRRELEVANT, NEUTRAL = "#010104", "#010105", "#010106"
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    RELEVANT: "var(--relevant)",
    IRRELEVANT: "var(--irrelevant)",
    NEUTRAL: "var(--neutral)",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: selectable, readable by machines, page's font
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # measured with it; the page's own font is shown
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}

# Parts of a stand-alone SVG that would reach beyond it in a page: a style rule for every element,
# and the names of groups (figure_1, axes_1), which are the same in each chart.
_NOT_FOR_INLINE = re.compile(
    r"<metadata>.*?</metadata>|<style.*?</style>|(?<=<g) id=\"[^\"]*\"", re.S
)
_FIXED_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')

Floats = npt.NDArray[np.float64]


def new_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Make an empty chart in house style; its size is in inches."""
    with one_at_a_time, mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.add_subplot()


def square_axes(x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """Make a square chart of two shares, from 0 to 1."""
    figure, axes = new_axes(3.4, 3.3)
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    return figure, axes


def svg(figure: Figure, description: str) -> str:
    """Render without XML prologue, with page colours and a description for screen readers."""
    buffer = io.StringIO()
    # The salt keeps the ids of two charts on one page apart and makes them repeatable.
    style = {**_STYLE, "svg.hashsalt": description}
    with one_at_a_time, mpl.rc_context(style), warnings.catch_warnings():
        # The page's own font draws the text, so it does not matter what matplotlib's lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        FigureCanvasSVG(figure)
        figure.savefig(
            buffer,
            format="svg",
            metadata={"Date": None, "Creator": None, "Title": description},
        )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = _NOT_FOR_INLINE.sub("", text)
    text = _FIXED_SIZE.sub("", text, count=2)
    for placeholder, variable in _VARIABLES.items():
        text = text.replace(placeholder, variable)
    label = html.escape(description)
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" class="chart" ', 1)


def short_names(names: Sequence[str]) -> list[str]:
    """Shorten names in the middle, by as much as keeps them apart.

    Also keeps matplotlib from reading ``$`` as mathematics.
    """
    for half in (10, 16, 24):
        short = [n if len(n) <= 2 * half + 1 else f"{n[:half]}…{n[-half:]}" for n in names]
        if len(set(short)) == len(names):
            break
    return [name.replace("$", r"\$") for name in short]
