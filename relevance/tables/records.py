"""Lines -> rows of cells, with no row lost to a quotation mark that has no partner.

The csv module reads what is well formed. A line that is not, or that would draw lines into a cell
which are rows themselves, is read as it stands, and counted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from relevance.tables.places import LineNumbers

_MOST_LINES = 100_000  # that one cell may span, and
_MOST_CHARACTERS = 1 << 23  # in these; more is a quotation mark without a partner
_IDLE_ESCAPE = re.compile(r"""\\(?![\\"',;\t|\r\n])""")
_ESCAPED = re.compile(r'(?<!\\)(?:\\\\)*\\"(?!")')  # followed by a mark it is one of a pair
_PLACE = re.compile(
    r"[a-z0-9+.-]+://\S+|[^<>]*\.(jpe?g|png|webp|gif|avif|heic|tiff?|bmp)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Quoting:
    """How cells are kept apart from what is in them.

    Attributes:
        mark: Quotation mark round cells; empty where there is none.
        has_escapes: Whether a backslash before a mark makes it part of the cell, as a second
            mark does.
        has_spaces: Whether a space may stand between a delimiter and a mark.
    """

    mark: str = '"'
    has_escapes: bool = False
    has_spaces: bool = False

    def options(self) -> dict[str, Any]:
        """Return what the csv module calls it.

        Two marks are one with escapes too, or the module would not mind what follows a cell's last.
        """
        if not self.mark:
            return {"quoting": csv.QUOTE_NONE, "quotechar": None}
        return {
            "quotechar": self.mark,
            "escapechar": "\\" if self.has_escapes else None,
            "skipinitialspace": self.has_spaces,
        }


QUOTINGS = (
    Quoting(),
    Quoting(has_escapes=True),
    Quoting(has_spaces=True),
    Quoting(mark="'"),
    Quoting(mark=""),
)
"""All that are told apart, the most usual first."""


@dataclass(slots=True)
class Remarks:
    """What reading met.

    Attributes:
        n_unfit: Lines that are no part of a row with as many cells as there are names.
        n_marked: Those of them that another quoting might read better.
        n_foreign: Lines with signs of another quoting than the one they are read with.
        stray: Lines with a quotation mark that has no partner.
        drawn_in: First lines of cells that hold lines which could be rows.
    """

    n_unfit: int = 0
    n_marked: int = 0
    n_foreign: int = 0
    stray: LineNumbers = field(default_factory=LineNumbers)
    drawn_in: LineNumbers = field(default_factory=LineNumbers)


class Records:
    """Reads the rows of one table."""

    def __init__(
        self,
        delimiter: str,
        quoting: Quoting,
        names: Sequence[str] = (),
        remarks: Remarks | None = None,
    ) -> None:
        """Make a reader.

        Args:
            delimiter: Between cells.
            quoting: How cells are written.
            names: Names of the columns: a row should have as many cells, but for names at the end
                that are empty.
            remarks: Gets what is odd.
        """
        _allow_long_cells()
        self._delimiter = delimiter
        self._quoting = quoting
        self._width = len(names)
        self._least = n_filled(names)
        self._remarks = remarks or Remarks()
        self._options = {"delimiter": delimiter, "strict": True, **quoting.options()}

    def read(
        self, blocks: Iterable[list[str]], number: int = 1, *, is_whole: bool = True
    ) -> Iterator[list[str]]:
        """Yield rows; empty lines are none.

        Args:
            blocks: Lines with their ends.
            number: Number of the first of them.
            is_whole: Whether the last block ends the table; else a cell that is open at its end is
                left.
        """
        open_lines: list[str] = []
        for block in blocks:
            lines = open_lines + block if open_lines else block
            rows = self._simply(lines)
            if rows is None:
                read = yield from self._careful(lines, number)
            else:
                yield from filter(None, rows)
                read = len(lines)
            open_lines = lines[read:]
            number += read
        while open_lines and is_whole:  # a mark that is open at the end of the table
            yield self._as_it_stands(open_lines[0], number)
            number += 1
            read = yield from self._careful(open_lines[1:], number)
            open_lines = open_lines[1 + read :]
            number += read

    def _simply(self, lines: list[str]) -> list[list[str]] | None:
        """Read lines that are well formed and a row each; None where they are not."""
        text = "".join(lines)
        if '"' in text and (self._quoting.mark != '"' or '\\"' in text):
            return None  # each cell counts
        try:
            rows = list(csv.reader(self._unescaped(lines), **self._options))
        except csv.Error:
            return None
        if len(rows) != len(lines):
            return None
        width = self._width
        unfit = [row for row in rows if len(row) != width and row and not self._fits(row)]
        self._remarks.n_unfit += len(unfit)
        self._remarks.n_marked += len(unfit) if self._quoting.mark in text else 0
        return rows

    def _careful(self, lines: list[str], number: int) -> Generator[list[str], None, int]:
        """Read lines with quotation marks; return how many, an open cell at their end left out."""
        feed = _Feed(self._unescaped(lines))
        reader = csv.reader(feed, **self._options)
        while feed.at < len(lines):
            start = feed.at
            feed.end = start + _MOST_LINES
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                if feed.at == len(lines) and not _is_too_long(lines[start:]):
                    return start
                cells = []
                is_sound = False
            else:
                is_sound = feed.at - start == 1 or self._is_one_row(
                    cells, lines[start : feed.at], number + start
                )
            if is_sound:
                self._count(cells, lines[start : feed.at])
            else:
                feed.at = start + 1
                cells = self._as_it_stands(lines[start], number + start)
            if cells:
                yield cells
        return len(lines)

    def _unescaped(self, lines: list[str]) -> list[str]:
        """Keep backslashes that escape nothing, as in paths of Windows."""
        if not self._quoting.has_escapes:
            return lines
        return [_IDLE_ESCAPE.sub(r"\\\\", line) if "\\" in line else line for line in lines]

    def _is_one_row(self, cells: list[str], lines: list[str], number: int) -> bool:
        """Say whether lines belong to one row, as their quotation marks say.

        They do not if they make no row together and the first does alone, or if most could be rows
        and all have a picture's place in one column: then two marks have nothing in common.
        """
        most = sum(line.count(self._delimiter) + 1 >= self._least for line in lines)
        if self._fits(cells) and 2 * most <= len(lines):  # the usual case, told quickly
            return True
        alone = list(map(self._split, lines))
        n_alone = sum(map(self._fits, alone))
        if not self._fits(cells):
            return not self._fits(alone[0])
        if 2 * n_alone <= len(lines) or self._least < 2:
            return True
        columns = list(zip(*alone, strict=False))
        if any(all(map(_PLACE.fullmatch, column)) for column in columns):
            return False
        self._remarks.drawn_in.add(number)
        return True

    def _as_it_stands(self, line: str, number: int) -> list[str]:
        """Read a line whose quotation marks have no partners."""
        self._remarks.stray.add(number)
        self._unfit(1)
        return self._split(line)

    def _split(self, line: str) -> list[str]:
        return split_loosely(line, self._delimiter, self._quoting, self._width)

    def _count(self, cells: list[str], lines: list[str]) -> None:
        """Measure how well a row fits this way of reading."""
        if cells and not self._fits(cells):
            self._unfit(len(lines))
        elif self._quoting.mark != '"':
            self._unfit(any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells))
        elif not self._quoting.has_escapes:
            self._remarks.n_foreign += any(
                '\\"' in line and _ESCAPED.search(line) for line in lines
            ) and any('\\"' in cell for cell in cells)

    def _unfit(self, n_lines: int) -> None:
        self._remarks.n_unfit += n_lines
        self._remarks.n_marked += n_lines

    def _fits(self, cells: Sequence[str]) -> bool:
        return len(cells) >= self._least and not any(cells[self._width :])


class _Feed:
    """Gives lines to the csv module, from any of them on and up to another."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.at = 0
        self.end = len(lines)

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.at >= min(self.end, len(self._lines)):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def n_filled(cells: Sequence[str]) -> int:
    """Return how many cells there are, empty ones at the end left out."""
    return max((number for number, cell in enumerate(cells, 1) if cell.strip()), default=0)


def split_loosely(line: str, delimiter: str, quoting: Quoting, width: int) -> list[str]:
    """Split a line at its delimiters, also where its quotation marks are not as they should be.

    A mark at the start of a cell counts if one stands at the end of a cell too; within, marks are
    what they are. A mark without a partner is part of the text.
    """
    text, mark = line.rstrip("\r\n"), quoting.mark
    if not mark or mark not in text:
        return text.split(delimiter)
    inner = text.removeprefix(mark).removesuffix(mark).split(mark + delimiter + mark)
    if len(inner) == width > 1 and text[0] == text[-1] == mark:
        return [_plain_text(cell, quoting) for cell in inner]
    cells, at = [], 0
    while at <= len(text):
        end = _cell_end(text, at, delimiter, mark)
        if end < 0:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            cells.append(text[at:end])
        else:
            cells.append(_plain_text(text[at + 1 : end - 1], quoting))
        at = end + 1
    return cells


def _cell_end(text: str, start: int, delimiter: str, mark: str) -> int:
    """Return where a cell in marks ends, behind its last mark; -1 where it is in none."""
    if not text.startswith(mark, start):
        return -1
    ends = f"{re.escape(mark)}(?={re.escape(delimiter)}|$)"
    sound = re.compile(f"(?:[^{mark}]|{mark}{mark})*{ends}").match(text, start + 1)
    if sound:
        return sound.end()
    found = re.compile(ends).search(text, start + 1)
    if not found:
        return -1
    inside = text[start + 1 : found.start()].replace(mark * 2, "")
    n_marks = inside.count(mark)
    # "this" and "that": two words in marks are no cell in marks
    is_two = n_marks and n_marks % 2 == 0 and delimiter not in inside
    return -1 if is_two else found.end()


def _plain_text(cell: str, quoting: Quoting) -> str:
    escaped = "\\" if quoting.has_escapes else quoting.mark
    return cell.replace(escaped + quoting.mark, quoting.mark)


def _is_too_long(lines: Sequence[str]) -> bool:
    return len(lines) >= _MOST_LINES or sum(map(len, lines)) >= _MOST_CHARACTERS


def _allow_long_cells() -> None:
    """Lift the limit of 128 KiB a cell: ``data:`` addresses are longer.

    The csv module keeps it for the whole process; a higher one harms nobody.
    """
    csv.field_size_limit(2**31 - 1)
