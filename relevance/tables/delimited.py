"""CSV and TSV: cells stay the text they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from relevance.system.names import printable
from relevance.tables.base import MISSING, Batch, RowBatch
from relevance.tables.dialect import Dialect, Look, look_through
from relevance.tables.lines import plain
from relevance.tables.places import LineNumbers

_BOTH = "\r\n"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class DelimitedTable:
    """A CSV or TSV file with names in its first line, or below a few others."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Look through the file: what cannot be read should show before hours of work.

        Raises:
            UsageError: It is not text.
            OSError: It cannot be read.
        """
        self.path = path
        look = look_through(path, encoding)
        self.dialect = look.dialect
        self.columns = look.names
        self.n_rows = look.n_rows
        self.n_before = look.dialect.n_before
        self.oddities = "; ".join(_oddities(look))
        self.note = "; ".join(filter(None, (_understood(look.dialect), self.oddities)))

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows; short ones are filled up, long ones have a fault that names the rest."""
        width = len(self.columns)
        rows: list[list[str]] = []
        faults: dict[int, str] = {}
        for cells in self.dialect.rows(self.path, self.columns):
            if len(cells) != width:
                if any(cells[width:]):
                    rest = json.dumps(cells[width:], ensure_ascii=False)
                    faults[len(rows)] = f"the row has more cells than the header has names: {rest}"
                cells = cells[:width] + [""] * (width - len(cells))
            rows.append(cells)
            if len(rows) == size:
                yield RowBatch(rows, faults)
                rows, faults = [], {}
        if rows:
            yield RowBatch(rows, faults)


def _understood(dialect: Dialect) -> str:
    """Say how a file was understood."""
    delimiter = _NAMES.get(dialect.delimiter) or f'"{printable(dialect.delimiter)}"'
    guess = ", a guess (--encoding sets it)" if dialect.text.is_guessed else ""
    parts = [f"encoding {dialect.encoding}{guess}, separated by {delimiter}s"]
    if not dialect.quoting.mark:
        parts.append("quotation marks are text")
    elif dialect.quoting.has_escapes:
        parts.append("quotation marks within cells have a backslash before them")
    elif dialect.quoting.mark != '"':
        parts.append("cells are quoted with apostrophes")
    if not dialect.encoding.startswith("utf-8"):
        parts.append("what is written is UTF-8")
    return "; ".join(parts)


def _oddities(look: Look) -> Iterator[str]:
    """Say what a person should look at."""
    text, remarks = look.dialect.text, look.remarks
    name = text.name.removesuffix("-sig")
    if look.dialect.n_before:
        count = look.dialect.n_before
        yield f"the names stand in line {count + 1}, and what comes before is left out"
    if look.odd.count and text.fallback == text.name:
        yield f"{look.odd} had signs that {text.name} has not, written as escapes"
    elif look.odd.count:
        yield f"{look.odd} {_was(look.odd)} not {name} and read as {text.fallback}"
    if remarks.stray.count:
        yield f"{remarks.stray} had a quotation mark without a partner, read as it stands"
    if remarks.drawn_in.count:
        yield (
            f"{remarks.drawn_in} began a cell over several lines that could be rows themselves; "
            "if they are, a quotation mark is missing"
        )


def _was(lines: LineNumbers) -> str:
    return "was" if lines.count == 1 else "were"


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
    """Write a cell as text: nothing as nothing, what is nested as JSON, bytes in base64."""
    if cell is None or cell is MISSING:
        return ""
    if isinstance(cell, list | dict):
        return json.dumps(plain(cell), ensure_ascii=False)
    return str(plain(cell)) if isinstance(cell, bytes) else str(cell)
