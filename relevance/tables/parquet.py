"""Parquet, through pyarrow: types, nesting and what pandas noted about its index stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relevance.errors import UsageError
from relevance.system.names import printable
from relevance.tables.base import Batch

_GROUP_ROWS = 16_384
_GROUP_BYTES = 64_000_000


class ParquetTable:
    """A Parquet file."""

    note = ""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            UsageError: It is no Parquet file.
            OSError: It cannot be read.
        """
        self._path = path
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise UsageError(f"{printable(path)} is no Parquet file: {error}.") from error
        self.schema = self._file.schema_arrow
        self.columns = tuple(self.schema.names)
        self.n_rows = self._file.metadata.num_rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows.

        Raises:
            UsageError: A part of the file is damaged.
        """
        try:
            for batch in self._file.iter_batches(batch_size=size):
                yield ArrowBatch(batch)
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{printable(self._path)} is damaged: {error}.") from error


@dataclass(frozen=True, slots=True)
class ArrowBatch:
    """Rows of a Parquet or Arrow file; only cells that are asked for become Python's."""

    arrow: Any
    faults: Mapping[int, str] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """How many rows."""
        return int(self.arrow.num_rows)

    def column(self, number: int) -> Sequence[Any]:
        """Return the cells of one column; as text, where Python has no such value."""
        column = self.arrow.column(number)
        try:
            cells: list[Any] = column.to_pylist()
        except (ValueError, OverflowError):  # a year 10,000; ArrowInvalid is a ValueError
            cells = column.cast(pa.string()).to_pylist()
        return cells

    def rows(self) -> Iterable[Sequence[Any]]:
        """Return all rows."""
        return zip(*map(self.column, range(self.arrow.num_columns)), strict=True)


class ParquetWriter:
    """Writes Parquet or Arrow, a group of some thousand rows at a time."""

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        kinds: Mapping[str, type],
        schema: Any,
        *,
        is_arrow: bool = False,
    ) -> None:
        """Make the file.

        Args:
            path: The file.
            columns: Names of the columns that are there already.
            kinds: Columns that will be added, with the type of their cells: float or str.
            schema: Schema of the columns that are there; None if they are all text.
            is_arrow: Whether to write an Arrow file instead.
        """
        old = schema or pa.schema([(name, pa.string()) for name in columns])
        added = [
            pa.field(name, pa.float64() if kind is float else pa.string())
            for name, kind in kinds.items()
        ]
        self._schema = pa.schema([*old, *added], metadata=old.metadata)
        opened = pa.ipc.new_file if is_arrow else pq.ParquetWriter
        self._writer = opened(path, self._schema)
        self._waiting: list[Any] = []

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Take rows; some thousand are written together."""
        columns = (
            batch.arrow.columns
            if isinstance(batch, ArrowBatch)
            else list(map(list, zip(*batch.rows(), strict=True)))
        )
        cells = [*columns, *(list(cells) for cells in added.values())]
        arrays = [
            cell if isinstance(cell, pa.Array) else pa.array(cell, field.type)
            for cell, field in zip(cells, self._schema, strict=True)
        ]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        rows = sum(batch.num_rows for batch in self._waiting)
        if rows >= _GROUP_ROWS or sum(batch.nbytes for batch in self._waiting) >= _GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []
