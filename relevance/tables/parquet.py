"""Parquet, through pyarrow: types, nesting and what pandas noted about its index stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relevance.errors import UsageError
from relevance.tables.base import Batch

_GROUP_ROWS = 16_384


class ParquetTable:
    """A Parquet file."""

    note = ""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            UsageError: It is no Parquet file.
            OSError: It cannot be read.
        """
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise UsageError(f"{path} is no Parquet file: {error}.") from error
        self.schema = self._file.schema_arrow
        self.columns = tuple(self.schema.names)
        self.n_rows = self._file.metadata.num_rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows."""
        for batch in self._file.iter_batches(batch_size=size):
            columns = [column.to_pylist() for column in batch.columns]
            yield Batch(list(zip(*columns, strict=True)), arrow=batch)


class ParquetWriter:
    """Writes Parquet, a group of some thousand rows at a time."""

    def __init__(
        self, path: Path, columns: Sequence[str], kinds: Mapping[str, type], schema: Any
    ) -> None:
        """Make the file.

        Args:
            path: The file.
            columns: Names of the columns that are there already.
            kinds: Columns that will be added, with the type of their cells: float or str.
            schema: Schema of the columns that are there; None if they are all text.
        """
        old = schema or pa.schema([(name, pa.string()) for name in columns])
        added = [
            pa.field(name, pa.float64() if kind is float else pa.string())
            for name, kind in kinds.items()
        ]
        self._schema = pa.schema([*old, *added], metadata=old.metadata)
        self._writer = pq.ParquetWriter(path, self._schema)
        self._waiting: list[Any] = []

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Take rows; some thousand are written together."""
        columns = (
            batch.arrow.columns if batch.arrow else list(map(list, zip(*batch.rows, strict=True)))
        )
        cells = [*columns, *(list(cells) for cells in added.values())]
        arrays = [
            cell if isinstance(cell, pa.Array) else pa.array(cell, field.type)
            for cell, field in zip(cells, self._schema, strict=True)
        ]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        if sum(map(len, self._waiting)) >= _GROUP_ROWS:
            self._write_group()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []
