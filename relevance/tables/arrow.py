"""Arrow files and streams (.arrow, .feather), through pyarrow, a batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from relevance.errors import UsageError
from relevance.system.names import printable
from relevance.tables.base import Batch
from relevance.tables.parquet import ArrowBatch


class ArrowTable:
    """An Arrow file, or a stream in a file, as Hugging Face datasets writes them."""

    note = ""

    def __init__(self, path: Path) -> None:
        """Look through the file.

        Raises:
            UsageError: It is no Arrow file, or damaged.
            OSError: It cannot be read.
        """
        self._path = path
        self.schema: Any
        self.n_rows = sum(batch.num_rows for batch in self._batches())
        self.columns = tuple(self.schema.names)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows.

        Raises:
            UsageError: A part of the file is damaged.
        """
        for batch in self._batches():
            for start in range(0, batch.num_rows, size):
                yield ArrowBatch(batch.slice(start, size))

    def _batches(self) -> Iterator[Any]:
        try:
            with pa.memory_map(str(self._path)) as source:
                try:
                    file = pa.ipc.open_file(source)
                except pa.ArrowInvalid:
                    source.seek(0)
                    stream = pa.ipc.open_stream(source)
                    self.schema = stream.schema
                    yield from stream
                else:
                    self.schema = file.schema
                    yield from map(file.get_batch, range(file.num_record_batches))
        except (pa.ArrowException, OSError) as error:
            raise UsageError(
                f"{printable(self._path)} is no Arrow file that can be read: {error}."
            ) from error
