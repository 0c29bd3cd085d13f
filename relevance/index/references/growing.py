"""Recognised pictures that become references, with guards; see ``judging.recognising.growth``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from relevance.embedding.fetched import Outcome, PictureReader
from relevance.index.references.asked import Asked
from relevance.index.references.changes import GROW, Change, Entry, Reference, new_id, now
from relevance.index.references.deciding import decide
from relevance.index.references.known import Known
from relevance.index.references.recognitions import RECOGNISED, Recognition
from relevance.index.references.store import ReferenceStore
from relevance.index.references.vectors import VectorStore
from relevance.judging.recognising.growth import MOST, adds_nothing, is_sure, most_redundant

_EQUAL = 0.999
"""Cosine of a picture with itself, at least: known vectors have half the precision."""
Confirm = Callable[[Recognition], bool]
"""Asks somebody whether a picture may become a reference of its type."""


@dataclass(slots=True)
class Grower:
    """Decides on pictures one after the other, so that what grew helps those that follow.

    The threshold stays that of the beginning.

    Attributes:
        store: Where references are kept.
        vectors: Where their vectors are.
        reader: Encodes what is kept.
        threshold: From which likeness on a picture counts as of a type.
        known: What there is; it grows.
        wanted: The one type that was asked for.
        confirm: Asked before each; None to ask nobody.
    """

    store: ReferenceStore
    vectors: VectorStore
    reader: PictureReader
    threshold: float
    known: Known
    wanted: str = ""
    confirm: Confirm | None = None

    def decide(self, asked: Sequence[Asked]) -> Iterator[Recognition]:
        """Decide, and let grow what may; what was yielded as grown is kept for good."""
        run = new_id()
        for item in asked:
            (found,) = decide([item], self.known, self.threshold, self.wanted)
            yield self._grown(item, found, run) if found.status == RECOGNISED else found

    def _grown(self, item: Asked, found: Recognition, run: str) -> Recognition:
        reason = self._guard(item, found)
        if not reason and self.confirm and not self.confirm(found):
            reason = "not confirmed"
        if not reason:
            reason = self._add(item, found, run)
        return replace(found, grew=not reason, reason=reason)

    def _guard(self, item: Asked, found: Recognition) -> str:
        """Say why a match is no reference; empty if it may be one."""
        margin = np.inf if np.isnan(found.margin) else found.margin
        if not is_sure(found.similarity, self.threshold, margin):
            return "not sure enough"
        own = self.known.types.vectors[self.known.rows_of(found.type)]
        return "adds nothing new" if adds_nothing(own @ item.vector) else ""

    def _add(self, item: Asked, found: Recognition, run: str) -> str:
        """Keep a picture as a reference; say why not, or nothing."""
        content = item.read()
        outcome = self.reader.start(item.place, content).result() if content else Outcome()
        if outcome.vector is None:
            return "gone meanwhile"
        if outcome.vector @ item.vector < _EQUAL:
            return "another picture meanwhile"
        digest = outcome.digest.hex()
        entry = Entry(new_id(), found.type, digest, item.place, found.similarity)
        reference = Reference(
            *(found.type, digest, item.place, now(), found.similarity), entries=(entry.id,)
        )
        known = self.known.with_one(reference, outcome.vector)
        dropped = _too_many(known, found.type)
        if dropped is not None:
            leaving = known.references[dropped]
            if leaving is reference:
                return "tells less than those that are there"
            known = known.without(dropped)
        self.store.keep(content)
        self.vectors.add({digest: outcome.vector})
        self.store.record(
            Change(
                *(new_id(), run, reference.when, GROW, (entry,)),
                removed=leaving.entries if dropped is not None else (),
            )
        )
        self.known = known
        return ""


def _too_many(known: Known, name: str) -> int | None:
    """Return the row of the reference that leaves, where a type has grown too many."""
    rows = known.rows_of(name)
    grown = [row for row in rows if known.references[row].is_grown]
    if len(grown) <= MOST:
        return None
    given = [row for row in rows if not known.references[row].is_grown]
    return [*given, *grown][most_redundant(known.types.vectors[[*given, *grown]], len(given))]
