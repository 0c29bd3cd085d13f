"""Labels from a table: a row a picture, with its path and its label or grade."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relevance.errors import UsageError
from relevance.judging.labels import IRRELEVANT, RELEVANT, Grades
from relevance.judging.pictures_by_path import PicturesByPath
from relevance.pictures.folders import ImageRef
from relevance.system.finding import meant
from relevance.system.names import printable
from relevance.tables import MISSING, Table, open_table

PATH_COLUMN, LABEL_COLUMN, GRADE_COLUMN = "path", "label", "grade"

_WORDS = {
    RELEVANT: 1.0,
    "yes": 1.0,
    "true": 1.0,
    IRRELEVANT: 0.0,
    "no": 0.0,
    "false": 0.0,
    "": math.nan,
}
_FORMULA_SIGNS = ("'=", "'+", "'-", "'@")  # as this package's own tables write such paths
_BATCH_ROWS = 1024
_logger = logging.getLogger("relevance")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row that has a label.

    Attributes:
        number: Its line, as a spreadsheet counts.
        path: The path as written.
        places: Absolute paths that it may mean, the likelier first: from the table's folder, from
            the working directory.
        grade: How relevant the picture is, from 0.
    """

    number: int
    path: str
    places: tuple[str, ...]
    grade: float


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Grades by picture.

    Attributes:
        source: The file, fit to print.
        rows: Rows that have a label.
    """

    source: str
    rows: tuple[LabelRow, ...]

    def grade_pictures(self, refs: Sequence[ImageRef]) -> tuple[Grades, list[str]]:
        """Look up which picture each row means.

        Returns:
            ``(n,)`` float64 in the order of ``refs``, NaN for pictures without a row; and the
            paths that mean none of them, fit to print, with the picture that was probably meant.

        Raises:
            UsageError: Not one picture is in the table, or one has two labels.
        """
        grades = np.full(len(refs), math.nan)
        by_path = PicturesByPath(refs)
        unmatched: list[str] = []
        for row in self.rows:
            number = by_path.find(row.path, row.places)
            if number is None:
                unmatched.append(printable(row.path) + by_path.hint(row.path, row.places))
            elif grades[number] not in (row.grade,) and not math.isnan(grades[number]):
                raise UsageError(
                    f"{self.source}, row {row.number}: {printable(row.path)} has another label "
                    "further up."
                )
            else:
                grades[number] = row.grade
        if np.isnan(grades).all():
            first = f" The first row's is {unmatched[0]}." if unmatched else ""
            raise UsageError(
                f"No picture, of {len(refs)} found, has a label in {self.source}. Its paths must "
                "be absolute, or relative to the table's folder or the working directory; "
                f"the first picture is {printable(refs[0].place)}.{first}"
            )
        return grades, unmatched


def read_label_table(
    path: str | Path, label_columns: Sequence[str] = (LABEL_COLUMN,)
) -> LabelTable:
    """Read a CSV file with the columns ``path`` and ``label``, and ``grade`` if it is there.

    A label is relevant, irrelevant, yes, no, true, false (any case), or a number from 0
    (irrelevant) upwards: the higher, the more relevant. Rows without a label are passed over. Where
    the label is a word for relevant, the number in ``grade`` stands for it.
    How it is written is found out; see ``tables``. A file with another ending than those of tables
    is read as CSV.

    Args:
        path: The table.
        label_columns: Names of the column of labels, of which the first that is there is read.

    Raises:
        UsageError: The table cannot be read, has no such columns, or a label that is none of these.
    """
    table, opened, columns = open_labels(path)
    label = next((name for name in label_columns if name in columns), "")
    if PATH_COLUMN not in columns or not label:
        names = '" or "'.join(label_columns)
        raise UsageError(
            f'{printable(table)} needs the columns "{PATH_COLUMN}" and "{names}" in its '
            f"first line; it has: {', '.join(map(printable, columns)) or 'nothing'}."
        )
    rows = (label_row(number, row, label, table) for number, row in numbered(opened, columns))
    return LabelTable(printable(table), tuple(filter(None, rows)))


def open_labels(path: str | Path) -> tuple[Path, Table, list[str]]:
    """Open a table of labels; say where it is and what its columns are called, in lower case.

    Raises:
        UsageError: It cannot be read.
    """
    table = meant(path)
    opened = open_table(table, otherwise=".csv")
    if oddities := getattr(opened, "oddities", ""):
        _logger.warning("%s: %s.", printable(table), oddities)
    return table, opened, [str(name).strip().casefold() for name in opened.columns]


def numbered(opened: Table, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table by column, with their lines as a spreadsheet counts them."""
    number = getattr(opened, "n_before", 0) + 1
    for batch in opened.batches(_BATCH_ROWS):
        for cells in batch.rows():
            number += 1
            yield number, dict(zip(columns, map(_text, cells), strict=True))


def label_row(number: int, row: Mapping[str, str], label: str, table: Path) -> LabelRow | None:
    """Read the label in one column of a row; None where there is none."""
    grade = _grade(row, label, f"{printable(table)}, row {number}")
    path = row[PATH_COLUMN]
    if not path or math.isnan(grade):
        return None
    plain = without_apostrophe(path)
    return LabelRow(number, plain, _places(plain, table), grade)


def without_apostrophe(text: str) -> str:
    """Take away what ``exports.csv_file.no_formula`` puts in front of a text."""
    return text[1:] if text.startswith(_FORMULA_SIGNS) else text


def _text(cell: Any) -> str:
    return "" if cell is None or cell is MISSING else str(cell)


def _grade(row: Mapping[str, str], column: str, where: str) -> float:
    """Read a label; where it is a word, a column ``grade`` may say how relevant that is."""
    label = row[column]
    word = label.strip().casefold()
    grade = _WORDS.get(word, _number(word))
    if math.isnan(grade) and word:
        raise UsageError(
            f'{where}: the label "{printable(label)}" is none of relevant, irrelevant, yes, no, '
            "or a number from 0 (irrelevant) upwards."
        )
    finer = _number(row.get(GRADE_COLUMN, ""))
    return finer if word in _WORDS and grade > 0 and finer > 0 else grade


def _number(text: str) -> float:
    """Read a grade; NaN for what is none."""
    try:
        grade = float(text)
    except ValueError:
        return math.nan
    return grade if math.isfinite(grade) and grade >= 0 else math.nan


def _places(path: str, table: Path) -> tuple[str, ...]:
    forms = dict.fromkeys((path, path.replace("\\", "/")))  # as Windows writes paths
    bases = (table.parent, Path())
    return tuple(os.path.abspath(os.path.join(base, form)) for form in forms for base in bases)
