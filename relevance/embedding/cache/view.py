"""What the cache knows for one encoder."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from relevance.embedding.cache.accelerator import Accelerator
from relevance.embedding.cache.database import Database
from relevance.embedding.cache.files import FileFacts
from relevance.encoders.base import EncoderInfo, FloatArray, IntArray
from relevance.pictures.looks import LOOK, LOOKS, Looks

_STORED = np.dtype("<f4")
_CHECK_BYTES = 4
_MASK = 0xFFFFFFFF
_FEW = 64  # files of a folder that are looked up one by one rather than with all their neighbours

_ENCODER = "SELECT id FROM encoders WHERE fingerprint = ?"
_ROWS = (
    "SELECT f.name, f.size, f.changed, v.vector, f.content, p.proof, l.look FROM files f"
    " JOIN vectors v ON v.encoder = ? AND v.content = f.content"
    " JOIN proofs p ON p.folder = f.folder AND p.name = f.name"
    f" LEFT JOIN looks l ON l.content = f.content AND l.way = {LOOKS} WHERE f.folder = ?"
)


class Picture(NamedTuple):
    """A picture that was just encoded, or found under another name."""

    path: str
    facts: FileFacts
    digest: bytes
    vector: FloatArray


class EncoderView(Accelerator):
    """Vectors of one encoder by file, by content and by text.

    All vectors are stored as float32, so that every command finds what another one encoded, with
    all the digits that it prints. A checksum goes with each, of the vector, its encoder and its
    picture or text; another with each file, of what it looks like and its content. A damaged
    number anywhere between a file and its vector therefore shows, and counts as not there. A
    failure of the cache makes it empty; see ``Accelerator``.
    """

    name = "embedding cache"

    def __init__(self, database: Database, info: EncoderInfo, reading: str) -> None:
        """Look up or enter the encoder.

        Args:
            database: An open cache.
            info: The encoder's facts; its fingerprint is the key.
            reading: Name of the way pictures are read, which shapes vectors like the encoder.

        Raises:
            CacheError: The cache is damaged.
            OSError: It cannot be read, or has to be written and cannot.
        """
        super().__init__(database)
        self._dim = info.dim
        key = f"{info.fingerprint} {reading}"
        self._salt = crc32(key.encode())
        with database.guarded():
            found = database.execute(_ENCODER, (key,)).fetchone()
        if not found:  # a run that writes nothing has nothing to wait for at its end
            with database.writing():
                database.execute(
                    "INSERT OR IGNORE INTO encoders (fingerprint, name) VALUES (?, ?)",
                    (key, f"{info.name} ({info.precision})"),
                )
                found = database.execute(_ENCODER, (key,)).fetchone()
        (self._encoder,) = found

    def recall(
        self,
        paths: Sequence[str],
        facts: Sequence[FileFacts | None],
        vectors: npt.NDArray[np.floating],
        contents: IntArray | None = None,
        looks: Looks | None = None,
    ) -> npt.NDArray[np.bool_]:
        """Fill in the vectors of files that have not changed since they were encoded.

        Args:
            paths: n files.
            facts: What they look like now; None for a file that is not there.
            vectors: ``(n, dim)``, of any precision; rows of known files are written to.
            contents: ``(n,)``; entries of known files are set to the number of their content,
                which identical files share.
            looks: ``(n,)`` of ``LOOK``; entries of known files are set, if what they look like is
                known too.

        Returns:
            ``(n,)``: which rows were filled in.
        """
        before = None if contents is None else contents.copy()
        nothing = np.zeros(len(paths), dtype=bool)
        found = self._ask(lambda: self._recall(paths, facts, vectors, contents, looks), nothing)
        if contents is not None and before is not None:
            contents[~found] = before[~found]  # a failure in the middle
        return found

    def _recall(
        self,
        paths: Sequence[str],
        facts: Sequence[FileFacts | None],
        vectors: npt.NDArray[np.floating],
        contents: IntArray | None,
        looks: Looks | None,
    ) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(paths), dtype=bool)
        folders: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
        for number, path in enumerate(paths):
            name = path.rpartition(os.sep)[2]  # os.path.split takes five times as long
            folders[path[: len(path) - len(name)]][os.fsencode(name)] = number
        for folder, numbers in folders.items():
            rows = self._rows(os.path.abspath(folder), numbers)
            same = [row for row in rows if facts[numbers[row[0]]] == (row[1], row[2])]
            places = np.array([numbers[row[0]] for row in same], dtype=np.intp)
            salts = [row[5] - _salt_of(*row[:3]) for row in same]
            good = self._fill(places, [row[3] for row in same], salts, vectors)
            found[places[good]] = True
            if looks is not None:
                for place, row, salt in zip(places.tolist(), same, salts, strict=True):
                    looks[place] = _look(row[6], salt)
            if contents is not None:
                contents[places[good]] = np.array([row[4] for row in same], dtype=np.int64)[good]
        return found

    def by_content(self, digest: bytes) -> FloatArray | None:
        """Return the vector, ``(dim,)`` float32, of a picture with this hash, if it is known."""
        return self._ask(lambda: self._by_content(digest), None)

    def _by_content(self, digest: bytes) -> FloatArray | None:
        with self._database.guarded():
            row = self._database.execute(
                "SELECT vector FROM vectors WHERE encoder = ? AND content ="
                " (SELECT id FROM contents WHERE digest = ?)",
                (self._encoder, digest),
            ).fetchone()
        vectors, good = self._decode([row[0]] if row else [], [crc32(digest)] if row else [])
        return vectors[0] if good.any() else None

    def look_of(self, digest: bytes) -> Looks:
        """Return what a picture with this hash looks like, ``()`` of ``LOOK``, as far as known."""
        return self._ask(lambda: self._look_of(digest), np.zeros((), LOOK))

    def _look_of(self, digest: bytes) -> Looks:
        with self._database.guarded():
            row = self._database.execute(
                "SELECT look FROM looks WHERE way = ? AND content ="
                " (SELECT id FROM contents WHERE digest = ?)",
                (LOOKS, digest),
            ).fetchone()
        return _look(row[0] if row else None, crc32(digest))

    def store_looks(self, looks: Mapping[bytes, Looks]) -> None:
        """Enter what pictures look like, by the hash of their content."""
        self._keep(lambda: self._store_looks(looks))

    def _store_looks(self, looks: Mapping[bytes, Looks]) -> None:
        with self._database.writing():
            self._database.executemany(
                "INSERT OR REPLACE INTO looks VALUES (?, ?, ?)",
                [
                    (
                        self._content(digest),
                        LOOKS,
                        look.tobytes() + _look_check(look, crc32(digest)),
                    )
                    for digest, look in looks.items()
                ],
            )

    def numbers_of(self, digests: Iterable[bytes]) -> dict[bytes, int]:
        """Return the number of each of these contents that has one; see ``recall``."""
        return self._ask(lambda: self._numbers_of(digests), {})

    def _numbers_of(self, digests: Iterable[bytes]) -> dict[bytes, int]:
        # the number is looked up in an index, and read again where the digest itself is
        query = (
            "SELECT digest, id FROM contents WHERE id = (SELECT id FROM contents WHERE digest = ?)"
        )
        with self._database.guarded():
            found = {item: self._database.execute(query, (item,)).fetchone() for item in digests}
        return {item: row[1] for item, row in found.items() if row and row[0] == item}

    def store(self, pictures: Iterable[Picture]) -> None:
        """Enter pictures, in one transaction."""
        self._keep(lambda: self._store(pictures))

    def _store(self, pictures: Iterable[Picture]) -> None:
        with self._database.writing():
            for picture in pictures:
                content = self._store_vector(picture.digest, picture.vector)
                if picture.facts.is_settled:
                    folder, name = os.path.split(os.path.abspath(picture.path))
                    place = self._folder(folder), os.fsencode(name)
                    self._database.execute(
                        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                        (*place, *picture.facts, content),
                    )
                    proof = crc32(picture.digest) + _salt_of(place[1], *picture.facts)
                    self._database.execute(
                        "INSERT OR REPLACE INTO proofs VALUES (?, ?, ?)", (*place, proof)
                    )

    def store_served(self, vectors: Mapping[bytes, FloatArray | None]) -> None:
        """Enter vectors, ``(dim,)``, of pictures that a table named, by the hash of their content.

        None stands for a vector that is known. They stay when files are forgotten: whether an
        address still serves one is not for the cache to ask.
        """
        self._keep(lambda: self._store_served(vectors))

    def _store_served(self, vectors: Mapping[bytes, FloatArray | None]) -> None:
        with self._database.writing():
            for digest, vector in vectors.items():
                content = (
                    self._content(digest) if vector is None else self._store_vector(digest, vector)
                )
                self._database.execute("INSERT OR IGNORE INTO served VALUES (?)", (content,))

    def texts(self, texts: Iterable[str]) -> dict[str, FloatArray]:
        """Return the vectors, ``(dim,)`` float32, of those texts that are known."""
        return self._ask(lambda: self._texts(texts), {})

    def _texts(self, texts: Iterable[str]) -> dict[str, FloatArray]:
        known = {}
        with self._database.guarded():
            for text in texts:
                row = self._database.execute(
                    "SELECT vector FROM texts WHERE encoder = ? AND text = ?",
                    (self._encoder, text),
                ).fetchone()
                salts = [crc32(text.encode())] if row else []
                vectors, good = self._decode([row[0]] if row else [], salts)
                if good.any():
                    known[text] = vectors[0]
        return known

    def store_texts(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Enter texts with their ``(n_texts, dim)`` vectors."""
        self._keep(lambda: self._store_texts(texts, vectors))

    def _store_texts(self, texts: Sequence[str], vectors: FloatArray) -> None:
        with self._database.writing():
            for text, vector in zip(texts, vectors, strict=True):
                self._database.execute(
                    "INSERT OR REPLACE INTO texts VALUES (?, ?, ?)",
                    (self._encoder, text, self._encode(vector, crc32(text.encode()))),
                )

    def _rows(self, folder: str, names: dict[bytes, int]) -> list[tuple[Any, ...]]:
        """Return name, size, time, vector and content of at least the files asked for."""
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
        salts: Sequence[int],
        vectors: npt.NDArray[np.floating],
    ) -> npt.NDArray[np.bool_]:
        """Write vectors to their places; return which of them are sound."""
        decoded, good = self._decode(blobs, salts)
        vectors[places[good]] = decoded[good]
        return good

    def _encode(self, values: FloatArray, salt: int) -> bytes:
        """Return a vector as it is stored: with a checksum that the salt is part of."""
        body = values.astype(_STORED).tobytes()
        check = _sums(np.frombuffer(body, np.uint8)[None], self._salts([salt]))
        return body + check.astype("<u4").tobytes()

    def _salts(self, salts: Sequence[int]) -> npt.NDArray[np.uint32]:
        """Return numbers of any size as what checksums have of them, the encoder's in it."""
        return np.array([(salt + self._salt) & _MASK for salt in salts], dtype=np.uint32)

    def _decode(
        self, blobs: Sequence[bytes], salts: Sequence[int]
    ) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return ``(n, dim)`` vectors and which of them are sound; see ``_encode``."""
        length = self._dim * _STORED.itemsize + _CHECK_BYTES
        sound = np.array([len(blob) == length for blob in blobs], dtype=bool)
        if not sound.all():
            blobs = [blob if len(blob) == length else bytes(length) for blob in blobs]
        packed = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), length)
        body = np.ascontiguousarray(packed[:, :-_CHECK_BYTES])
        checks = np.ascontiguousarray(packed[:, -_CHECK_BYTES:]).view("<u4")[:, 0]
        values = body.view(_STORED)
        return values, sound & (_sums(body, self._salts(salts)) == checks)

    def _store_vector(self, digest: bytes, vector: FloatArray) -> int:
        """Enter a vector; return the number of its content."""
        content = self._content(digest)
        self._database.execute(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
            (self._encoder, content, self._encode(vector, crc32(digest))),
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


def _look(blob: bytes | None, salt: int) -> Looks:
    """Return a look as it was stored; one of a picture not looked at, where there is none."""
    if blob and len(blob) == LOOK.itemsize + _CHECK_BYTES:
        look: Looks = np.frombuffer(blob, LOOK, 1)[0]
        if blob[LOOK.itemsize :] == _look_check(look, salt):
            return look
    return np.zeros((), LOOK)


def _look_check(look: Looks, salt: int) -> bytes:
    """Return the checksum that goes with a look; the salt is of its picture's content."""
    return ((crc32(look.tobytes()) + salt) & _MASK).to_bytes(_CHECK_BYTES, "little")


def _salt_of(name: bytes, size: int, changed: int) -> int:
    """Return a number of what a file looks like."""
    return crc32(b"%d %d %s" % (size, changed, name))


def _sums(body: npt.NDArray[np.uint8], salts: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Checksum of each row: salt + 1 + the sum of its 16-bit words."""
    sums: npt.NDArray[np.uint32] = body.view("<u2").sum(axis=1, dtype=np.uint32)
    return sums + np.uint32(1) + salts
