"""Pictures -> captions by a captioning model, batch by batch, each different picture once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from relevance.embedding.cache import content_digest
from relevance.embedding.embeddings import Advance, Embeddings, Watch
from relevance.encoders.captioning import Captioner
from relevance.jobs.describe.journal import Journal
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped, load_for_encoder
from relevance.system.threads import cores

BATCH = 8
"""Pictures that are described together, and then entered in the journal."""

_AHEAD = 2  # batches that are read while one is described
_SILENT = "the model said nothing"


@dataclass(frozen=True, slots=True)
class _Read:
    """A picture that waits for the model; or what is known of it, caption and reason."""

    row: int
    digest: bytes = b""
    picture: Image.Image | None = None
    caption: str = ""
    reason: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Describer:
    """What describes pictures, and how.

    Attributes:
        captioner: The model.
        style: A name in ``STYLES``.
        journal: What was done before, and what is done now.
        max_pixels: Larger pictures are skipped.
    """

    captioner: Captioner
    style: str
    journal: Journal
    max_pixels: int

    def describe(self, pictures: Embeddings, progress: Watch) -> tuple[list[str], list[str]]:
        """Describe pictures; copies share what is said of the first of them.

        Returns:
            Captions and, for pictures that have none, reasons; one of both is empty for each.
        """
        tell = progress or (lambda advance: None)
        captions, reasons = [""] * len(pictures.refs), list(pictures.reasons)
        rows = np.flatnonzero([not reason for reason in reasons])
        first = pictures.first_copy[rows]
        wanted = np.unique(first).tolist()
        done = known = skipped = 0
        tell(Advance(0, len(wanted)))
        for batch in self._batches(pictures.refs, wanted):
            for item in batch:
                captions[item.row], reasons[item.row] = item.caption, item.reason
            done += len(batch)
            known += sum(item.is_known for item in batch)
            skipped += sum(bool(item.reason) for item in batch)
            tell(Advance(done, len(wanted), cached=known, skipped=skipped))
        for row, own in zip(rows.tolist(), first.tolist(), strict=True):
            captions[row], reasons[row] = captions[own], reasons[own]
        return captions, reasons

    def _batches(self, refs: Sequence[ImageRef], rows: Sequence[int]) -> Iterator[list[_Read]]:
        """Yield rows with their captions, in order, some read ahead."""
        starts = iter(range(0, len(rows), BATCH))
        waiting: deque[list[Future[_Read]]] = deque()
        pool = ThreadPoolExecutor(cores(), thread_name_prefix="describe")
        with Fetcher(Path(), Limits(), Doors()) as fetcher:
            try:
                while True:
                    for start in islice(starts, _AHEAD + 1 - len(waiting)):
                        some = rows[start : start + BATCH]
                        waiting.append(
                            [pool.submit(self._read, row, refs[row], fetcher) for row in some]
                        )
                    if not waiting:
                        return
                    yield self._said([future.result() for future in waiting.popleft()])
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(self, row: int, ref: ImageRef, fetcher: Fetcher) -> _Read:
        """Read one picture, unless its caption is known."""
        found = guarded(self._load, row, ref, fetcher)
        return _Read(row, reason=found.reason) if isinstance(found, Skipped) else found

    def _load(self, row: int, ref: ImageRef, fetcher: Fetcher) -> _Read | Skipped:
        source = _source(ref, fetcher)
        if isinstance(source, Skipped):
            return source
        digest = source.digest() if isinstance(source, Held) else content_digest(source)
        known = self.journal.known(digest) if digest else None
        if known:
            return _Read(row, digest, None, *known, is_known=True)
        size = self.captioner.info.image_size
        if isinstance(source, Held):
            picture = source.load(size, self.max_pixels)
        else:
            picture = load_for_encoder(source, size, self.max_pixels)
        return picture if isinstance(picture, Skipped) else _Read(row, digest, picture)

    def _said(self, batch: Sequence[_Read]) -> list[_Read]:
        """Describe those that are not known, and enter them."""
        done = self._described([item for item in batch if item.picture])
        self.journal.save([(i.digest, i.caption, i.reason) for i in done if i.digest])
        made = {item.row: item for item in done}
        return [made.get(item.row, item) for item in batch]

    def _described(self, batch: Sequence[_Read]) -> list[_Read]:
        """Describe together, or one by one where one of them cannot be described."""
        if not batch:
            return []
        pictures = [item.picture for item in batch if item.picture]
        found = guarded(self.captioner.caption, pictures, self.style)
        if isinstance(found, Skipped):
            if len(batch) == 1:
                return [_Read(batch[0].row, batch[0].digest, reason=found.reason)]
            return [done for item in batch for done in self._described([item])]
        return [
            _Read(item.row, item.digest, None, text, "" if text else _SILENT)
            for item, text in zip(batch, found, strict=True)
        ]


def _source(ref: ImageRef, fetcher: Fetcher) -> Path | bytes | Held | Skipped:
    """Return what a picture is read from; an address is fetched for that."""
    if ref.held:
        return ref.held
    if not is_address(ref.place):
        return Path(ref.place)
    fetched = fetcher.fetch(ref.place)
    return fetched if isinstance(fetched, Skipped) else fetched.content
