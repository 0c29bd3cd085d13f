"""``Vectors``: what ``relevance.embed`` returns, and what became of a file of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.exports.columns import Column, frame
from relevance.exports.json_file import JsonExport, without_nan
from relevance.judging.scoring import OK, SKIPPED
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Vectors:
    """Unit vectors of n pictures, row by row as they were given.

    Attributes:
        path: Where each is, fit to print.
        folder: Its category.
        vectors: ``(n, dim)`` float32, rows of unit L2 norm; NaN where a picture was skipped.
        reason: Why a picture was skipped; empty where it was not.
        encoder: The encoder's facts; vectors of two fingerprints have nothing in common.
        cached: How many were known from earlier runs.
    """

    path: Sequence[str]
    folder: Sequence[str]
    vectors: FloatArray
    reason: Sequence[str]
    encoder: EncoderInfo
    cached: int = 0

    def __repr__(self) -> str:
        n, dim = self.vectors.shape
        return f"<Vectors: {n} pictures, {dim} dimensions, encoder {self.encoder.name}>"

    @classmethod
    def joined(cls, blocks: Sequence[Vectors]) -> Vectors:
        """Return one or more blocks of one encoder as one."""
        return cls(
            path=[path for block in blocks for path in block.path],
            folder=[folder for block in blocks for folder in block.folder],
            vectors=np.concatenate([block.vectors for block in blocks]),
            reason=[reason for block in blocks for reason in block.reason],
            encoder=blocks[0].encoder,
            cached=sum(block.cached for block in blocks),
        )

    @property
    def columns(self) -> dict[str, Column]:
        """The columns of ``table``, as ``exports.columns`` takes them."""
        status = [SKIPPED if reason else OK for reason in self.reason]
        return {"path": self.path, "folder": self.folder, "status": status, "reason": self.reason}

    @property
    def table(self) -> pd.DataFrame:
        """A row a picture, as in ``vectors``: path, folder, status, reason."""
        return frame(self.columns)

    def to_file(self, path: str | Path) -> Path:
        """Write a ``.parquet`` or ``.npy`` file, the latter with a table beside it.

        Raises:
            UsageError: The name ends otherwise, or something is in the way.
            OutputError: The disk is full, for example.
        """
        from relevance.jobs.embed.files import Places, write_vectors

        write_vectors([self], len(self.path), self.encoder, Places.of(path))
        return Path(path)


@dataclass(frozen=True, eq=False)
class Written(JsonExport):
    """A file of vectors.

    Attributes:
        file: The vectors.
        table: What their rows are, where the file does not say so itself.
        n_pictures: Rows, those of skipped pictures among them.
        cached: How many pictures were known from earlier runs.
        skipped: Path, folder and reason of each picture that has no vector.
        encoder: The encoder's facts.
        left_out: What was found and not taken; see ``Sources.facts``.
    """

    file: Path
    table: Path | None
    n_pictures: int
    cached: int
    skipped: Sequence[tuple[str, str, str]]
    encoder: EncoderInfo
    left_out: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        result = {
            "file": printable(self.file),
            "table": printable(self.table) if self.table else None,
            "pictures": self.n_pictures,
            "vectors": self.n_pictures - len(self.skipped),
            "from_cache": self.cached,
            "encoder": asdict(self.encoder),
            "skipped": [
                {"path": path, "folder": folder, "reason": reason}
                for path, folder, reason in self.skipped
            ],
            **self.left_out,
        }
        plain: dict[str, Any] = without_nan(result)
        return plain
