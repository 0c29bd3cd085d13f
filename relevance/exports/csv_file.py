"""CSV files of results: rounded numbers, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from relevance.exports.atomic import replacing

_DECIMALS = 8
_FORMULA = frozenset("=+-@")


def write_csv(path: str | Path, header: Iterable[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table as UTF-8 with commas; raises ``OSError`` where it cannot be written."""
    with replacing(path) as stream:
        put_csv(stream, header, rows)
    return Path(path)


def put_csv(stream: TextIO, header: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table into a text stream."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def decimals(values: npt.NDArray[np.floating]) -> list[float | str]:
    """Return numbers as a CSV file shows them: rounded to 8 decimals, empty where missing."""
    rounded = np.round(values.astype(np.float64), _DECIMALS)
    return ["" if value != value else value for value in rounded.tolist()]


def cell(value: object) -> object:
    """Return one value as a CSV file shows it."""
    if isinstance(value, float):
        return decimals(np.array([value]))[0]
    return no_formula(value) if isinstance(value, str) else value


def no_formulas(texts: Sequence[str]) -> Sequence[str]:
    """Do ``no_formula`` to many texts."""
    return list(map(no_formula, texts)) if _FORMULA & {text[:1] for text in texts} else texts


def no_formula(text: str) -> str:
    """Put an apostrophe in front of what a spreadsheet would take for a formula."""
    return f"'{text}" if text[:1] in _FORMULA else text
