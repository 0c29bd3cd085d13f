"""Matrices of many keywords as tables with coloured cells, ready for the template."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relevance.jobs.categories.table import CategoryTable
from relevance.judging.naming import NONE
from relevance.pages.matrix import MAX_SIDE, Cell, Matrix, Row, left_out
from relevance.pages.wording import number, percent


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
        note=left_out(
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
        note=left_out(
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
        note=left_out(
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
