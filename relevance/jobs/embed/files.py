"""Vectors -> a file, a block at a time, that appears when it is whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relevance.encoders.base import EncoderInfo
from relevance.errors import UsageError
from relevance.exports.atomic import drafting, explained, replacing, together
from relevance.exports.columns import csv_rows, plain_columns
from relevance.exports.places import check_writable
from relevance.jobs.embed.result import Vectors
from relevance.system.names import printable
from relevance.tables.files import need_pyarrow

_COLUMNS = ("row", "path", "folder", "status", "reason")
_PARQUET = (".parquet", ".pq")
_NPY = ".npy"
Put = Callable[[Vectors], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where vectors go.

    Attributes:
        file: The vectors.
        table: What their rows are; None for Parquet, which says so itself.
    """

    file: Path
    table: Path | None

    @classmethod
    def of(cls, path: str | Path) -> Places:
        """Check a place, as its name ends.

        Raises:
            UsageError: It ends otherwise, pyarrow is missing, or another table is in the way.
            OutputError: The disk is full, for example.
        """
        file = Path(path)
        kind = file.suffix.lower()
        if kind not in (*_PARQUET, _NPY):
            raise UsageError(
                f"Vectors go to a file that ends in .parquet or .npy, unlike {printable(file)}."
            )
        if kind in _PARQUET:
            need_pyarrow()
        places = cls(file, file.with_suffix(".csv") if kind == _NPY else None)
        if places.table and not _is_ours(places.table):
            raise UsageError(
                f"The table that goes with {printable(file)} would be written over "
                f"{printable(places.table)}, which is another one; choose another --output."
            )
        check_writable(file.parent)
        return places


def write_vectors(
    blocks: Iterable[Vectors], count: int, encoder: EncoderInfo, places: Places
) -> list[tuple[str, str, str]]:
    """Write vectors as they come.

    Args:
        blocks: The vectors.
        count: How many rows they have together.
        encoder: What made them; Parquet keeps model and fingerprint in the file's metadata.
        places: Where they go.

    Returns:
        Path, folder and reason of each row without a vector.

    Raises:
        UsageError: A file cannot be written there.
        OutputError: The disk is full, for example.
    """
    skipped: list[tuple[str, str, str]] = []
    with explained(places.file), together():
        places.file.parent.mkdir(parents=True, exist_ok=True)
        with _opened(places, count, encoder) as put:
            for block in blocks:
                put(block)
                rows = zip(block.path, block.folder, block.reason, strict=True)
                skipped += [row for row in rows if row[2]]
    return skipped


@contextmanager
def _opened(places: Places, count: int, encoder: EncoderInfo) -> Iterator[Put]:
    with drafting(places.file) as draft:
        if places.table:
            with _npy(draft, (count, encoder.dim)) as vectors, _rows(places.table) as rows:
                yield lambda block: (vectors(block), rows(block))[0]
        else:
            with _parquet(draft, encoder) as put:
                yield put


@contextmanager
def _npy(draft: Path, shape: tuple[int, int]) -> Iterator[Put]:
    """Write an array whose length is known, without having it in memory."""
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with draft.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)

        def put(block: Vectors) -> None:
            stream.write(np.ascontiguousarray(block.vectors, dtype="<f4").tobytes())

        yield put


@contextmanager
def _rows(table: Path) -> Iterator[Put]:
    """Write what the rows of an array are."""
    with replacing(table) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        number = 0

        def put(block: Vectors) -> None:
            nonlocal number
            rows = csv_rows(block.columns)
            writer.writerows((number + place, *row) for place, row in enumerate(rows))
            number += len(block.path)

        yield put


@contextmanager
def _parquet(draft: Path, encoder: EncoderInfo) -> Iterator[Put]:
    """Write a row a picture; ``vector`` is a list of fixed size, null for skipped pictures."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {name: pa.string() for name in _COLUMNS[1:]}
    kinds["vector"] = pa.list_(pa.float32(), encoder.dim)
    schema = pa.schema(kinds, metadata={"relevance": json.dumps(_metadata(encoder))})
    with pq.ParquetWriter(draft, schema) as writer:

        def put(block: Vectors) -> None:
            flat = pa.array(np.ascontiguousarray(block.vectors, dtype=np.float32).ravel())
            missing = pa.array([bool(reason) for reason in block.reason])
            vectors = pa.FixedSizeListArray.from_arrays(flat, encoder.dim, mask=missing)
            cells = {**plain_columns(block.columns), "vector": vectors}
            writer.write_table(pa.table(cells, schema=schema))

        yield put


def _metadata(encoder: EncoderInfo) -> Mapping[str, Any]:
    names = ("name", "revision", "precision", "dim", "fingerprint")
    return {name: getattr(encoder, name) for name in names}


def _is_ours(table: Path) -> bool:
    """Say whether a table may be written over: there is none, or it was written here."""
    try:
        with table.open(encoding="utf-8") as stream:
            return stream.readline() == ",".join(_COLUMNS) + "\n"
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError):
        return False
