"""Matrices of many keywords as tables with coloured cells, ready for the template."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relevance.jobs.categories.order import WORST_FIRST, folder_order, keyword_order
from relevance.jobs.categories.table import CategoryTable
from relevance.judging.naming import NONE
from relevance.pages.matrix import MAX_SIDE, Cell, Matrix, Row, left_out
from relevance.pages.wording import number, percent
from relevance.system.names import told_apart


def means_matrix(table: CategoryTable) -> Matrix:
    """Mean scores, coloured by the keyword's own min-max scale."""
    keywords, folders = keyword_order(table)[:MAX_SIDE], folder_order(table)[:MAX_SIDE]
    names, own = told_apart(table.folders), table.folder_keyword
    rows = []
    for row in keywords:
        means, heat = table.mean_matrix[row], np.nan_to_num(table.scaled_matrix[row])
        highest = int(table.best_folder[row])
        cells = [
            Cell(number(float(means[f])), float(heat[f]), int(own[f]) == row, f == highest)
            for f in folders
        ]
        rows.append(Row(table.keywords[row], tuple(cells), (names[highest],), number=row))
    return Matrix(
        label="Mean score of each keyword (row) in each folder (column)",
        corner="keyword \\ folder",
        columns=tuple(names[f] for f in folders),
        rows=tuple(rows),
        extras=("Highest in",),
        note=_note(
            table,
            [("keywords", keywords, len(table.keywords)), ("folders", folders, len(table.folders))],
            "categories-means.csv",
        ),
        titles=tuple(table.folders[f] for f in folders),
        numbers=tuple(folders),
        opens="means",
    )


def confusion_matrix(table: CategoryTable) -> Matrix:
    """Pictures by true and best keyword, coloured by their share of the row."""
    counts = table.confusion_matrix
    known = [row for row in keyword_order(table) if counts[row].any()]
    shown, columns = known[:MAX_SIDE], keyword_order(table)[:MAX_SIDE]
    rows = [
        Row(
            table.keywords[true],
            _counted(counts[true], columns, own=true),
            (str(counts[true].sum()), percent(counts[true, true] / counts[true].sum())),
            number=true,
        )
        for true in shown
    ]
    return Matrix(
        label="Pictures by keyword of their folder (row) and best keyword (column)",
        corner="folder's \\ best keyword",
        columns=tuple(table.keywords[column] for column in columns),
        rows=tuple(rows),
        extras=("Pictures", "Right"),
        note=_note(
            table,
            [("rows", shown, len(known)), ("columns", columns, len(table.keywords))],
            "categories.json",
        ),
        numbers=tuple(columns),
        opens="confusion",
    )


def nameless_matrix(table: CategoryTable) -> Matrix:
    """Pictures of the folders that bear no keyword, by best keyword."""
    nameless = np.flatnonzero((table.folder_keyword == NONE) & (table.n_by_folder > 0)).tolist()
    shown, columns = nameless[:MAX_SIDE], keyword_order(table)[:MAX_SIDE]
    names = told_apart(table.folders)
    rows = [
        Row(
            names[f],
            _counted(table.called[f], columns),
            (str(table.n_by_folder[f]),),
            table.folders[f],
            f,
        )
        for f in shown
    ]
    return Matrix(
        label="Pictures by folder (row) and best keyword (column)",
        corner="folder \\ best keyword",
        columns=tuple(table.keywords[column] for column in columns),
        rows=tuple(rows),
        extras=("Pictures",),
        note=left_out(
            [
                ("folders", len(shown), len(nameless)),
                ("keywords", len(columns), len(table.keywords)),
            ],
            "categories.json",
        ),
        numbers=tuple(columns),
        opens="nameless",
    )


def _counted(
    counts: npt.NDArray[np.int64], columns: Sequence[int], own: int = NONE
) -> tuple[Cell, ...]:
    """Cells of a row of counts."""
    total, highest = int(counts.sum()), int(counts.argmax())
    return tuple(
        Cell(str(counts[column]), counts[column] / total, column == own, column == highest)
        for column in columns
    )


def _note(table: CategoryTable, sides: Sequence[tuple[str, Sequence[int], int]], file: str) -> str:
    """Say in which order rows stand, where it is not that of the folders, and what is left out."""
    cut = left_out([(what, len(shown), total) for what, shown, total in sides], file)
    is_sorted = len(table.folders) > WORST_FIRST and bool(table.accuracy.n)
    order = "Keywords whose own pictures are called wrongly most often come first."
    return " ".join(filter(None, (order if is_sorted else "", cut)))
