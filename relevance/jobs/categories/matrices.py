"""Matrices of many keywords as tables with coloured cells, ready for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.jobs.categories.table import CategoryTable
from relevance.judging.naming import NONE
from relevance.pages.wording import number, percent

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
    """A row: its name, its cells, and what stands behind them."""

    name: str
    cells: tuple[Cell, ...]
    extras: tuple[str, ...] = ()


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
    """

    label: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    extras: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_crowded(self) -> bool:
        """Whether the columns' names stand upright, as they do not fit side by side."""
        return sum(len(name) + 3 for name in [*self.columns, *self.extras]) > _WIDE


def means_matrix(table: CategoryTable) -> Matrix:
    """Mean scores, coloured by the keyword's own min-max scale."""
    keywords, folders = table.keywords[:MAX_SIDE], table.folders[:MAX_SIDE]
    own = table.folder_keyword
    rows = []
    for row, keyword in enumerate(keywords):
        means, heat = table.mean_matrix[row], np.nan_to_num(table.scaled_matrix[row])
        highest = int(table.best_folder[row])
        cells = [
            Cell(number(float(means[f])), float(heat[f]), int(own[f]) == row, f == highest)
            for f in range(len(folders))
        ]
        rows.append(Row(keyword, tuple(cells), (table.folders[highest],)))
    return Matrix(
        label="Mean score of each keyword (row) in each folder (column)",
        corner="keyword \\ folder",
        columns=folders,
        rows=tuple(rows),
        extras=("Highest in",),
        note=_left_out(
            [("keywords", len(keywords), len(table.keywords)), ("folders", *_sizes(table.folders))],
            "categories-means.csv",
        ),
    )


def confusion_matrix(table: CategoryTable) -> Matrix:
    """Pictures by true and best keyword, coloured by their share of the row."""
    counts = table.confusion_matrix
    known = np.flatnonzero(counts.sum(axis=1))
    shown = known[:MAX_SIDE].tolist()
    columns = table.keywords[:MAX_SIDE]
    rows = [
        Row(
            table.keywords[true],
            _counted(counts[true], len(columns), own=true),
            (str(counts[true].sum()), percent(counts[true, true] / counts[true].sum())),
        )
        for true in shown
    ]
    return Matrix(
        label="Pictures by keyword of their folder (row) and best keyword (column)",
        corner="folder's \\ best keyword",
        columns=columns,
        rows=tuple(rows),
        extras=("Pictures", "Right"),
        note=_left_out(
            [("rows", len(shown), len(known)), ("columns", *_sizes(table.keywords))],
            "categories.json",
        ),
    )


def nameless_matrix(table: CategoryTable) -> Matrix:
    """Pictures of the folders that bear no keyword, by best keyword."""
    nameless = np.flatnonzero((table.folder_keyword == NONE) & (table.n_by_folder > 0))
    shown, columns = nameless[:MAX_SIDE].tolist(), table.keywords[:MAX_SIDE]
    rows = [
        Row(table.folders[f], _counted(table.called[f], len(columns)), (str(table.n_by_folder[f]),))
        for f in shown
    ]
    return Matrix(
        label="Pictures by folder (row) and best keyword (column)",
        corner="folder \\ best keyword",
        columns=columns,
        rows=tuple(rows),
        extras=("Pictures",),
        note=_left_out(
            [("folders", len(shown), len(nameless)), ("keywords", *_sizes(table.keywords))],
            "categories.json",
        ),
    )


def _counted(counts: npt.NDArray[np.int64], n_shown: int, own: int = NONE) -> tuple[Cell, ...]:
    """Cells of a row of counts."""
    total, highest = int(counts.sum()), int(counts.argmax())
    return tuple(
        Cell(str(count), count / total, column == own, column == highest)
        for column, count in enumerate(counts[:n_shown].tolist())
    )


def _sizes(names: Sequence[str]) -> tuple[int, int]:
    return min(len(names), MAX_SIDE), len(names)


def _left_out(sides: Sequence[tuple[str, int, int]], file: str) -> str:
    """Say what is not drawn, and where it is to be found."""
    cut = [f"{shown} of {total} {what}" for what, shown, total in sides if shown < total]
    return f"The first {' and '.join(cut)} are drawn; {file} has all." if cut else ""
