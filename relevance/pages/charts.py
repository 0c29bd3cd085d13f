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
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

MAX_FOLDERS = 40
MAX_POINTS = 120
_LABEL_HEIGHT = 0.08  # of a label in the chart of quality against speed
_POINTS_PER_INCH = 72  # of SVG as matplotlib writes it

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


@dataclass(frozen=True, slots=True)
class FolderScores:
    """What the folder charts need of one folder."""

    name: str
    label: str
    scores: Floats
    mean: float
    ci_low: float
    ci_high: float

    @property
    def colour(self) -> str:
        """Placeholder colour of the folder's label."""
        return {"relevant": RELEVANT, "irrelevant": IRRELEVANT}.get(self.label, NEUTRAL)

    @property
    def marker(self) -> str:
        """Shape of a point, so that the label does not hang on colour alone."""
        return {"relevant": "o", "irrelevant": "s"}.get(self.label, "^")


def folder_means(folders: Sequence[FolderScores], unit: str) -> str:
    """Bars of the folder means with their 95 % intervals, in the order given."""
    shown = folders[:MAX_FOLDERS]
    figure, axes = _folder_axes(shown)
    axes.set_xlim(*_range(shown))
    for row, folder in enumerate(shown):
        axes.barh(row, folder.mean, height=0.62, color=folder.colour, alpha=0.85)
        if not np.isnan(folder.ci_low):
            axes.plot([folder.ci_low, folder.ci_high], [row, row], color=INK, linewidth=1.6)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_xlabel(f"mean {unit}, line: 95 % interval")
    best = f"highest: {shown[0].name}, {shown[0].mean:.3f}" if shown else "no folder"
    return _svg(figure, f"Bar chart of the mean score of {len(shown)} folders; {best}")


def distributions(folders: Sequence[FolderScores], unit: str) -> str:
    """Every score of every folder as a point, over a box from the first to the third quartile."""
    shown = folders[:MAX_FOLDERS]
    figure, axes = _folder_axes(shown)
    axes.set_xlim(*_range(shown))
    for row, folder in enumerate(shown):
        low, middle, high = np.quantile(folder.scores, [0.25, 0.5, 0.75])
        axes.barh(row, high - low, left=low, height=0.62, color=folder.colour, alpha=0.22)
        axes.plot([middle, middle], [row - 0.31, row + 0.31], color=folder.colour, linewidth=2)
        points = _spread_sample(folder.scores)
        offsets = (np.arange(len(points)) * 0.618034 % 1 - 0.5) * 0.5  # even, without chance
        axes.plot(points, row + offsets, folder.marker, ms=4, color=folder.colour, alpha=0.7, mew=0)
    axes.set_xlabel(f"{unit}\nbox: middle half, line: median")
    return _svg(figure, f"Distribution of the scores in {len(shown)} folders")


def histogram(values: Floats, unit: str) -> str:
    """Counts of values, with their median as a line."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 2.9), layout="constrained")
        axes = figure.add_subplot()
    bins = min(40, max(8, round(len(values) ** 0.5)))
    axes.hist(values, bins=bins, color=NEUTRAL, alpha=0.75, linewidth=0)
    axes.axvline(float(np.median(values)), color=INK, linewidth=1.4)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel=unit, ylabel="rows")
    return _svg(figure, f"Histogram of {len(values)} values; median {np.median(values):.3f}")


def roc_curve(false_positives: Floats, true_positives: Floats, point: tuple[float, float]) -> str:
    """ROC curve with the threshold in use marked at ``point`` (false, true positive rate)."""
    figure, axes = _square_axes("false alarms (false positive rate)", "found (true positive rate)")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    axes.plot(false_positives, true_positives, color=RELEVANT, linewidth=2)
    return _with_dot(_svg(figure, "ROC curve; the dot is the threshold"), axes, point)


def precision_recall_curve(
    recall: Floats, precision: Floats, point: tuple[float, float], base_rate: float
) -> str:
    """Precision-recall curve with the threshold in use and the share of relevant pictures."""
    figure, axes = _square_axes("found (recall)", "right among verdicts (precision)")
    axes.axhline(base_rate, color=MUTED, linewidth=1, linestyle="--")
    axes.step(recall, precision, where="pre", color=RELEVANT, linewidth=2)
    return _with_dot(_svg(figure, "Precision-recall curve; the dot is the threshold"), axes, point)


def reliability_diagram(
    after: Sequence[tuple[float, float, int]], before: Sequence[tuple[float, float, int]]
) -> str:
    """Observed against predicted shares (predicted, observed, pictures), with and without a fit."""
    figure, axes = _square_axes("probability said", "share that is relevant")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    for points, colour, marker, name in (
        (before, NEUTRAL, "^", "uncalibrated"),
        (after, RELEVANT, "o", "calibrated"),
    ):
        x, y, n = np.array(points, dtype=np.float64).T
        axes.plot(x, y, color=colour, linewidth=1.6)
        axes.scatter(x, y, s=30 + 170 * n / n.max(), color=colour, marker=marker, label=name, lw=0)
    axes.legend(frameon=False, labelcolor=INK, loc="upper left", markerscale=0.7)
    return _svg(figure, "Reliability diagram: share of relevant pictures against probability")


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
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 3.4), layout="constrained")
        axes = figure.add_subplot()
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
            _short([point.name])[0],
            (point.rate, point.quality),
            xytext=(point.rate * (1.06 if right else 1 / 1.06), height + _LABEL_HEIGHT / 2),
            ha="left" if right else "right",
            va="center",
            color=INK,
            arrowprops={"arrowstyle": "-", "color": LINE, "linewidth": 0.8},
        )
    best = max(points, key=lambda point: point.quality)
    return _svg(figure, f"Quality against speed of {len(points)} runs; best: {best.name}")


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


def _folder_axes(folders: Sequence[FolderScores]) -> tuple[Figure, Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.8, 0.8 + 0.3 * max(len(folders), 1)), layout="constrained")
        axes = figure.add_subplot()
    axes.set_yticks(range(len(folders)), _short([folder.name for folder in folders]))
    axes.set_ylim(len(folders) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return figure, axes


def _range(folders: Sequence[FolderScores]) -> tuple[float, float]:
    """One axis for both folder charts: from 0, where bars begin, over every score."""
    ends = [0.0, *(end for folder in folders for end in (folder.scores.min(), folder.scores.max()))]
    margin = 0.04 * (max(ends) - min(ends) or 1)
    return min(ends) - margin * (min(ends) < 0), max(ends) + margin


def _square_axes(x_label: str, y_label: str) -> tuple[Figure, Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(3.4, 3.3), layout="constrained")
        axes = figure.add_subplot()
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    return figure, axes


def _with_dot(svg: str, axes: Axes, point: tuple[float, float]) -> str:
    """Add a dot that a script can move: the picture says where on it 0 and 1 of each axis are."""
    size = axes.get_figure(root=True)
    assert size is not None
    width, height = size.get_size_inches() * _POINTS_PER_INCH
    box = axes.get_position()
    (x_low, x_high), (y_low, y_high) = axes.get_xlim(), axes.get_ylim()
    x_unit = box.width * width / (x_high - x_low)
    y_unit = -box.height * height / (y_high - y_low)
    x_zero = box.x0 * width - x_low * x_unit
    y_zero = (1 - box.y0) * height - y_low * y_unit
    scale = (
        f'data-x0="{x_zero:.2f}" data-x="{x_unit:.2f}" data-y0="{y_zero:.2f}" data-y="{y_unit:.2f}"'
    )
    place = f'cx="{x_zero + point[0] * x_unit:.2f}" cy="{y_zero + point[1] * y_unit:.2f}"'
    return svg.replace("</svg>", f'<circle class="dot" r="5" {place} {scale}/></svg>')


def _short(names: Sequence[str]) -> list[str]:
    """Shorten names in the middle, by as much as keeps them apart.

    Also keeps matplotlib from reading ``$`` as mathematics.
    """
    for half in (10, 16, 24):
        short = [n if len(n) <= 2 * half + 1 else f"{n[:half]}…{n[-half:]}" for n in names]
        if len(set(short)) == len(names):
            break
    return [name.replace("$", r"\$") for name in short]


def _spread_sample(scores: Floats) -> Floats:
    """Take scores evenly spaced in rank, so that large folders stay drawable."""
    if len(scores) <= MAX_POINTS:
        return scores
    chosen = np.linspace(0, len(scores) - 1, MAX_POINTS).astype(int)
    return np.asarray(np.sort(scores)[chosen], dtype=np.float64)


def _svg(figure: Figure, description: str) -> str:
    """Render without XML prologue, with page colours and a description for screen readers."""
    buffer = io.StringIO()
    # The salt keeps the ids of two charts on one page apart and makes them repeatable.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": description}), warnings.catch_warnings():
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
