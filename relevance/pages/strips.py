"""Values of many groups on one axis, a strip each: every value, the middle half, mean, interval.

Strips stand beside their names as text, so that names wrap, can be selected and tell the whole on
hover, and charts fit a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.pages.wording import interval, number
from relevance.system.names import told_apart

MAX_POINTS = 120
SHOWN = 12
"""So many strips are shown; who asks sees the others."""

_WIDTH, _HEIGHT = 1000, 24  # units of a strip, stretched to the room there is
_TICKS = 5  # at most
_LEAST_SPREAD = 1e-6  # values that differ by less are drawn as equal

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one group.

    Attributes:
        name: Its name.
        label: "relevant", "irrelevant", "mixed" or "": its colour, and the word beside its name.
        values: ``(n,)`` its values; at least one.
        mean: Their mean.
        low: Lower end of the mean's interval; NaN for none.
        high: Its upper end.
        note: What stands behind the mean, such as "3 of 10 relevant".
    """

    name: str
    label: str
    values: Floats
    mean: float
    low: float
    high: float
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """A strip as the template draws it; ``svg`` is safe to be put into a page."""

    name: str
    short: str
    label: str
    svg: str
    mean: str
    interval: str
    note: str


@dataclass(frozen=True, slots=True)
class Strips:
    """All strips, and the ticks of their axis as per cent from the left with their text."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    is_sampled: bool

    @property
    def first(self) -> tuple[Row, ...]:
        """What is shown."""
        return self.rows[:SHOWN]

    @property
    def more(self) -> tuple[Row, ...]:
        """What is shown to who asks."""
        return self.rows[SHOWN:]


def strips(groups: Sequence[Group]) -> Strips:
    """Lay groups on one axis, from 0, over every value."""
    ends = [0.0, *(float(end) for group in groups for end in _ends(group))]
    low, high = min(ends), max(ends)
    margin = 0.03 * (high - low if high - low > _LEAST_SPREAD else 1)
    axis = _Axis(low - margin, high + margin)
    return Strips(
        rows=tuple(
            Row(
                name=group.name,
                short=short,
                label=group.label,
                svg=_svg(group, axis),
                mean=number(group.mean),
                interval=interval(group.low, group.high),
                note=group.note,
            )
            for group, short in zip(groups, told_apart([g.name for g in groups]), strict=True)
        ),
        ticks=tuple((100 * axis.place(tick), text) for tick, text in axis.ticks()),
        is_sampled=any(len(group.values) > MAX_POINTS for group in groups),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def place(self, value: float) -> float:
        """Say where on the axis a value lies, from 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def x(self, value: float) -> str:
        return f"{_WIDTH * self.place(value):.1f}"

    def ticks(self) -> list[tuple[float, str]]:
        """Return round values, and how they are written."""
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough)
        digits = max(0, -math.floor(math.log10(step)))
        numbers = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        return [(n * step, number(n * step, digits)) for n in numbers]


def _ends(group: Group) -> tuple[float, float]:
    return group.values.min(), group.values.max()


def _svg(group: Group, axis: _Axis) -> str:
    """Draw one strip; its text stands beside it, so that it is hidden from screen readers."""
    low, middle, high = (axis.x(q) for q in np.quantile(group.values, [0.25, 0.5, 0.75]))
    points = _spread_sample(group.values)
    offsets = np.arange(len(points)) * 0.618034 % 1 * 12 + 3  # even, without chance
    rug = "".join(
        f"M{axis.x(value)} {offset:.0f}v6" for value, offset in zip(points, offsets, strict=True)
    )
    mean, zero = axis.x(group.mean), axis.x(0)
    spread = (
        ""
        if math.isnan(group.low)
        else f'<path class="ci" d="M{axis.x(group.low)} 12H{axis.x(group.high)}"/>'
    )
    return (
        f'<svg class="strip-svg {group.label or "none"}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="zero" d="M{zero} 0V{_HEIGHT}"/>'
        f'<path class="half" d="M{low} 3H{high}V21H{low}Z"/>'
        f'<path class="median" d="M{middle} 3V21"/><path class="rug" d="{rug}"/>{spread}'
        f'<path class="mean" d="M{mean} 0V{_HEIGHT}"/></svg>'
    )


def _spread_sample(values: Floats) -> Floats:
    """Take values evenly spaced in rank, so that large groups stay drawable."""
    if len(values) <= MAX_POINTS:
        return values
    chosen = np.linspace(0, len(values) - 1, MAX_POINTS).astype(int)
    return np.asarray(np.sort(values)[chosen], dtype=np.float64)
