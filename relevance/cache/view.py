"""What the cache knows for one encoder."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from relevance.cache.database import Database
from relevance.cache.files import FileFacts
from relevance.encoders.base import EncoderInfo, FloatArray, HalfArray

FLOAT32 = ", float32"
"""End of the key of an encoder whose picture vectors are float32: those of tables' pictures."""

_CHECK_BYTES = 4
_FEW = 64  # files of a folder that are looked up one by one rather than with all their neighbours

_ENCODER = "SELECT id FROM encoders WHERE fingerprint = ?"
_ROWS = (
    "SELECT f.name, f.size, f.changed, v.vector FROM files f"
    " JOIN vectors v ON v.encoder = ? AND v.content = f.content WHERE f.folder = ?"
)


class Picture(NamedTuple):
    """A picture that was just encoded, or found under another name."""

    path: str
    facts: FileFacts
    digest: bytes
    vector: HalfArray


class EncoderView:
    """Vectors of one encoder by file, by content and by text.

    Picture vectors are stored as float16, which moves scores by less than 0.0001 and halves what a
    new keyword has to read; texts as float32. A checksum goes with each: a vector that does not
    pass it counts as not there.
    """

    def __init__(
        self,
        database: Database,
        info: EncoderInfo,
        reading: str,
        dtype: type[np.float16 | np.float32] = np.float16,
    ) -> None:
        """Look up or enter the encoder.

        Args:
            database: An open cache.
            info: The encoder's facts; its fingerprint is the key.
            reading: Name of the way pictures are read, which shapes vectors like the encoder.
            dtype: Precision of picture vectors. Those of another one are kept apart, so that a
                result does not depend on who encoded a picture first.
        """
        self._database = database
        self._dim = info.dim
        self._dtype = dtype
        apart = "" if dtype is np.float16 else FLOAT32
        key = f"{info.fingerprint} {reading}{apart}"
        with database.guarded():
            found = database.execute(_ENCODER, (key,)).fetchone()
        if not found:  # a run that writes nothing has nothing to wait for at its end
            with database.writing():
                database.execute(
                    "INSERT OR IGNORE INTO encoders (fingerprint, name) VALUES (?, ?)",
                    (key, f"{info.name} ({info.precision}{apart})"),
                )
                found = database.execute(_ENCODER, (key,)).fetchone()
        (self._encoder,) = found

    def recall(
        self, paths: Sequence[str], facts: Sequence[FileFacts | None], vectors: HalfArray
    ) -> npt.NDArray[np.bool_]:
        """Fill in the vectors of files that have not changed since they were encoded.

        Args:
            paths: n files.
            facts: What they look like now; None for a file that is not there.
            vectors: ``(n, dim)`` float16; rows of known files are written to.

        Returns:
            ``(n,)``: which rows were filled in.
        """
        found = np.zeros(len(paths), dtype=bool)
        folders: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
        for number, path in enumerate(paths):
            name = path.rpartition(os.sep)[2]  # os.path.split takes five times as long
            folders[path[: len(path) - len(name)]][os.fsencode(name)] = number
        for folder, numbers in folders.items():
            rows = self._rows(os.path.abspath(folder), numbers)
            same = [row for row in rows if facts[numbers[row[0]]] == (row[1], row[2])]
            places = np.array([numbers[row[0]] for row in same], dtype=np.intp)
            self._fill(places, [row[3] for row in same], vectors, found)
        return found

    def by_content(self, digest: bytes) -> npt.NDArray[Any] | None:
        """Return the vector, ``(dim,)``, of a picture with this hash, if it is known."""
        with self._database.guarded():
            row = self._database.execute(
                "SELECT vector FROM vectors WHERE encoder = ? AND content ="
                " (SELECT id FROM contents WHERE digest = ?)",
                (self._encoder, digest),
            ).fetchone()
        vectors, good = self._decode([row[0]] if row else [], self._dtype)
        return vectors[0] if good.any() else None

    def store(self, pictures: Iterable[Picture]) -> None:
        """Enter pictures, in one transaction."""
        with self._database.writing():
            for picture in pictures:
                content = self._store_vector(picture.digest, picture.vector)
                if picture.facts.is_settled:
                    folder, name = os.path.split(os.path.abspath(picture.path))
                    self._database.execute(
                        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                        (self._folder(folder), os.fsencode(name), *picture.facts, content),
                    )

    def store_contents(self, vectors: Mapping[bytes, npt.NDArray[Any]]) -> None:
        """Enter vectors, ``(dim,)``, by the hash of a picture's content, in one transaction."""
        with self._database.writing():
            for digest, vector in vectors.items():
                self._store_vector(digest, vector)

    def texts(self, texts: Iterable[str]) -> dict[str, FloatArray]:
        """Return the vectors, ``(dim,)`` float32, of those texts that are known."""
        known = {}
        with self._database.guarded():
            for text in texts:
                row = self._database.execute(
                    "SELECT vector FROM texts WHERE encoder = ? AND text = ?",
                    (self._encoder, text),
                ).fetchone()
                vectors, good = self._decode([row[0]] if row else [], np.float32)
                if good.any():
                    known[text] = vectors[0]
        return known

    def store_texts(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Enter texts with their ``(n_texts, dim)`` vectors."""
        with self._database.writing():
            for text, vector in zip(texts, vectors, strict=True):
                self._database.execute(
                    "INSERT OR REPLACE INTO texts VALUES (?, ?, ?)",
                    (self._encoder, text, _encode(vector)),
                )

    def _rows(self, folder: str, names: dict[bytes, int]) -> list[tuple[bytes, int, int, bytes]]:
        """Return name, size, time and vector of a folder's files, at least of those asked for."""
        key = os.fsencode(folder)
        with self._database.guarded():
            row = self._database.execute("SELECT id FROM folders WHERE path = ?", (key,)).fetchone()
            if not row:
                return []
            if len(names) > _FEW:
                rows = self._database.execute(_ROWS, (self._encoder, row[0])).fetchall()
                return [item for item in rows if item[0] in names]
            return [
                item
                for name in names
                for item in self._database.execute(
                    f"{_ROWS} AND f.name = ?", (self._encoder, row[0], name)
                )
            ]

    def _fill(
        self,
        places: npt.NDArray[np.intp],
        blobs: Sequence[bytes],
        vectors: HalfArray,
        found: npt.NDArray[np.bool_],
    ) -> None:
        decoded, good = self._decode(blobs, self._dtype)
        vectors[places[good]] = decoded[good]
        found[places[good]] = True

    def _decode(
        self, blobs: Sequence[bytes], dtype: type[np.float16 | np.float32]
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Return ``(n, dim)`` vectors of that type and which of them are sound."""
        length = self._dim * np.dtype(dtype).itemsize + _CHECK_BYTES
        sound = np.array([len(blob) == length for blob in blobs], dtype=bool)
        if not sound.all():
            blobs = [blob if len(blob) == length else bytes(length) for blob in blobs]
        packed = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), length)
        body = np.ascontiguousarray(packed[:, :-_CHECK_BYTES])
        checks = np.ascontiguousarray(packed[:, -_CHECK_BYTES:]).view("<u4")[:, 0]
        values = body.view(np.dtype(dtype).newbyteorder("<"))
        return values, sound & (_sums(body) == checks)

    def _store_vector(self, digest: bytes, vector: npt.NDArray[Any]) -> int:
        """Enter a vector; return the number of its content."""
        content = self._content(digest)
        self._database.execute(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
            (self._encoder, content, _encode(vector.astype(self._dtype))),
        )
        return content

    def _content(self, digest: bytes) -> int:
        self._database.execute("INSERT OR IGNORE INTO contents (digest) VALUES (?)", (digest,))
        return self._id("SELECT id FROM contents WHERE digest = ?", digest)

    def _folder(self, folder: str) -> int:
        key = os.fsencode(folder)
        self._database.execute("INSERT OR IGNORE INTO folders (path) VALUES (?)", (key,))
        return self._id("SELECT id FROM folders WHERE path = ?", key)

    def _id(self, query: str, key: bytes) -> int:
        (number,) = self._database.execute(query, (key,)).fetchone()
        return int(number)


def _encode(values: npt.NDArray[np.floating]) -> bytes:
    body = values.astype(values.dtype.newbyteorder("<")).tobytes()
    check = _sums(np.frombuffer(body, np.uint8)[None])
    return body + check.astype("<u4").tobytes()


def _sums(body: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Checksum of each row: 1 + the sum of its 16-bit words; never 0, so zeroed pages show."""
    sums: npt.NDArray[np.uint32] = body.view("<u2").sum(axis=1, dtype=np.uint32)
    return sums + np.uint32(1)
