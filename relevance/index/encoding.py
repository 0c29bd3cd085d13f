"""Rows that are wanted -> their digests and vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from relevance.embedding.cache import EncoderView, digest_of
from relevance.embedding.embeddings import embed_images
from relevance.embedding.encoding import cache_of
from relevance.embedding.fetched import Outcome, PictureReader
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.index.source import Wanted
from relevance.pictures.folders import ImageRef
from relevance.system.threads import cores


def digests_of(wanted: Sequence[Wanted]) -> list[bytes]:
    """Hash the pictures of rows, as many at a time as there are cores.

    Empty for one that cannot be read, and for an address: fetching says what it serves.
    """
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(_digest, wanted))


def _digest(item: Wanted) -> bytes:
    if item.content:
        return hashlib.sha256(item.content).digest()
    is_file = not item.fault and (not item.place or item.place == item.row.path)
    return digest_of(item.row.path) if is_file else b""


@dataclass(slots=True)
class RowEncoder:
    """Encodes with one encoder; ``of`` makes it and ends its threads.

    Attributes:
        notes: What is odd about pictures that were used, in sentences.
        n_cached: How many were known from earlier runs.
        chunk: How many rows should be given at a time, at least; any will do.
    """

    encoder: Encoder
    settings: EncodingSettings
    cache: EncoderView | None
    reader: PictureReader
    notes: list[str] = field(default_factory=list)
    n_cached: int = 0
    chunk: int = 1

    @classmethod
    @contextmanager
    def of(cls, encoder: Encoder, settings: EncodingSettings) -> Iterator[RowEncoder]:
        """Open the cache and the ways to pictures."""
        with (
            cache_of(encoder, settings) as cache,
            PictureReader(encoder, cache=cache, max_pixels=settings.max_pixels) as reader,
        ):
            yield cls(encoder, settings, cache, reader)

    def encode(self, wanted: Sequence[Wanted], digests: Sequence[bytes]) -> list[Outcome]:
        """Encode the pictures of rows, or say why that is not possible, in their order.

        Args:
            wanted: The rows.
            digests: Of their pictures; empty where nobody has read them yet.
        """
        outcomes: dict[int, Outcome] = {}
        digests = _completed(wanted, digests)
        files = [number for number, item in enumerate(wanted) if not (item.place or item.fault)]
        named = [number for number, item in enumerate(wanted) if item.place and not item.fault]
        waiting = {
            number: self.reader.start(wanted[number].place, wanted[number].content)
            for number in named
        }
        outcomes |= zip(files, self._of_files([wanted[number] for number in files]), strict=True)
        outcomes |= {number: future.result() for number, future in waiting.items()}
        self._keep([outcomes[number] for number in named])
        found = []
        for number, (item, digest) in enumerate(zip(wanted, digests, strict=True)):
            outcome = outcomes.get(number) or Outcome(reason=item.fault)
            found.append(_with_digest(outcome, digest))
        return found

    def _of_files(self, wanted: Sequence[Wanted]) -> Iterator[Outcome]:
        if not wanted:
            return
        refs = [ImageRef(item.row.path, item.row.folder) for item in wanted]
        found = embed_images(
            refs, self.encoder, cache=self.cache, max_pixels=self.settings.max_pixels
        )
        self.notes += found.remarks()
        self.n_cached += found.cached
        for vector, reason in zip(found.vectors, found.reasons, strict=True):
            yield Outcome(reason=reason) if reason else Outcome(vector.astype("float32"))

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        """Let the cache have what tables named."""
        self.n_cached += sum(item.is_known for item in outcomes)
        new = {
            item.digest: None if item.is_known else item.vector
            for item in outcomes
            if item.digest and not item.reason
        }
        if self.cache and new:
            self.cache.store_served(new)


def _completed(wanted: Sequence[Wanted], digests: Sequence[bytes]) -> list[bytes]:
    """Hash what was not hashed yet."""
    missing = [number for number, digest in enumerate(digests) if not digest]
    found = digests_of([wanted[number] for number in missing])
    known = list(digests)
    for number, digest in zip(missing, found, strict=True):
        known[number] = digest
    return known


def _with_digest(outcome: Outcome, digest: bytes) -> Outcome:
    """Let an outcome have the digest that is known of its picture, unless it brought one."""
    if outcome.digest or outcome.reason:
        return outcome
    return Outcome(outcome.vector, "", digest, outcome.is_known)
