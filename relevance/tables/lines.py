"""JSON Lines: an object a line, each with the keys it has."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.system.json_reader import JsonError, parse
from relevance.system.names import printable
from relevance.tables.base import MISSING, Batch, RowBatch


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
        for _, item in self._objects():
            names.update(dict.fromkeys(item))
            self.n_rows += 1
        self.columns = tuple(names)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows."""
        rows, lines = [], []
        for line, item in self._objects():
            rows.append([item.get(name, MISSING) for name in self.columns])
            lines.append(line)
            if len(rows) == size:
                yield RowBatch(rows, lines=lines)
                rows, lines = [], []
        if rows:
            yield RowBatch(rows, lines=lines)

    def _objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each line with the object in it."""
        number = 1
        try:
            with self._path.open(encoding="utf-8-sig", newline="\n") as stream:
                for line in stream:
                    if line.strip():
                        item = parse(line, any_number=True)
                        if not isinstance(item, dict):
                            raise JsonError("it is no JSON object")
                        yield line.strip(), item
                    number += 1
        except (JsonError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{printable(self._path)}, line {number}, cannot be read: {error}. "
                "Each line must be a JSON object in UTF-8."
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
            raise UsageError(
                f'Two columns are called "{printable(str(twice[0]))}"; JSON Lines cannot hold both.'
            )
        self._columns = columns
        # half of a pair becomes an escape, which JSON reads as what it was
        self._stream = path.open("w", encoding="utf-8", errors="backslashreplace")

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Write rows; those that were JSON Lines keep every sign of theirs."""
        lines = getattr(batch, "lines", ()) or map(self._object, batch.rows())
        for line, *more in zip(lines, *added.values(), strict=True):
            rest = _json(dict(zip(added, more, strict=True)))
            start = line.removesuffix("}").rstrip()
            comma = "" if start == "{" else ", "
            self._stream.write(f"{start}{comma}{rest.removeprefix('{')}\n")
        self._stream.flush()

    def _object(self, cells: Sequence[Any]) -> str:
        return _json(
            {
                name: cell
                for name, cell in zip(self._columns, cells, strict=False)
                if cell is not MISSING
            }
        )

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _json(item: dict[str, Any]) -> str:
    return json.dumps(plain(item), ensure_ascii=False, allow_nan=False)


def plain(cell: Any) -> Any:
    """Return what JSON can hold: numbers that are none as null, bytes in base64, dates as text."""
    if isinstance(cell, dict):
        return {str(key): plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [plain(value) for value in cell]
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode("ascii")
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return cell if isinstance(cell, str | int | None) else str(cell)
