"""Columns of results as cells of files.

A column is a sequence of texts, or an array: of floats, where NaN is a missing number, or of
anything else, masked where it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relevance.exports.csv_file import decimals, no_formulas

if TYPE_CHECKING:
    import pandas as pd

Column: TypeAlias = Sequence[str] | npt.NDArray[Any]
Columns: TypeAlias = Mapping[str, Column]


def csv_rows(columns: Columns) -> Iterator[tuple[object, ...]]:
    """Yield rows as a CSV file shows them; see ``csv_file.decimals`` and ``no_formula``."""
    return zip(*map(_csv_cells, columns.values()), strict=True)


def plain_columns(columns: Columns) -> dict[str, list[Any]]:
    """Return cells as plain Python types, None where missing."""
    return {name: _plain_cells(column) for name, column in columns.items()}


def records(columns: Columns) -> Iterator[dict[str, Any]]:
    """Yield a row after the other, by column, as plain JSON types."""
    cells = plain_columns(columns)
    return (dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True))


def frame(columns: Columns) -> pd.DataFrame:
    """Return columns as a DataFrame that shares no memory with them."""
    import pandas as pd

    made: dict[str, Any] = dict(columns)
    for name, column in columns.items():
        if isinstance(column, np.ma.MaskedArray):
            kind = pd.BooleanDtype() if column.dtype.kind == "b" else pd.Int64Dtype()
            made[name] = pd.array(column.tolist(), dtype=kind)
    return pd.DataFrame(made)


def taken(columns: Columns, rows: npt.NDArray[np.int64]) -> dict[str, Column]:
    """Return some rows, in the order asked for."""
    return {
        name: column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]
        for name, column in columns.items()
    }


def _csv_cells(column: Column) -> Sequence[object]:
    if not isinstance(column, np.ndarray):
        return no_formulas(column)
    if column.dtype.kind == "f":
        return decimals(column)
    return ["" if value is None else value for value in column.tolist()]


def _plain_cells(column: Column) -> list[Any]:
    if not isinstance(column, np.ndarray):
        return list(column)
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        return [None if value != value else value for value in values]
    return values
