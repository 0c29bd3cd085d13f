"""A query -> the signal that pictures are ranked by.

Of words alone the signal is the score of ``relevance.score``. With pictures it is how far a picture
lies in a direction from the centre of the index: three parts of the pictures' own, one of the
words'. What a picture should not be like counts off by a quarter, where it is like that at all.
These shares, and other ways, were measured on classes that the encoder had not seen
(benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from relevance.embedding.cache import EncoderView
from relevance.embedding.embeddings import embed_concepts
from relevance.embedding.fetched import PictureReader
from relevance.encoders.base import Encoder, FloatArray, unit_rows, without_words
from relevance.errors import NoReadablePictureError
from relevance.index.centre import centre_of
from relevance.index.search.query import Given, Query, is_picture, name_of
from relevance.index.search.readiness import Readiness
from relevance.index.search.signals import Concept, Signal, Unlike
from relevance.index.stores.base import Store
from relevance.judging.directions import UNLIKE_SHARE, WORDS_SHARE, Plane
from relevance.judging.prompts import fill, without_keyword
from relevance.pictures.reading import MAX_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A query in the encoder's space.

    Attributes:
        signal: What pictures are ranked by.
        reference: ``(dim,)`` unit embedding of the words, or of the pictures to be like.
        digests: Of the query's pictures, which are no answers to it.
        background: What its words are held against; empty where there are none.
    """

    signal: Signal
    reference: FloatArray
    digests: frozenset[bytes]
    background: tuple[str, ...]


class Known(NamedTuple):
    """A picture of a query: its vector, ``(dim,)``, and the digest of its file."""

    vector: FloatArray
    digest: bytes


@dataclass
class Asker:
    """Turns queries to one index into signals."""

    store: Store
    encoder: Encoder
    cache: EncoderView | None = None
    max_pixels: int = MAX_PIXELS
    readiness: Readiness | None = None

    @cached_property
    def centre(self) -> FloatArray:
        """The centre of the index, ``(dim,)``: words alone do without it."""
        return centre_of(self.store)

    def ask(self, query: Query) -> Asked:
        """Embed a query.

        Raises:
            UsageError: There are words, and the encoder sees pictures only.
            NoReadablePictureError: A picture of the query cannot be used.
        """
        likes = [self._picture(item) for item in query.like]
        words = self._concept(query.words, query) if query.words else None
        signal = self._unlike(self._wanted(words, likes), query)
        return Asked(
            signal=signal,
            reference=words.keyword if words and not likes else _mean(likes),
            digests=frozenset(known.digest for known in likes if known.digest),
            background=background_of(query, query.words) if query.words else (),
        )

    def _wanted(self, words: Concept | None, likes: Sequence[Known]) -> Signal:
        """Bring words and pictures together."""
        if not likes:
            assert words
            return words
        pictures = Plane.of_pictures(np.stack([known.vector for known in likes]), self.centre)
        return pictures.and_also(self._plane_of(words), WORDS_SHARE) if words else pictures

    def _unlike(self, wanted: Signal, query: Query) -> Signal:
        """Let what is not wanted count off."""
        others: list[Signal] = []
        for item in query.unlike:
            if is_picture(item, self.store):
                others.append(Plane.of_pictures(self._picture(item).vector[None], self.centre))
            elif query.like:
                others.append(self._plane_of(self._concept([str(item)], query)))
            else:
                others.append(self._concept([str(item)], query))
        return Unlike(wanted, others, UNLIKE_SHARE) if others else wanted

    def _concept(self, words: Sequence[str], query: Query) -> Concept:
        """Embed words together, and what they are held against."""
        if not self.encoder.info.has_text:
            raise without_words(self.encoder.info.name)
        background, ready = background_of(query, words), self.readiness
        known = ready.known(query.templates, background) if ready else None
        new = background if known is None else ()
        prompts = [fill(query.templates, concept) for concept in (*words, *new)]
        rows = embed_concepts(prompts, self.encoder, cache=self.cache)
        own = rows[: len(words)].mean(axis=0)
        keyword = rows[0] if len(words) == 1 else own / np.linalg.norm(own)
        others = rows[len(words) :] if known is None else known
        is_whole = ready and known is not None and len(known) == len(ready.vectors)
        level = ready.level if ready and is_whole else None
        return Concept(keyword, others, self.encoder.info, level)

    def _plane_of(self, words: Concept) -> Plane:
        return Plane.of_words(words.keyword, words.background, self.centre)

    def _picture(self, picture: Given) -> Known:
        if isinstance(picture, str) and (row := self.store.rows([picture]).get(picture)):
            return Known(self.store.vectors([picture])[0].astype(np.float32), row.digest)
        with PictureReader(self.encoder, cache=self.cache, max_pixels=self.max_pixels) as reader:
            content = picture if isinstance(picture, bytes) else b""
            outcome = reader.start("" if content else str(picture), content).result()
        if outcome.vector is None:
            raise NoReadablePictureError(f"{name_of(picture)} cannot be used: {outcome.reason}.")
        return Known(outcome.vector, outcome.digest)


def background_of(query: Query, words: Sequence[str]) -> tuple[str, ...]:
    """Return the background concepts that say none of the words."""
    concepts = query.background
    for word in words:
        concepts = without_keyword(concepts, word)
    return concepts


def _mean(likes: Sequence[Known]) -> FloatArray:
    mean: FloatArray = unit_rows(np.mean([known.vector for known in likes], axis=0)[None])[0]
    return mean
