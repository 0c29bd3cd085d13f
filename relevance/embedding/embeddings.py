"""Pictures and texts + encoder + cache -> embeddings, aligned row by row with what went in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from relevance.embedding.cache import EncoderView, FileFacts, Picture, content_digest
from relevance.embedding.copies import first_rows, give_equal_keys
from relevance.encoders.base import Encoder, FloatArray, IntArray, unit_rows
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded
from relevance.pictures.held import Held
from relevance.pictures.looks import LOOK, Looks, look_at
from relevance.pictures.reading import MAX_PIXELS, Skipped, load_for_encoder, not_whole, note_on
from relevance.system.names import printable
from relevance.system.threads import cores

BATCH_SIZE = 8
"""Pictures that one thread reads, encodes and hands over together."""


@dataclass(frozen=True, slots=True)
class Advance:
    """How far the work is: counts of pictures; ``done`` includes ``cached`` and ``skipped``.

    ``cached`` are those that an earlier run encoded; copies within a run are not among them.
    """

    done: int
    total: int
    cached: int = 0
    skipped: int = 0


Progress = Callable[[Advance], None]
"""Called when the cache was asked and after each batch."""

Watch = Progress | Literal[False] | None
"""A function that is told how far the work is; None for a bar in notebooks, False for none."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One row for each picture that went in, in the same order.

    Attributes:
        refs: The pictures, n of them.
        vectors: ``(n, dim)`` float16, or float32 where that was asked for: rows of unit L2 norm,
            in half precision to about 0.001; NaN where the picture was skipped. Identical files
            have identical rows.
        reasons: Why a picture was skipped; empty where it was not.
        cached: How many were known from earlier runs.
        first_copy: ``(n,)`` int64: the first row whose file has the same bytes, which is the own
            row where there is none before.
        notes: What is odd about pictures that were used, by row. Their vectors are not cached, so
            that the next run says so again.
        looks: ``(n,)`` of ``LOOK``: what each looks like at a glance; of pictures that were not
            read now or before, as those of an index, nothing is known.
    """

    refs: tuple[ImageRef, ...]
    vectors: npt.NDArray[np.floating]
    reasons: tuple[str, ...]
    cached: int
    first_copy: IntArray
    notes: Mapping[int, str] = field(default_factory=dict)
    looks: Looks | None = None

    def remarks(self) -> list[str]:
        """Say in a line how many pictures have a note, and the first of them; nothing for none."""
        if not self.notes:
            return []
        row = min(self.notes)
        return [not_whole(len(self.notes), printable(self.refs[row].place), self.notes[row])]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One picture after its turn.

    ``reason`` says why it has no vector, ``is_served`` that its new vector belongs to no file.
    """

    row: int
    digest: bytes = b""
    reason: str = ""
    vector: FloatArray | None = None
    entry: Picture | None = None
    is_known: bool = False
    note: str = ""
    is_served: bool = False
    look: Looks | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A picture that waits for the encoder; ``digest`` is empty where it could not be told."""

    picture: Image.Image
    digest: bytes
    note: str
    look: Looks | None


def embed_images(
    refs: Sequence[ImageRef],
    encoder: Encoder,
    *,
    cache: EncoderView | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Watch = None,
    dtype: type[np.float16] | type[np.float32] = np.float16,
    with_looks: bool = False,
) -> Embeddings:
    """Read and encode pictures, a thread for each core; known ones come from the cache.

    At any time each thread holds one picture in full and a batch of reduced ones; vectors and
    reasons are all that grows with the number of pictures.

    Args:
        refs: Pictures to encode, in files, in memory or at addresses.
        encoder: What encodes them.
        cache: Where known vectors come from and new ones go to, batch by batch.
        max_pixels: Largest width × height to decode; see ``load_image``.
        progress: Told how far the work is.
        dtype: Of the vectors; half precision orders pictures as well, in half the memory.
        with_looks: Whether to look at pictures for flaws and near copies. A picture whose vector
            is known alone is read once more for that.

    Returns:
        As many rows as ``refs``; unreadable pictures keep theirs, as NaN with a reason.
    """
    tell = progress or (lambda advance: None)
    with Fetcher(Path(), Limits(), Doors()) as fetcher:
        job = _Job(refs, encoder, cache, max_pixels, fetcher, dtype, with_looks=with_looks)
        tell(job.advance)
        for outcomes in job.run():
            job.enter(outcomes)
            tell(job.advance)
    first_copy = job.share_vectors()
    return Embeddings(
        tuple(refs),
        job.vectors,
        tuple(job.reasons),
        job.advance.cached,
        first_copy,
        job.notes,
        job.looks,
    )


class _Job:
    """One call of ``embed_images``; only ``_read_and_encode`` runs in other threads."""

    def __init__(
        self,
        refs: Sequence[ImageRef],
        encoder: Encoder,
        cache: EncoderView | None,
        max_pixels: int,
        fetcher: Fetcher,
        dtype: type[np.float16] | type[np.float32],
        *,
        with_looks: bool,
    ) -> None:
        self._refs = refs
        self._places = [ref.place for ref in refs]
        self._fetcher = fetcher
        self._encoder = encoder
        self._cache = cache
        self._max_pixels = max_pixels
        self.vectors: npt.NDArray[np.floating] = np.empty((len(refs), encoder.info.dim), dtype)
        self.looks: Looks | None = np.zeros(len(refs), LOOK) if with_looks else None
        self.reasons = [""] * len(refs)
        self.notes: dict[int, str] = {}
        self._facts: list[FileFacts | None] = []
        self._waiting = list(range(len(refs)))
        # Equal for equal contents: what the cache numbers has its number, the rest one below zero.
        self._keys = -1 - np.arange(len(refs), dtype=np.int64)
        self._digests: dict[int, bytes] = {}  # of rows that were read
        self._fresh: set[bytes] = set()  # contents that this run encoded
        if cache:
            self._facts = [None if ref.held else FileFacts.of(ref.place) for ref in refs]
            found = cache.recall(self._places, self._facts, self.vectors, self._keys, self.looks)
            if self.looks is not None:
                found &= self.looks["is_known"]
            self._waiting = np.flatnonzero(~found).tolist()
        self.vectors[self._waiting] = np.nan
        known = len(refs) - len(self._waiting)
        self.advance = Advance(known, len(refs), cached=known)

    def run(self) -> Iterator[list[_Outcome]]:
        """Yield batches as they finish, in any order, keeping every core busy."""
        starts = range(0, len(self._waiting), BATCH_SIZE)
        batches = iter([self._waiting[start : start + BATCH_SIZE] for start in starts])
        if len(starts) == 1:  # to start a thread takes longer than a small picture
            yield self._read_and_encode(next(batches))
            return
        pool = ThreadPoolExecutor(cores(), thread_name_prefix="pictures")
        try:
            running: set[Future[list[_Outcome]]] = set()
            while True:
                room = 2 * cores() - len(running)
                running |= {pool.submit(self._read_and_encode, b) for b in islice(batches, room)}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def enter(self, outcomes: Sequence[_Outcome]) -> None:
        """Fill in the rows of a batch and store it."""
        for outcome in outcomes:
            self.reasons[outcome.row] = outcome.reason
            if outcome.digest:
                self._digests[outcome.row] = outcome.digest
            if outcome.note:
                self.notes[outcome.row] = outcome.note
            if outcome.vector is not None:
                self.vectors[outcome.row] = outcome.vector
            if self.looks is not None and outcome.look is not None:
                self.looks[outcome.row] = outcome.look
        self._fresh |= {item.digest for item in outcomes if not item.is_known}
        if self._cache:  # what a killed run would otherwise lose
            _store(self._cache, outcomes)
        self.advance = replace(
            self.advance,
            done=self.advance.done + len(outcomes),
            cached=self.advance.cached
            + sum(item.is_known and item.digest not in self._fresh for item in outcomes),
            skipped=self.advance.skipped + sum(bool(outcome.reason) for outcome in outcomes),
        )

    def share_vectors(self) -> IntArray:
        """Give copies the vector of the first of them; return which row that is for each row."""
        numbers = self._cache.numbers_of(set(self._digests.values())) if self._cache else {}
        for row, digest in self._digests.items():
            self._keys[row] = numbers.get(digest, self._keys[row])
        give_equal_keys(self._keys, sorted(self._digests.items()))
        first = first_rows(self._keys)
        sound = np.array([not reason for reason in self.reasons], dtype=bool)
        shared = (first != np.arange(len(first))) & sound & sound[first]
        self.vectors[shared] = self.vectors[first[shared]]
        if self.looks is not None:
            self.looks[shared] = self.looks[first[shared]]
        return first

    def _read_and_encode(self, rows: Sequence[int]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        waiting: dict[int, _Loaded] = {}
        for row in rows:
            found = guarded(self._read, row)
            if isinstance(found, _Loaded):
                waiting[row] = found
            elif isinstance(found, Skipped):
                outcomes.append(_Outcome(row, reason=found.reason))
            else:
                outcomes.append(found)
        return outcomes + self._encoded(waiting)

    def _encoded(self, waiting: Mapping[int, _Loaded]) -> list[_Outcome]:
        """Encode pictures together, or one by one where one of them cannot be encoded."""
        if not waiting:
            return []
        found = guarded(self._encode, waiting)
        if not isinstance(found, Skipped):
            return found
        if len(waiting) == 1:
            return [_Outcome(row, item.digest, found.reason) for row, item in waiting.items()]
        return [done for row, item in waiting.items() for done in self._encoded({row: item})]

    def _encode(self, waiting: Mapping[int, _Loaded]) -> list[_Outcome]:
        pictures = [item.picture for item in waiting.values()]
        vectors = self._encoder.encode_images(pictures)
        return [
            self._outcome(row, item.digest, vector, note=item.note, look=item.look)
            for (row, item), vector in zip(waiting.items(), vectors, strict=True)
        ]

    def _read(self, row: int) -> _Loaded | _Outcome | Skipped:
        """Decode one picture, unless its content is known."""
        source = self._source(row)
        if isinstance(source, Skipped):
            return source
        digest = source.digest() if isinstance(source, Held) else content_digest(source)
        vector = self._cache.by_content(digest) if self._cache and digest else None
        look = self._known_look(digest)
        if vector is not None and (look is None or look["is_known"]):
            return self._outcome(row, digest, vector, is_known=True, look=look)
        size = self._encoder.info.image_size
        if isinstance(source, Held):
            picture = source.load(size, self._max_pixels)
        else:
            picture = load_for_encoder(source, size, self._max_pixels)
        if isinstance(picture, Skipped):
            return _Outcome(row, digest, picture.reason)
        if look is not None and not look["is_known"]:
            seen = guarded(look_at, picture)  # nice to have, no more
            look = None if isinstance(seen, Skipped) else seen
        if vector is not None:
            return self._outcome(row, digest, vector, is_known=True, look=look)
        return _Loaded(picture, digest, note_on(picture), look)

    def _known_look(self, digest: bytes) -> Looks | None:
        """Return what is known of how a picture looks; None where nobody asks."""
        if self.looks is None:
            return None
        return self._cache.look_of(digest) if self._cache and digest else np.zeros((), LOOK)

    def _source(self, row: int) -> Path | bytes | Held | Skipped:
        """Return what a picture is read from; an address is fetched for that."""
        ref = self._refs[row]
        if ref.held:
            return ref.held
        if not is_address(ref.place):
            return Path(ref.place)
        fetched = self._fetcher.fetch(ref.place)
        return fetched if isinstance(fetched, Skipped) else fetched.content

    def _outcome(
        self,
        row: int,
        digest: bytes,
        vector: FloatArray,
        *,
        is_known: bool = False,
        note: str = "",
        look: Looks | None = None,
    ) -> _Outcome:
        """Check a vector, and that the file did not change while it was read."""
        if not np.isfinite(vector).all():
            return _Outcome(row, digest, "the encoder gave no finite embedding")
        facts = self._facts[row] if self._cache and digest else None
        entry = None
        if facts and not note and FileFacts.of(self._places[row]) == facts:
            entry = Picture(self._places[row], facts, digest, vector)
        is_served = not (facts or note or is_known)
        return _Outcome(row, digest, "", vector, entry, is_known, note, is_served, look)


def _store(cache: EncoderView, outcomes: Sequence[_Outcome]) -> None:
    """Let the cache have what was encoded: of files by their place, of all others by content."""
    entries = [outcome.entry for outcome in outcomes if outcome.entry]
    if entries:
        cache.store(entries)
    served = {item.digest: item.vector for item in outcomes if item.is_served and item.digest}
    if served:
        cache.store_served(served)
    looks = {
        item.digest: item.look
        for item in outcomes
        if item.look is not None and item.digest and not item.note
    }
    if looks:
        cache.store_looks(looks)


def embed_concepts(
    prompts: Sequence[Sequence[str]], encoder: Encoder, *, cache: EncoderView | None = None
) -> FloatArray:
    """Embed concepts, each given by its prompts, as mean of unit embeddings, normalised again.

    Source: prompt ensembling in embedding space, Radford et al. 2021 (CLIP), section 3.1.4.

    Args:
        prompts: For each of n concepts, if any, its prompts, the same number for each.
        encoder: What encodes them; all new prompts go to it in one call.
        cache: Where known prompts come from and new ones go to.

    Returns:
        ``(n, dim)`` float32 unit rows.
    """
    if not prompts:
        return np.empty((0, encoder.info.dim), dtype=np.float32)
    rows = embed_texts([prompt for group in prompts for prompt in group], encoder, cache=cache)
    return unit_rows(rows.reshape(len(prompts), -1, encoder.info.dim).mean(axis=1))


def embed_texts(
    texts: Sequence[str], encoder: Encoder, *, cache: EncoderView | None = None
) -> FloatArray:
    """Embed texts, each different one once, all new ones in one call of the encoder.

    Returns:
        ``(n_texts, dim)`` float32 unit rows.
    """
    known = cache.texts(texts) if cache else {}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    vectors = encoder.encode_texts(new)
    if cache and new:
        cache.store_texts(new, vectors)
    known |= dict(zip(new, vectors, strict=True))
    return np.stack([known[text] for text in texts])
