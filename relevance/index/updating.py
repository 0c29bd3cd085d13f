"""Bring a store up to date with its sources; what is as it was costs a look at the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.fetched import Outcome
from relevance.index.encoding import digests_of
from relevance.index.source import Offer, Wanted
from relevance.index.stores.base import Row, Store
from relevance.pictures.fetching import is_address

_BATCH = 4096


class Encodes(Protocol):
    """What encodes rows, here or elsewhere; see ``RowEncoder``."""

    notes: list[str]
    n_cached: int
    chunk: int

    def encode(self, wanted: Sequence[Wanted], digests: Sequence[bytes]) -> list[Outcome]:
        """Encode the pictures of rows, or say why that is not possible, in their order."""


OpenEncoder = Callable[[], AbstractContextManager[Encodes]]
"""Opens what encodes, which takes a while: nothing is opened where nothing is new."""


@dataclass(slots=True)
class Update:
    """One pass over what sources offer.

    Attributes:
        counts: Rows by what became of them: added, changed, kept, gone.
        skipped: Path, folder and reason.
        notes: What is odd about pictures that were used.
        from_cache: Pictures that were encoded by earlier runs.
    """

    store: Store
    open_encoder: OpenEncoder
    progress: Watch = None
    counts: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    from_cache: int = 0
    _seen: set[str] = field(default_factory=set)
    _total: int = 0
    _done: int = 0

    def run(self, offers: Sequence[Offer]) -> None:
        """Enter what is new, encode what has changed, and drop what is there no more."""
        self._total = sum(offer.total for offer in offers)
        with ExitStack() as stack:
            encoder: Encodes | None = None
            fresh: list[tuple[Wanted, bytes]] = []
            for offer in offers:
                for wanted in offer.batches():
                    found = self._without_known(wanted)
                    self._tell(len(wanted) - len(found))
                    fresh += found
                    if fresh:
                        encoder = encoder or stack.enter_context(self.open_encoder())
                        if len(fresh) >= encoder.chunk:
                            self._encode(fresh, encoder)
                            fresh = []
            if encoder:
                self._encode(fresh, encoder)
                self.notes += encoder.notes
                self.from_cache = encoder.n_cached
        self._drop({source.path for offer in offers for source in offer.sources})

    def _without_known(self, wanted: Sequence[Wanted]) -> list[tuple[Wanted, bytes]]:
        """Settle the rows whose vector is in the store already; return the rest.

        With each comes its digest, if it had to be known; a row that is new is not read here.
        """
        known = self.store.rows([item.row.id for item in wanted])
        doubtful = []
        for item in wanted:
            before = known.get(item.row.id)
            if before and _is_as_before(before, item):
                self._seen.add(before.id)
                self.counts["kept"] += 1
            else:
                doubtful.append(item)
        new = [item for item in doubtful if item.row.id not in known]
        doubtful = [item for item in doubtful if item.row.id in known]
        fresh, touched = [(item, b"") for item in new], []
        for item, digest in zip(doubtful, digests_of(doubtful), strict=True):
            before = known[item.row.id]
            if not item.fault and _is_same_picture(before, item, digest):
                touched.append(item.row._replace(digest=before.digest))
            else:
                fresh.append((item, digest))
        self._touch(touched, known)
        return fresh

    def _touch(self, rows: Sequence[Row], known: dict[str, Row]) -> None:
        """Enter rows anew whose picture is as it was."""
        if not rows:
            return
        self.store.add(rows, self.store.vectors([row.id for row in rows]))
        self._seen |= {row.id for row in rows}
        for row in rows:
            before = known[row.id]
            is_same = row._replace(size=before.size, changed=before.changed) == before
            self.counts["kept" if is_same else "changed"] += 1

    def _encode(self, fresh: Sequence[tuple[Wanted, bytes]], encoder: Encodes) -> None:
        wanted, digests = [item for item, _ in fresh], [digest for _, digest in fresh]
        known = self.store.rows([item.row.id for item in wanted])
        rows, vectors = [], []
        for item, outcome in zip(wanted, encoder.encode(wanted, digests), strict=True):
            if outcome.vector is None:
                self.skipped.append((item.row.path, item.row.folder, outcome.reason))
                continue
            rows.append(item.row._replace(digest=outcome.digest))
            vectors.append(outcome.vector)
            self.counts["changed" if item.row.id in known else "added"] += 1
        if rows:
            self.store.add(rows, np.stack(vectors))
        self._seen |= {row.id for row in rows}
        self._tell(len(fresh))

    def _drop(self, sources: set[str]) -> None:
        """Remove the rows of these sources that they do not offer any more."""
        gone = [
            row.id
            for batch in self.store.batches(_BATCH)
            for row in batch.rows
            if row.source in sources and row.id not in self._seen
        ]
        self.store.remove(gone)
        self.counts["gone"] += len(gone)

    def _tell(self, done: int) -> None:
        self._done += done
        if self.progress:
            known = self.counts["kept"]
            self.progress(Advance(self._done, self._total, known, len(self.skipped)))


def _is_as_before(before: Row, item: Wanted) -> bool:
    """Say whether a row is in the store as it should be, by what its file looks like.

    A row of a table stays one, with its columns, where a folder offers the same picture.
    """
    row = item.row
    if item.fault or item.content or before.size != row.size or before.changed != row.changed:
        return False
    if not row.changed and not is_address(row.path):  # it may have changed without a sign
        return False
    is_of_table = bool(before.columns) and not row.columns
    return is_of_table or row._replace(digest=before.digest) == before


def _is_same_picture(before: Row, item: Wanted, digest: bytes) -> bool:
    return before.digest == digest if digest else is_address(item.row.path)
