"""Tables of numbers with coloured cells, as the template ``matrix.html`` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SIDE = 60
"""Rows and columns that are drawn; more would neither be read nor opened quickly."""

_WIDE = 122  # characters of column names, with gaps of three, that fit side by side


@dataclass(frozen=True, slots=True)
class Cell:
    """One number.

    Attributes:
        text: As it is shown.
        heat: Strength of its colour, 0 to 1.
        is_own: Row and column belong together by name.
        is_highest: No other number of the row is higher.
    """

    text: str
    heat: float
    is_own: bool
    is_highest: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Attributes:
        name: As it is shown.
        cells: Its numbers.
        extras: What stands behind them.
        title: The whole name, where it is shown shortened.
        number: What a script knows it by.
    """

    name: str
    cells: tuple[Cell, ...]
    extras: tuple[str, ...] = ()
    title: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table with coloured cells.

    Attributes:
        label: What it is, for those who do not see it.
        corner: What rows and columns are.
        columns: Names of the columns.
        extras: Names of the columns behind the cells.
        rows: The rows.
        note: What is not drawn; may be empty.
        titles: Whole names of the columns, where these are shown shortened.
        numbers: What a script knows the columns by.
        opens: What a script shows of a cell that is opened; "" where cells do not open.
    """

    label: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    extras: tuple[str, ...] = ()
    note: str = ""
    titles: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    opens: str = ""

    @property
    def is_crowded(self) -> bool:
        """Whether the columns' names stand upright, as they do not fit side by side."""
        return sum(len(name) + 3 for name in [*self.columns, *self.extras]) > _WIDE


def left_out(sides: Sequence[tuple[str, int, int]], file: str) -> str:
    """Say what is not drawn, and where it is to be found."""
    cut = [f"{shown} of {total} {what}" for what, shown, total in sides if shown < total]
    return f"The first {' and '.join(cut)} are drawn; {file} has all." if cut else ""
