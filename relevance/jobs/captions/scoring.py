"""The engine: pairs in, a score or a reason for each out, in order, whatever happens between."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from relevance.embedding.cache import EncoderView
from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.fetched import Outcome, PictureReader
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.jobs.captions.journal import Journal, KnownCaption, KnownPicture, RowScore, key_of
from relevance.jobs.captions.pairs import Pair, ShownPicture
from relevance.jobs.captions.tally import Tally
from relevance.jobs.captions.texts import embed_captions
from relevance.judging.similarity import SIMILARITIES
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped
from relevance.system.names import printable

BATCH_ROWS = 64
"""Rows that are finished, stored and written together."""

_AHEAD_BYTES = 1 << 26  # of pictures that the table itself holds; these need no fetching
_AHEAD = 8  # batches whose pictures are fetched before the first of them is finished

Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True)
class _Begun(Generic[Rows]):
    """A batch whose pictures are on their way; ``done`` where the journal has all of it."""

    rows: Rows
    start: int
    pairs: Sequence[Pair]
    done: Sequence[RowScore] = ()


class PairScorer:
    """Scores the rows of one table."""

    def __init__(
        self,
        encoder: Encoder,
        reader: PictureReader,
        journal: Journal,
        tally: Tally,
        *,
        cache: EncoderView | None,
        distance: str,
        long: str,
        progress: Watch,
        n_rows: int,
    ) -> None:
        """Make a scorer.

        Args:
            encoder: What encodes captions.
            reader: What fetches and encodes pictures.
            journal: What was done before, and what is done now.
            tally: Counts the rows.
            cache: The user's cache; None to leave it alone.
            distance: Name of the similarity.
            long: What to do with long captions; see ``embed_captions``.
            progress: Told how far the work is, in rows.
            n_rows: How many rows there will be.
        """
        self._encoder = encoder
        self._reader = reader
        self._journal = journal
        self._tally = tally
        self._cache = cache
        self._similarity = SIMILARITIES[distance]
        self._long = long
        self._progress = progress or (lambda advance: None)
        self._running: dict[bytes, Future[Outcome]] = {}
        self._advance = Advance(0, n_rows)

    def run(
        self, batches: Iterable[tuple[Rows, Sequence[Pair]]]
    ) -> Iterator[tuple[Rows, Sequence[RowScore]]]:
        """Yield each batch with its outcomes, once they are in the journal.

        Args:
            batches: Anything with the pairs that belong to it; always cut at the same places.
        """
        waiting: deque[_Begun[Rows]] = deque()
        start = 0
        self._progress(self._advance)
        for rows, pairs in batches:
            waiting.append(self._begin(rows, start, pairs))
            start += len(pairs)
            while len(waiting) > _AHEAD or (waiting and _held(waiting) > _AHEAD_BYTES):
                yield self._finish(waiting.popleft())
        while waiting:
            yield self._finish(waiting.popleft())

    def shown(self) -> dict[bytes, ShownPicture]:
        """Return what a page shows of the tally's pictures, by key."""
        pairs = {item.score.picture: item.pair for item in self._tally.shown}
        return {
            key: ShownPicture(self._thumbnail(key, pair), self._reader.local(pair.place))
            if key == key_of(pair.place)
            else ShownPicture(self._thumbnail(key, pair))
            for key, pair in pairs.items()
        }

    def _thumbnail(self, key: bytes, pair: Pair) -> bytes:
        """Return a WebP file; what only a later caption made one to show is read again."""
        kept = self._journal.thumbnail(key)
        if kept or key != pair.picture_key:  # what the table holds is at hand no more
            return kept
        return self._reader.start(pair.place, pair.content).result().thumbnail

    def _begin(self, rows: Rows, start: int, pairs: Sequence[Pair]) -> _Begun[Rows]:
        done = self._journal.rows(start, len(pairs))
        if len(done) == len(pairs):
            return _Begun(rows, start, pairs, done)
        for pair in pairs:
            key = pair.picture_key
            if not _fault(pair) and key not in self._running and not self._journal.picture(key):
                self._running[key] = self._reader.start(pair.place, pair.content)
        return _Begun(rows, start, pairs)

    def _finish(self, begun: _Begun[Rows]) -> tuple[Rows, Sequence[RowScore]]:
        scores, known = begun.done, len(begun.done)
        if scores:
            self._tally.add(begun.pairs, scores)
        else:
            scores, known = self._score(begun)
        self._advance = Advance(
            done=self._advance.done + len(scores),
            total=self._advance.total,
            cached=self._advance.cached + known,
            skipped=self._advance.skipped + sum(bool(score.reason) for score in scores),
        )
        self._progress(self._advance)
        return begun.rows, scores

    def _score(self, begun: _Begun[Rows]) -> tuple[Sequence[RowScore], int]:
        """Wait for a batch's pictures, encode its captions, enter it; count what was known."""
        sound = [pair for pair in begun.pairs if not _fault(pair)]
        new = {
            key: self._running[key].result() for key in self._keys(sound) if key in self._running
        }
        pictures = {
            key: KnownPicture(new[key].vector, new[key].reason, new[key].digest)
            if key in new
            else self._picture(key)
            for key in self._keys(sound)
        }
        usable = [pair.caption for pair in sound if not pictures[pair.picture_key].reason]
        captions, fresh, faults = self._captions(list(dict.fromkeys(usable)))
        scores = self._outcomes(begun.pairs, pictures, captions, faults)
        self._tally.add(begun.pairs, scores)
        self._store(new)
        shown = {item.score.picture for item in self._tally.shown}
        self._journal.save(
            {key: pictures[key] for key in new},
            {key: captions[key] for key in fresh},
            begun.start,
            scores,
            {key: item.thumbnail for key, item in new.items() if key in shown and item.thumbnail},
        )
        for key in new:
            del self._running[key]
        worked = sum(not (item.is_known or item.reason) for item in new.values())
        return scores, sum(not score.reason for score in scores) - worked

    @staticmethod
    def _keys(pairs: Sequence[Pair]) -> list[bytes]:
        return list(dict.fromkeys(pair.picture_key for pair in pairs))

    def _picture(self, key: bytes) -> KnownPicture:
        known = self._journal.picture(key)
        assert known, "a picture is running or in the journal"
        return known

    def _captions(
        self, texts: Sequence[str]
    ) -> tuple[dict[bytes, KnownCaption], set[bytes], dict[bytes, str]]:
        """Return the captions' vectors by key, which are new, and why others have none."""
        found = {key_of(text): self._journal.caption(key_of(text)) for text in texts}
        fresh, faults = self._embedded([text for text in texts if not found[key_of(text)]])
        known = {key: item for key, item in found.items() if item}
        return known | fresh, set(fresh), faults

    def _embedded(self, texts: Sequence[str]) -> tuple[dict[bytes, KnownCaption], dict[bytes, str]]:
        """Embed captions together, or one by one where one of them cannot be embedded."""
        if not texts:
            return {}, {}
        found = guarded(self._embed, texts)
        if not isinstance(found, Skipped):
            return found, {}
        if len(texts) == 1:
            return {}, {key_of(texts[0]): f"the caption cannot be encoded: {found.reason}"}
        vectors: dict[bytes, KnownCaption] = {}
        faults: dict[bytes, str] = {}
        for text in texts:
            one, fault = self._embedded([text])
            vectors |= one
            faults |= fault
        return vectors, faults

    def _embed(self, texts: Sequence[str]) -> dict[bytes, KnownCaption]:
        rows, is_long = embed_captions(texts, self._encoder, long=self._long, cache=self._cache)
        return {
            key_of(text): KnownCaption(row, bool(beyond))
            for text, row, beyond in zip(texts, rows, is_long, strict=True)
        }

    def _outcomes(
        self,
        pairs: Sequence[Pair],
        pictures: Mapping[bytes, KnownPicture],
        captions: Mapping[bytes, KnownCaption],
        faults: Mapping[bytes, str],
    ) -> list[RowScore]:
        reasons = [
            _fault(pair)
            or pictures[pair.picture_key].reason
            or faults.get(key_of(pair.caption))
            or _defect(captions[key_of(pair.caption)])
            for pair in pairs
        ]
        sound = [pair for pair, reason in zip(pairs, reasons, strict=True) if not reason]
        figures = iter(
            self._figures(
                [pictures[pair.picture_key].vector for pair in sound],
                [captions[key_of(pair.caption)].vector for pair in sound],
            )
        )
        found = []
        for pair, reason in zip(pairs, reasons, strict=True):
            keys = pair.picture_key, key_of(pair.caption)
            if reason:
                found.append(RowScore(None, None, printable(reason), False, *keys))
            else:
                found.append(RowScore(*next(figures), "", captions[keys[1]].is_long, *keys))
        return found

    def _figures(
        self, pictures: Sequence[FloatArray | None], captions: Sequence[FloatArray]
    ) -> list[tuple[float, float]]:
        """Return similarity and CLIPScore of each picture with its own caption."""
        if not pictures:
            return []
        left, right = np.stack([row for row in pictures if row is not None]), np.stack(captions)
        similarities = np.diagonal(self._similarity(left, right))
        cosines = np.diagonal(SIMILARITIES["cosine"](left, right))
        return list(zip(similarities.tolist(), map(clip_score, cosines.tolist()), strict=True))

    def _store(self, new: Mapping[bytes, Outcome]) -> None:
        """Enter the batch's pictures in the user's cache, known ones as named by a table."""
        entries = {
            item.digest: None if item.is_known else item.vector
            for item in new.values()
            if item.digest and item.vector is not None
        }
        if self._cache and entries:
            self._cache.store_served(entries)


def _held(waiting: Iterable[_Begun[Rows]]) -> int:
    return sum(len(pair.content) for begun in waiting for pair in begun.pairs)


def clip_score(cosine: float) -> float:
    """Return 100 · max(cosine, 0).

    Source: CLIPScore, Hessel et al. 2021, equation 1, with the weight 100 of later implementations
    in place of the paper's 2.5. The paper also puts "A photo depicts" before a caption; here it
    stands as it is.
    """
    return 100 * max(cosine, 0.0)


def _defect(caption: KnownCaption) -> str:
    sound = np.isfinite(caption.vector).all()
    return "" if sound else "the encoder gave no finite embedding of the caption"


def _fault(pair: Pair) -> str:
    """Say why a row cannot be scored, whatever its picture; empty where it can."""
    if pair.fault:
        return pair.fault
    if not pair.place:
        return "no picture is named"
    if not pair.caption:
        return "the caption is empty"
    try:
        pair.caption.encode()
    except UnicodeEncodeError:
        return "the caption has characters that are not text"
    return ""
