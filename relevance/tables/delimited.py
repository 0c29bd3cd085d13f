"""CSV and TSV: cells stay the text they are."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from relevance.errors import UsageError
from relevance.tables.base import MISSING, Batch, RowBatch
from relevance.tables.dialect import Dialect, dialect_of

_BOTH = "\r\n"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class DelimitedTable:
    """A CSV or TSV file with names in its first line."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        """Look through the file: what cannot be read should show before hours of work.

        Raises:
            UsageError: It has no rows and columns, or is malformed.
            OSError: It cannot be read.
        """
        _allow_long_cells()
        self.path = path
        self.dialect = dialect_of(path, encoding)
        self.columns: tuple[str, ...] = ()
        self.n_rows = 0
        for number, cells in enumerate(self._lines()):
            if number == 0:
                self.columns = tuple(cells)
            self.n_rows = number
        delimiter = _NAMES[self.dialect.delimiter]
        guess = ", a guess (--encoding sets it)" if self.dialect.is_guessed else ""
        self.note = f"encoding {self.dialect.encoding}{guess}, separated by {delimiter}s"
        if not self.dialect.encoding.startswith("utf-8"):
            self.note += "; what is written is UTF-8"

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows; short ones are filled up, long ones have a fault that names the rest."""
        width = len(self.columns)
        rows: list[list[str]] = []
        faults: dict[int, str] = {}
        lines = self._lines()
        next(lines, None)
        for cells in lines:
            if any(cells[width:]):
                rest = json.dumps(cells[width:], ensure_ascii=False)
                faults[len(rows)] = f"the row has more cells than the header has names: {rest}"
            rows.append(cells[:width] + [""] * (width - len(cells)))
            if len(rows) == size:
                yield RowBatch(rows, faults)
                rows, faults = [], {}
        if rows:
            yield RowBatch(rows, faults)

    def _lines(self) -> Iterator[list[str]]:
        """Yield the header and all rows; empty lines are none."""
        reader = None
        try:
            with self.path.open(encoding=self.dialect.encoding, newline="") as stream:
                reader = csv.reader(stream, delimiter=self.dialect.delimiter, strict=True)
                yield from filter(None, reader)
        except (csv.Error, UnicodeError) as error:
            line = reader.line_num if reader else 0
            raise UsageError(
                f"{self.path} is malformed at or before line {line}: {error}. Is a quotation mark "
                "missing, or is the encoding another (--encoding)?"
            ) from error


class DelimitedWriter:
    """Writes CSV or TSV; what was written is in the file after each batch."""

    def __init__(self, path: Path, columns: Sequence[str], dialect: Dialect) -> None:
        """Make the file and write the header."""
        # characters that are none in UTF-8 (half a pair) become escapes
        self._stream = path.open(
            "w", encoding=dialect.for_output, newline="", errors="backslashreplace"
        )
        lines = _LineEnds(self._stream, dialect.line_end)
        self._writer = csv.writer(lines, delimiter=dialect.delimiter, lineterminator=_BOTH)
        self._writer.writerow(columns)

    def write(self, batch: Batch, added: Mapping[str, Sequence[Any]]) -> None:
        """Write rows."""
        for cells, *more in zip(batch.rows(), *added.values(), strict=True):
            self._writer.writerow([_text(cell) for cell in (*cells, *more)])
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class _LineEnds:
    """Ends rows as asked, though the csv module quotes only the signs in its own line end."""

    def __init__(self, stream: TextIO, line_end: str) -> None:
        self._stream = stream
        self._line_end = line_end

    def write(self, row: str) -> None:
        self._stream.write(row.removesuffix(_BOTH) + self._line_end)


def _text(cell: Any) -> str:
    """Write a cell as text: nothing as nothing, what is nested as JSON."""
    if cell is None or cell is MISSING:
        return ""
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)


def _allow_long_cells() -> None:
    """Lift the limit of 128 KiB a cell: ``data:`` addresses are longer.

    The csv module keeps it for the whole process; a higher one harms nobody.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
