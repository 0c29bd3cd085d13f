"""JSON Lines: an object a line, each with the keys it has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.tables.base import MISSING, Batch


class LinesTable:
    """A JSON Lines file; its columns are all keys, in the order in which they come up."""

    note = ""

    def __init__(self, path: Path) -> None:
        """Look through the file.

        Raises:
            UsageError: A line is no JSON object.
            OSError: It cannot be read.
        """
        self._path = path
        names: dict[str, None] = {}
        self.n_rows = 0
        for item in self._objects():
            names.update(dict.fromkeys(item))
            self.n_rows += 1
        self.columns = tuple(names)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows."""
        rows = []
        for item in self._objects():
            rows.append([item.get(name, MISSING) for name in self.columns])
            if len(rows) == size:
                yield Batch(rows)
                rows = []
        if rows:
            yield Batch(rows)

    def _objects(self) -> Iterator[dict[str, Any]]:
        number = 1
        try:
            with self._path.open(encoding="utf-8-sig") as stream:
                for line in stream:
                    if line.strip():
                        item = json.loads(line)
                        if not isinstance(item, dict):
                            raise ValueError("it is no JSON object")
                        yield item
                    number += 1
        except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are such
            raise UsageError(
                f"{self._path}, line {number}, cannot be read: {error}. Each line must be a JSON "
                "object in UTF-8."
            ) from error


class LinesWriter:
    """Writes JSON Lines; what was written is in the file after each batch."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Make the file.

        Raises:
            UsageError: Two columns have one name, which an object cannot hold.
        """
        twice = sorted({name for name in columns if list(columns).count(name) > 1})
        if twice:
            raise UsageError(f'Two columns are called "{twice[0]}"; JSON Lines cannot hold both.')
        self._columns = columns
        self._stream = path.open("w", encoding="utf-8")

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Write rows."""
        for cells, *more in zip(batch.rows, *added.values(), strict=True):
            pairs = zip(self._columns, (*cells, *more), strict=True)
            item = {name: cell for name, cell in pairs if cell is not MISSING}
            self._stream.write(json.dumps(item, ensure_ascii=False, default=str) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
