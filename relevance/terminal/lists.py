"""Lists on standard output for other programs: tables of rows, and paths alone."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relevance.exports.columns import Columns
    from relevance.terminal.options import Parser

FORMATS = ("csv", "jsonl", "parquet")


def add_lists(form: Parser) -> None:
    """Add the forms of a list to a group, of which one may be given."""
    form.add_argument(
        "--format",
        metavar="KIND",
        choices=FORMATS,
        help="print a row a picture on standard output, the best first, as csv, jsonl or parquet, "
        "and write no files",
    )
    form.add_argument(
        "--paths",
        dest="listed",
        action="store_const",
        const="\n",
        help="print the paths alone of the pictures judged relevant, one a line, the best first, "
        "and write no files",
    )
    form.add_argument(
        "--print0",
        dest="listed",
        action="store_const",
        const="\0",
        help="the same, each ended by a NUL character, as `xargs -0` reads them",
    )


def print_paths(places: Iterable[str], end: str) -> None:
    """Print where pictures are, as the system names them, and nothing else."""
    _write(b"".join(os.fsencode(place + end) for place in places))


def check_format(kind: str) -> None:
    """Raise ``UsageError`` where a table of a kind could not be printed, before the work."""
    if kind == "parquet":
        from relevance.errors import UsageError
        from relevance.tables.files import need_pyarrow

        need_pyarrow()
        if sys.stdout.isatty():
            raise UsageError("Parquet is nothing to read; send it to a file: > pictures.parquet")


def print_table(columns: Columns, kind: str) -> None:
    """Print a table of one of ``FORMATS``, in UTF-8."""
    from relevance.exports.columns import csv_rows, plain_columns, records
    from relevance.exports.csv_file import put_csv

    if kind == "parquet":
        from relevance.tables.columns import parquet_file

        _write(parquet_file(plain_columns(columns)))
    elif kind == "csv":
        text = io.StringIO()
        put_csv(text, columns, csv_rows(columns))
        _write(text.getvalue().encode())
    else:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in records(columns))
        _write("".join(lines).encode())


def _write(data: bytes) -> None:
    out = sys.stdout.buffer
    out.write(data)
    out.flush()
