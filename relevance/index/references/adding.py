"""Pictures that somebody gives as references of types."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.fetched import PictureReader
from relevance.encoders.base import FloatArray
from relevance.exports.json_file import JsonExport
from relevance.index.references.changes import ADD, Change, Entry, new_id, now
from relevance.index.references.store import ReferenceStore
from relevance.index.references.vectors import VectorStore
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.reading import Skipped
from relevance.system.names import printable

_BATCH = 32


@dataclass(eq=False)
class Added(JsonExport):
    """What ``References.add`` did.

    Attributes:
        store: Where the references are.
        run: By which this can be undone.
        counts: New references by type.
        there: How many were references of their type already.
        skipped: Place, type and reason of pictures that were not taken.
        notes: What is worth knowing, in sentences.
    """

    store: str
    run: str
    counts: Counter[str] = field(default_factory=Counter)
    there: int = 0
    skipped: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return (
            f"<Added: {self.counts.total()} references of {len(self.counts)} types, "
            f"{len(self.skipped)} skipped>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "store": printable(self.store),
            "run": self.run,
            "added": {printable(name): count for name, count in self.counts.items()},
            "already_there": self.there,
            "skipped": [
                {"path": printable(place), "type": printable(name), "reason": reason}
                for place, name, reason in self.skipped
            ],
            "notes": self.notes,
        }


@dataclass(slots=True)
class Adder:
    """Takes pictures in, batch by batch; a batch that is done stays, whatever ends the run."""

    store: ReferenceStore
    vectors: VectorStore
    reader: PictureReader
    added: Added
    _types: dict[str, str] = field(default_factory=dict)
    _sound: Collection[str] = ()

    def add(self, refs: Sequence[ImageRef], progress: Watch) -> None:
        """Take pictures in, each as a reference of the type that its ``folder`` names."""
        tell = progress or (lambda advance: None)
        self._types = {item.digest: item.type for item in self.store.references()}
        self._sound = self.vectors.known()
        for start in range(0, len(refs), _BATCH):
            tell(Advance(start, len(refs), skipped=len(self.added.skipped)))
            self._batch(refs[start : start + _BATCH])
        tell(Advance(len(refs), len(refs), skipped=len(self.added.skipped)))

    def _batch(self, refs: Sequence[ImageRef]) -> None:
        waiting = []
        for ref in refs:
            data = _content(ref)
            if isinstance(data, str):
                self._skip(ref, data)
            elif not self._is_known(ref, data):
                waiting.append((ref, data, self.reader.start(ref.place, data)))
        entries: list[Entry] = []
        fresh: dict[str, FloatArray] = {}
        for ref, data, future in waiting:
            outcome = future.result()
            if outcome.vector is None:
                self._skip(ref, outcome.reason)
            elif not self._is_known(ref, data):  # twice in one batch
                digest = self.store.keep(data)
                self._types[digest] = ref.folder
                fresh[digest] = outcome.vector
                entries.append(Entry(new_id(), ref.folder, digest, ref.place))
                self.added.counts[ref.folder] += 1
        if entries:
            self.vectors.add(fresh)
            change = Change(new_id(), self.added.run, now(), ADD, tuple(entries))
            self.store.record(change)

    def _is_known(self, ref: ImageRef, data: bytes) -> bool:
        """Say whether a picture is a reference already, and count it."""
        digest = hashlib.sha256(data).hexdigest()
        other = self._types.get(digest)
        if other == ref.folder:
            self.added.there += 1
            if digest not in self._sound:
                self.store.keep(data)  # what is there may be damaged
        elif other is not None:
            self._skip(ref, f"a reference of {printable(other)}; a picture stands for one type")
        return other is not None

    def _skip(self, ref: ImageRef, reason: str) -> None:
        self.added.skipped.append((ref.place, ref.folder, reason))


def _content(ref: ImageRef) -> bytes | str:
    """Return a picture's bytes, or why it has none."""
    if ref.held:
        return _bytes_of(ref.held.file())
    if is_address(ref.place):
        with Fetcher(Path(), Limits(), Doors()) as fetcher:
            fetched = fetcher.fetch(ref.place)
        return _bytes_of(fetched if isinstance(fetched, Skipped) else fetched.content)
    return _bytes_of(ref.path)


def _bytes_of(content: bytes | Path | Skipped) -> bytes | str:
    if isinstance(content, Skipped):
        return content.reason
    try:
        return content if isinstance(content, bytes) else content.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
