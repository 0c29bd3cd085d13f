"""Vectors of reference pictures, by encoder: another encoder makes its own at first use."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Mapping

import numpy as np

from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.index.references.pieces import Pieces
from relevance.index.references.places import Place
from relevance.pictures.guard import guarded
from relevance.pictures.reading import READING, Skipped
from relevance.system.names import printable

_logger = logging.getLogger("relevance")
Vectors = Mapping[str, FloatArray]
FOLDER = "vectors"


class VectorStore:
    """The vectors of one encoder in a place."""

    def __init__(self, place: Place, info: EncoderInfo) -> None:
        self._dim = info.dim
        name = hashlib.sha256(f"{info.fingerprint} {READING}".encode()).hexdigest()[:16]
        self._pieces: Pieces[Vectors] = Pieces(
            place, f"{FOLDER}/{name}", ".npz", self._parsed, _joined
        )

    def known(self) -> dict[str, FloatArray]:
        """Return ``(dim,)`` float32 vectors by digest, as hex."""
        found: dict[str, FloatArray] = {}
        for piece in self._pieces.all().values():
            found.update(piece)
        return found

    def add(self, vectors: Vectors) -> None:
        """Keep vectors."""
        if vectors:
            self._pieces.add(vectors)

    def _parsed(self, name: str, data: bytes) -> Vectors | None:
        """Read a file; one that is damaged is made again from the pictures."""
        held = guarded(_held, data, self._dim)  # damage has many faces
        if isinstance(held, Skipped):
            _logger.warning(
                "The vectors %s are damaged (%s) and are made again.",
                printable(name),
                held.reason,
            )
            return None
        return held


def _held(data: bytes, dim: int) -> Vectors:
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        digests, rows = held["digests"], held["vectors"].astype(np.float32)
    if rows.shape != (len(digests), dim) or not np.isfinite(rows).all():
        raise ValueError("it is of another shape")
    return dict(zip(map(str, digests), rows, strict=True))


def _joined(pieces: list[Vectors]) -> bytes:
    together: dict[str, FloatArray] = {}
    for piece in pieces:
        together.update(piece)
    buffer = io.BytesIO()
    np.savez(buffer, digests=np.array(list(together)), vectors=np.stack(list(together.values())))
    return buffer.getvalue()
