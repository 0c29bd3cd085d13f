"""References and their vectors of one encoder; what lacks one is encoded first."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.encoding import cache_of
from relevance.embedding.fetched import PictureReader
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.errors import RelevanceError
from relevance.index.references.changes import Reference
from relevance.index.references.store import ReferenceStore
from relevance.index.references.vectors import VectorStore
from relevance.judging.recognising.likeness import Types
from relevance.pages.wording import counted

_logger = logging.getLogger("relevance")
_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a picture is held against.

    Attributes:
        types: The types with their references' vectors.
        references: One for each row of these.
    """

    types: Types
    references: tuple[Reference, ...]

    @classmethod
    def of(cls, references: Sequence[Reference], vectors: Sequence[FloatArray]) -> Known:
        """Put references, at least one, and their ``(dim,)`` vectors in order."""
        types, order = Types.of([item.type for item in references], np.stack(vectors))
        return cls(types, tuple([references[row] for row in order.tolist()]))

    def rows_of(self, name: str) -> range:
        """Return the rows of a type's references, which stand together."""
        number = self.types.names.index(name)
        start = int(self.types.starts[number])
        return range(start, start + int(self.types.sizes[number]))

    def with_one(self, reference: Reference, vector: FloatArray) -> Known:
        """Return the same with one more."""
        return Known.of([*self.references, reference], [*self.types.vectors, vector])

    def without(self, row: int) -> Known:
        """Return the same without one; its type has others."""
        rest = [number for number in range(len(self.references)) if number != row]
        return Known.of([self.references[n] for n in rest], [self.types.vectors[n] for n in rest])


@contextmanager
def reading(encoder: Encoder, settings: EncodingSettings) -> Iterator[PictureReader]:
    """Open the way from pictures' content to vectors."""
    with (
        cache_of(encoder, settings) as cache,
        PictureReader(encoder, cache=cache, max_pixels=settings.max_pixels) as reader,
    ):
        yield reader


def complete(
    store: ReferenceStore,
    vectors: VectorStore,
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Watch,
) -> Mapping[str, FloatArray]:
    """Return the vectors of all references by digest; encode pictures that have none.

    A picture that is damaged has none afterwards either.
    """
    known = vectors.known()
    lacking = list(dict.fromkeys(i.digest for i in store.references() if i.digest not in known))
    if not lacking:
        return known
    _logger.info(
        "Encoding %s with %s.", counted(len(lacking), "reference picture"), encoder.info.name
    )
    tell = progress or (lambda advance: None)
    is_kept = True
    with reading(encoder, settings) as reader:
        for start in range(0, len(lacking), _BATCH):
            tell(Advance(start, len(lacking)))
            fresh = _encoded(store, reader, lacking[start : start + _BATCH])
            known.update(fresh)
            is_kept = is_kept and _kept(vectors, fresh)
    tell(Advance(len(lacking), len(lacking)))
    return known


def _kept(vectors: VectorStore, fresh: Mapping[str, FloatArray]) -> bool:
    """Keep vectors if that is possible; who may only read a store can do without."""
    try:
        vectors.add(fresh)
    except RelevanceError as error:
        _logger.warning("The next run encodes reference pictures again: %s", error)
        return False
    return True


def _encoded(
    store: ReferenceStore, reader: PictureReader, digests: Sequence[str]
) -> dict[str, FloatArray]:
    contents = {digest: store.picture(digest) for digest in digests}
    waiting = {name: reader.start(name, data) for name, data in contents.items() if data}
    outcomes = {digest: future.result() for digest, future in waiting.items()}
    return {name: item.vector for name, item in outcomes.items() if item.vector is not None}
