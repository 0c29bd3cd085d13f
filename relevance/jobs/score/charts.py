"""Charts of the score page: what a threshold does."""

from __future__ import annotations

from matplotlib.axes import Axes

from relevance.pages.charts import MUTED, RELEVANT, Floats, square_axes, svg

_POINTS_PER_INCH = 72  # of SVG as matplotlib writes it


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
