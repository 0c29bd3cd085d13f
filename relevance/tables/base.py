"""What a table is to those who read or write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol


class _Missing(Enum):
    MISSING = ""


MISSING = _Missing.MISSING
"""A cell that is not there, in a format where a row need not have all columns."""


class Batch(Protocol):
    """Rows one after the other.

    Attributes:
        n_rows: How many.
        faults: Reasons by number within the batch, for rows that are not as they should be.
    """

    @property
    def n_rows(self) -> int:
        """See the class."""

    @property
    def faults(self) -> Mapping[int, str]:
        """See the class."""

    def column(self, number: int) -> Sequence[Any]:
        """Return the cells of one column."""

    def rows(self) -> Iterable[Sequence[Any]]:
        """Return all rows, a sequence of cells each, as many as the table has columns."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows of a text file.

    Attributes:
        cells: A sequence of cells for each row.
        faults: See ``Batch``.
        lines: The rows as they stood in the file, where a line is a row.
    """

    cells: Sequence[Sequence[Any]]
    faults: Mapping[int, str] = field(default_factory=dict)
    lines: Sequence[str] = ()

    @property
    def n_rows(self) -> int:
        """How many rows."""
        return len(self.cells)

    def column(self, number: int) -> Sequence[Any]:
        """Return the cells of one column."""
        return [row[number] for row in self.cells]

    def rows(self) -> Iterable[Sequence[Any]]:
        """Return all rows."""
        return self.cells


class Table(Protocol):
    """A table in a file, which was looked through once.

    Attributes:
        columns: Names in their order.
        n_rows: How many rows there are.
        note: How it was understood, for people; empty where nothing was guessed.
    """

    columns: tuple[str, ...]
    n_rows: int
    note: str

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows, at most ``size`` at a time and always cut at the same places."""


class Writer(Protocol):
    """A table that is being written."""

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Write rows with further columns: by name, a cell for each row."""

    def close(self) -> None:
        """Write what is left."""
