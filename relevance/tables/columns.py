"""Whole tables that lie in memory, column by column, as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relevance.exports.atomic import put_bytes
from relevance.tables.files import need_pyarrow


def write_parquet(path: str | Path, columns: Mapping[str, Any]) -> Path:
    """Write columns of equal length; see ``parquet_file``.

    Raises:
        UsageError: pyarrow is not installed.
        OSError: The file cannot be written.
    """
    put_bytes(path, parquet_file(columns))
    return Path(path)


def parquet_file(columns: Mapping[str, Any]) -> bytes:
    """Return columns of equal length as a file, with types that follow from cells; None is missing.

    Raises:
        UsageError: pyarrow is not installed.
    """
    need_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    arrays = {name: pa.array(cells, from_pandas=True) for name, cells in columns.items()}
    pq.write_table(pa.table(arrays), stream)
    return stream.getvalue()
