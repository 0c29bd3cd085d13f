"""Which file is which kind of table, by the end of its name."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from relevance.errors import UsageError
from relevance.system.finding import meant, why_unreadable
from relevance.system.installing import install_command
from relevance.system.names import printable
from relevance.tables.base import Table, Writer
from relevance.tables.delimited import DelimitedTable, DelimitedWriter
from relevance.tables.dialect import Dialect
from relevance.tables.encoding import Encoding
from relevance.tables.lines import LinesTable, LinesWriter
from relevance.tables.strangers import check_content

_DELIMITED = {".csv": ",", ".tsv": "\t", ".txt": ","}
_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_ARROW = (".arrow", ".feather", ".ipc")
_BINARY = (*_PARQUET, *_ARROW)
SUFFIXES = (*_DELIMITED, *_LINES, *_BINARY)


def open_table(path: Path, encoding: str | None = None, *, otherwise: str = "") -> Table:
    """Open a table and look through it.

    Args:
        path: A CSV, TSV, JSON Lines, Parquet or Arrow file, by the end of its name.
        encoding: Encoding of a CSV or TSV file, if it is known.
        otherwise: Kind of a file whose name ends otherwise; such a file is an error if not given.

    Raises:
        UsageError: It is none of these, malformed, or cannot be read.
    """
    kind = otherwise if otherwise and path.suffix.lower() not in SUFFIXES else kind_of(path)
    path = meant(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{printable(path)} is no ordinary file.")
        if kind in _BINARY:
            return _open_binary(path, kind)
        check_content(path, is_lines=kind in _LINES)
        return LinesTable(path) if kind in _LINES else DelimitedTable(path, encoding)
    except OSError as error:
        raise UsageError(why_unreadable(path, error)) from error


def _open_binary(path: Path, kind: str) -> Table:
    need_pyarrow()
    from relevance.tables.arrow import ArrowTable
    from relevance.tables.parquet import ParquetTable

    return ParquetTable(path) if kind in _PARQUET else ArrowTable(path)


def open_writer(path: Path, kind: str, source: Table, added: Mapping[str, type]) -> Writer:
    """Make a table that takes the rows of another one, with further columns.

    Args:
        path: The file to write.
        kind: What to write; see ``kind_of``.
        source: Where the rows come from.
        added: Columns to add, with the type of their cells: float or str.

    Raises:
        UsageError: That kind cannot hold what the source holds.
        OSError: The file cannot be written.
    """
    columns = (*source.columns, *added)
    if kind in _DELIMITED:
        return DelimitedWriter(path, columns, _output_dialect(source, kind))
    if kind in _LINES:
        return LinesWriter(path, columns)
    need_pyarrow()
    from relevance.tables.parquet import ParquetWriter

    if isinstance(source, LinesTable):
        raise UsageError(
            "JSON Lines do not say which types their columns have, so they cannot become Parquet "
            "or Arrow; choose an --output that ends in .jsonl or .csv."
        )
    schema = getattr(source, "schema", None)
    return ParquetWriter(path, source.columns, added, schema, is_arrow=kind in _ARROW)


def kind_of(path: Path) -> str:
    """Return which kind of table a file is, as the end of its name in lower case.

    Raises:
        UsageError: It is none that is known.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UsageError(
            f"The name of a table must end in one of {', '.join(SUFFIXES)}, unlike "
            f"{printable(path)}. (A spreadsheet can be saved as .csv.)"
        )
    return kind


def _output_dialect(source: Table, kind: str) -> Dialect:
    """Write as the source was written; what the ends of both names say about tabs comes first."""
    if not isinstance(source, DelimitedTable):
        return Dialect(Encoding("utf-8"), _DELIMITED[kind], "\n")
    if kind == ".tsv":
        return replace(source.dialect, delimiter="\t")
    if source.path.suffix.lower() == ".tsv":
        return replace(source.dialect, delimiter=_DELIMITED[kind])
    return source.dialect


def need_pyarrow() -> None:
    """Raise ``UsageError``, with how to install it, where pyarrow is missing."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Parquet and Arrow need pyarrow. Install it with: {install_command('parquet')}"
        ) from error
