"""Charts of the score page: folders, their pictures, and what a threshold does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relevance.pages.charts import (
    INK,
    IRRELEVANT,
    MUTED,
    NEUTRAL,
    RELEVANT,
    Floats,
    new_axes,
    short_names,
    square_axes,
    svg,
)

MAX_FOLDERS = 40
MAX_POINTS = 120
_POINTS_PER_INCH = 72  # of SVG as matplotlib writes it


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
    axes.set_xlabel(f"mean {unit}\nline: 95 % interval")
    best = f"highest: {shown[0].name}, {shown[0].mean:.3f}" if shown else "no folder"
    return svg(figure, f"Bar chart of the mean score of {len(shown)} folders; {best}")


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
    return svg(figure, f"Distribution of the scores in {len(shown)} folders")


def roc_curve(false_positives: Floats, true_positives: Floats, point: tuple[float, float]) -> str:
    """ROC curve with the threshold in use marked at ``point`` (false, true positive rate)."""
    figure, axes = square_axes("false alarms (false positive rate)", "found (true positive rate)")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    axes.plot(false_positives, true_positives, color=RELEVANT, linewidth=2)
    return _with_dot(svg(figure, "ROC curve; the dot is the threshold"), axes, point)


def precision_recall_curve(
    recall: Floats, precision: Floats, point: tuple[float, float], base_rate: float
) -> str:
    """Precision-recall curve with the threshold in use and the share of relevant pictures."""
    figure, axes = square_axes("found (recall)", "right among verdicts (precision)")
    axes.axhline(base_rate, color=MUTED, linewidth=1, linestyle="--")
    axes.step(recall, precision, where="pre", color=RELEVANT, linewidth=2)
    return _with_dot(svg(figure, "Precision-recall curve; the dot is the threshold"), axes, point)


def _folder_axes(folders: Sequence[FolderScores]) -> tuple[Figure, Axes]:
    figure, axes = new_axes(4.8, 0.8 + 0.3 * max(len(folders), 1))
    axes.set_yticks(range(len(folders)), short_names([folder.name for folder in folders]))
    axes.set_ylim(len(folders) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return figure, axes


def _range(folders: Sequence[FolderScores]) -> tuple[float, float]:
    """One axis for both folder charts: from 0, where bars begin, over every score."""
    ends = [0.0, *(end for folder in folders for end in (folder.scores.min(), folder.scores.max()))]
    margin = 0.04 * (max(ends) - min(ends) or 1)
    return min(ends) - margin * (min(ends) < 0), max(ends) + margin


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


def _spread_sample(scores: Floats) -> Floats:
    """Take scores evenly spaced in rank, so that large folders stay drawable."""
    if len(scores) <= MAX_POINTS:
        return scores
    chosen = np.linspace(0, len(scores) - 1, MAX_POINTS).astype(int)
    return np.asarray(np.sort(scores)[chosen], dtype=np.float64)
