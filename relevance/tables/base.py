"""What a table is to those who read or write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol


class _Missing(Enum):
    MISSING = ""


MISSING = _Missing.MISSING
"""A cell that is not there, in a format where a row need not have all columns."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows one after the other.

    Attributes:
        rows: A sequence of cells each, as many as the table has columns.
        faults: Reasons by number within the batch, for rows that are not as they should be.
        arrow: The same rows as a ``pyarrow.RecordBatch``, if they came as one.
    """

    rows: Sequence[Sequence[Any]]
    faults: Mapping[int, str] = field(default_factory=dict)
    arrow: Any = None


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
