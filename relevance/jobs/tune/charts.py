"""Charts of the tuning page: loss by epoch, and the validation figure by share."""

from __future__ import annotations

from collections.abc import Sequence

from relevance.encoders.tuning import Epoch
from relevance.pages.charts import INK, IRRELEVANT, NEUTRAL, RELEVANT, new_axes, svg

_SIZE = 4.6, 3.0
_LINES = ((RELEVANT, "o"), (IRRELEVANT, "s"), (NEUTRAL, "^"))


def losses(history: Sequence[Epoch]) -> str:
    """Loss of the training and of the validation part after each epoch."""
    figure, axes = new_axes(*_SIZE)
    epochs = [item.epoch for item in history]
    axes.plot(epochs, [item.loss for item in history], color=RELEVANT, marker="o", label="training")
    followed = [(item.epoch, item.validation_loss) for item in history]
    known = [(epoch, loss) for epoch, loss in followed if loss is not None]
    if known:
        axes.plot(*zip(*known, strict=True), color=IRRELEVANT, marker="s", label="validation")
    axes.set(xlabel="epoch", ylabel="loss, nats a pair", ylim=(0, None))
    axes.legend(frameon=False, labelcolor=INK)
    return svg(figure, f"Loss over {len(history)} epochs")


def shares(
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]], chosen: tuple[str, float]
) -> str:
    """Figure of the validation part against the share of the way from the start.

    Args:
        curves: Name and points of each way of training.
        chosen: Name and share of what was kept.
    """
    figure, axes = new_axes(*_SIZE)
    for (name, points), (colour, marker) in zip(curves, _LINES, strict=False):
        x, y = zip(*points, strict=True)
        axes.plot(x, y, color=colour, marker=marker, markersize=5, label=name)
        kept = dict(points).get(chosen[1]) if name == chosen[0] else None
        if kept is not None:
            axes.plot(chosen[1], kept, "*", color=colour, markersize=17, markeredgewidth=0)
    axes.set(xlabel="share of the way from the start", ylabel="figure on the validation part")
    if len(curves) > 1:
        axes.legend(frameon=False, labelcolor=INK)
    return svg(figure, f"Validation figure by share; kept: {chosen[1]:g}")
