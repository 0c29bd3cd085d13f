"""How a text table is written: of all ways, the one under which most lines fit.

A line fits where its row has as many cells as there are names. Delimiters and ways of quoting are
tried on the first lines; where lines further down do not fit, ways of quoting on all of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from relevance.errors import UsageError
from relevance.system.names import printable
from relevance.tables.encoding import Encoding, encoding_of
from relevance.tables.places import LineNumbers
from relevance.tables.records import (
    QUOTINGS,
    Quoting,
    Records,
    Remarks,
    n_filled,
    split_loosely,
)

_SAMPLE_LINES = 2000
_SAMPLE_CHARACTERS = 1 << 20
_MOST_PREAMBLE = 30  # lines before the names
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?[\s,;|]*', re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(
    r"://|\.(jpe?g|png|webp|gif|avif|bmp|tiff?)$|^[\d.,\s]*\d[\d.,\s]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text file is written.

    Attributes:
        text: Its encoding.
        delimiter: Between cells.
        line_end: After each row.
        quoting: How cells are written.
        n_before: Lines before the names.
    """

    text: Encoding
    delimiter: str
    line_end: str
    quoting: Quoting = QUOTINGS[0]
    n_before: int = 0

    @property
    def encoding(self) -> str:
        """Encoding of its lines, or of most, as Python names it."""
        return self.text.fallback if self.text.is_mostly_fallback else self.text.name

    @property
    def for_output(self) -> str:
        """Encoding of tables made from this one.

        UTF-8, which holds what we add, with a mark at the start where the program that wrote the
        original would not expect it otherwise.
        """
        return "utf-8" if self.encoding == "utf-8" else "utf-8-sig"

    def names(self, path: Path) -> tuple[str, ...]:
        """Return the names of the columns: the first row."""
        return tuple(next(self._read(path, Records(self.delimiter, self.quoting), None), ()))

    def rows(
        self,
        path: Path,
        names: Sequence[str],
        remarks: Remarks | None = None,
        odd: LineNumbers | None = None,
    ) -> Iterator[list[str]]:
        """Yield the rows of a file below its names.

        Args:
            path: The file.
            names: Names of its columns.
            remarks: Gets what is odd about them.
            odd: Gets the numbers of lines in another encoding.

        Raises:
            UnicodeError: A line is in no encoding that it may be in.
            OSError: It cannot be read.
        """
        records = Records(self.delimiter, self.quoting, names, remarks)
        return islice(self._read(path, records, odd), 1, None)

    def _read(self, path: Path, records: Records, odd: LineNumbers | None) -> Iterator[list[str]]:
        blocks = _without(self.text.blocks(path, odd), self.n_before)
        return records.read(blocks, self.n_before + 1)


def delimiter_of(header: str, among: Iterable[str] = _DELIMITERS) -> str:
    """Return the delimiter that makes the most columns of a header, and no untidy ones.

    Of ``a; b, c`` the comma would leave a space at the start of a name. Of equal ones the first.
    """

    def tidiness(sign: str) -> tuple[bool, int]:
        names = next(csv.reader([header], delimiter=sign), [])
        return all(name == name.lstrip() for name in names), len(names)

    several = [sign for sign in among if tidiness(sign)[1] > 1]
    return max(several or among, key=tidiness)


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to be known of a file that was looked through.

    Attributes:
        dialect: How it is written.
        names: Names of its columns.
        n_rows: Rows below them.
        remarks: What is odd about them.
        odd: Lines in another encoding than most.
    """

    dialect: Dialect
    names: tuple[str, ...]
    n_rows: int
    remarks: Remarks
    odd: LineNumbers


def look_through(path: Path, asked: str | None = None) -> Look:
    """Find out how a delimited text file is written, and read it once from end to end.

    Args:
        path: The file.
        asked: Its encoding, if it is known.

    Raises:
        UsageError: It is not text in that encoding, or in any that can be told.
        OSError: It cannot be read.
    """
    text = encoding_of(path, asked)
    try:
        lines, is_whole = _sample(text, path)
        best = _look(
            _best(lines, text, is_whole=is_whole, tabs=path.suffix.lower() == ".tsv"), path
        )
        if is_whole or not (best.remarks.n_marked or best.remarks.n_foreign):
            return best
        others = (replace(best.dialect, quoting=quoting) for quoting in QUOTINGS)
        looks = [best, *(_look(other, path) for other in others if other != best.dialect)]
        return min(looks, key=lambda look: (look.remarks.n_unfit, look.remarks.n_foreign))
    except UnicodeError as error:
        raise UsageError(
            f"{printable(path)} is not text in the encoding {text.name}: {error}. Name another "
            "with --encoding."
        ) from error


def _look(dialect: Dialect, path: Path) -> Look:
    names, remarks, odd = dialect.names(path), Remarks(), LineNumbers()
    n_rows = sum(1 for _ in dialect.rows(path, names, remarks, odd))
    return Look(dialect, names, n_rows, remarks, odd)


def _sample(text: Encoding, path: Path) -> tuple[list[str], bool]:
    """Return the first lines, and whether they are all there are."""
    lines: list[str] = []
    size = 0
    for block in text.blocks(path):
        for line in block:
            if len(lines) >= _SAMPLE_LINES or size >= _SAMPLE_CHARACTERS:
                return lines, False
            lines.append(line)
            size += len(line)
    return lines, True


def _best(lines: Sequence[str], text: Encoding, *, is_whole: bool, tabs: bool) -> Dialect:
    """Try all ways of writing on the first lines."""
    declared = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    start = 1 if declared else 0
    first = declared[1] if declared else "\t" if tabs else ""
    found: dict[str, tuple[int, Dialect]] = {}
    for delimiter in dict.fromkeys(first + _DELIMITERS):
        at = _header_at(lines, start, delimiter)
        dialects = [
            Dialect(text, delimiter, _line_end(lines[at:]), quoting, at)
            for quoting in _possible(lines)
        ]
        measured = [
            (_measured(names, dialect, lines[at:], is_whole=is_whole), order)
            for order, dialect in enumerate(dialects)
            if n_filled(names := _names(dialect, lines[at:])) > 1
        ]
        if measured:
            (unfit, _), order = min(measured)
            found[delimiter] = unfit + at, dialects[order]
    if first in found:
        return found[first][1]
    if not found:
        return Dialect(text, first or ",", _line_end(lines[start:]), n_before=start)
    unfit = min(unfit for unfit, _ in found.values())
    equal = [sign for sign, measure in found.items() if measure[0] == unfit]
    header = lines[found[equal[0]][1].n_before]
    return found[delimiter_of(header.rstrip("\r\n"), equal)][1]


def _line_end(lines: Sequence[str]) -> str:
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def _possible(lines: Sequence[str]) -> list[Quoting]:
    """Return the ways of quoting whose signs there are, the usual one first."""
    text = "".join(lines)
    signs = dict(zip(QUOTINGS, ("", '\\"', ' "', "'", '"'), strict=True))
    return [quoting for quoting, sign in signs.items() if sign in text]


def _names(dialect: Dialect, lines: Sequence[str]) -> list[str]:
    return next(Records(dialect.delimiter, dialect.quoting).read([list(lines)]), [])


def _measured(
    names: Sequence[str], dialect: Dialect, lines: Sequence[str], *, is_whole: bool
) -> tuple[int, int]:
    """Return how many lines do not fit, and how many look foreign."""
    remarks = Remarks()
    records = Records(dialect.delimiter, dialect.quoting, names, remarks)
    for _ in records.read([list(lines)], is_whole=is_whole):
        pass
    return remarks.n_unfit, remarks.n_foreign


def _header_at(lines: Sequence[str], start: int, delimiter: str) -> int:
    """Return which line has the names: the first that is not empty, or one below a preamble.

    That is a line with more cells than the first, all of them names, and of whose width are most
    lines, with values in one column at least.
    """
    rows = {
        number: split_loosely(line, delimiter, QUOTINGS[0], 0)
        for number, line in enumerate(lines[start:], start)
        if line.strip()
    }
    first = next(iter(rows), start)
    if not rows:
        return first
    fits = {
        number: [
            other
            for below, other in rows.items()
            if below > number and n_filled(other) and _is_as_wide(other, cells)
        ]
        for number, cells in islice(rows.items(), _MOST_PREAMBLE)
        if number == first or (n_filled(cells) > n_filled(rows[first]) and _are_names(cells))
    }
    if n_filled(rows[first]) < 2:
        fits[first] = []
    best = max(fits, key=lambda number: len(fits[number]))
    is_better = len(fits[best]) > 2 * len(fits[first])
    return best if is_better and _are_values(fits[best], len(rows[best])) else first


def _is_as_wide(cells: Sequence[str], names: Sequence[str]) -> bool:
    return len(cells) >= len(names) and not any(cells[len(names) :])


def _are_names(cells: Sequence[str]) -> bool:
    names = cells[: n_filled(cells)]
    return all(any(map(str.isalpha, name)) and not _is_value(name.strip()) for name in names)


def _are_values(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Say whether there is a column of values in most rows."""
    return any(
        2 * sum(_is_value(row[number].strip()) for row in rows) >= len(rows)
        for number in range(width)
    )


def _is_value(cell: str) -> bool:
    return bool(_VALUE.search(cell.strip('"')))


def _without(blocks: Iterator[list[str]], count: int) -> Iterator[list[str]]:
    for lines in blocks:
        if lines[count:]:
            yield lines[count:] if count else lines
        count = max(0, count - len(lines))
