"""Parquet files of vectors, each whole or not there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from relevance.embedding.fetched import Outcome
from relevance.encoders.base import EncoderInfo
from relevance.errors import MissingExtraError, UsageError
from relevance.exports.atomic import explained, put_file
from relevance.index.stores.wording import restored, storable
from relevance.pictures.reading import READING
from relevance.system.names import printable


class Shards:
    """The files of a folder, and which pictures they hold."""

    def __init__(self, folder: Path, info: EncoderInfo) -> None:
        """Look through a folder, which need not be there yet.

        Raises:
            MissingExtraError: pyarrow is not installed.
            UsageError: A file was made with another encoder or is damaged, or the folder cannot be
                made.
        """
        try:
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtraError("Writing Parquet files", "parquet") from error
        self._arrow = pyarrow
        self._folder = folder
        self._info = info
        self._facts = {b"fingerprint": info.fingerprint.encode(), b"reading": READING.encode()}
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.files = sorted(folder.glob("part-*.parquet"))
        self._known: set[str] = set()
        for file in self.files:
            self._known |= self._paths(file)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def _paths(self, file: Path) -> set[str]:
        try:
            schema = self._arrow.parquet.read_schema(file)
        except (self._arrow.ArrowException, OSError) as error:
            raise UsageError(
                f"{printable(file)} cannot be read as a Parquet file; remove it, and its pictures "
                "are encoded again."
            ) from error
        if any((schema.metadata or {}).get(name) != value for name, value in self._facts.items()):
            raise UsageError(
                f"{printable(file)} was made with another encoder than {self._info.name}; name "
                "another folder."
            )
        column = self._arrow.parquet.read_table(file, columns=["path"]).column("path")
        return set(map(restored, column.to_pylist()))

    def write(self, paths: Sequence[str], outcomes: Sequence[Outcome]) -> Path:
        """Write one more file."""
        arrow, dim = self._arrow, self._info.dim
        is_missing = np.array([outcome.vector is None for outcome in outcomes])
        rows = [np.zeros(dim) if item.vector is None else item.vector for item in outcomes]
        flat = arrow.array(np.concatenate(rows).astype(np.float16))
        columns = {
            "path": arrow.array(list(map(storable, paths)), arrow.string()),
            "digest": arrow.array([item.digest for item in outcomes], arrow.binary()),
            "vector": arrow.FixedSizeListArray.from_arrays(flat, dim, mask=arrow.array(is_missing)),
            "reason": arrow.array([item.reason for item in outcomes], arrow.string()),
        }
        table = arrow.table(columns).replace_schema_metadata(self._facts)
        file = self._free_name()
        unfinished = file.with_suffix(".part")
        with explained(file):
            arrow.parquet.write_table(table, unfinished)
            put_file(unfinished, file)
        self.files.append(file)
        self._known |= set(paths)
        return file

    def _free_name(self) -> Path:
        """Return a name that no file has; somebody may have taken one from the middle away."""
        names = (self._folder / f"part-{number:05d}.parquet" for number in count(len(self.files)))
        return next(name for name in names if not name.exists())
