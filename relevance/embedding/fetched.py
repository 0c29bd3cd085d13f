"""Pictures of a table, fetched and encoded in threads while others still wait for an answer."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relevance.embedding.cache import EncoderView, content_digest
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.pictures.fetching import Doors, Fetched, Fetcher, Limits
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped, load_for_encoder, not_whole, note_on, small_webp
from relevance.system.names import printable
from relevance.system.threads import cores

_logger = logging.getLogger(__name__)

_PLACE = 200  # characters of a place that a message shows; it may hold a whole picture
THUMBNAIL = 240, 75  # side in pixels, quality


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one picture.

    Attributes:
        vector: ``(dim,)`` float32 of unit norm; None where there is none.
        reason: Why there is none; empty where there is one.
        digest: Hash of the picture's content; empty where it could not be read.
        is_known: Whether the vector came from the cache.
        thumbnail: A small WebP file; empty where none was asked for.
    """

    vector: FloatArray | None = None
    reason: str = ""
    digest: bytes = b""
    is_known: bool = False
    thumbnail: bytes = b""


class PictureReader:
    """Turns places into outcomes; use it as a context manager.

    As many threads as connections wait for servers; as many as there are cores decode and encode,
    each holding one picture.
    """

    def __init__(
        self,
        encoder: Encoder,
        folder: Path = Path(),
        limits: Limits = Limits(),  # noqa: B008
        doors: Doors = Doors(),  # noqa: B008
        *,
        cache: EncoderView | None,
        max_pixels: int,
        with_thumbnails: bool = False,
    ) -> None:
        """Make a reader.

        Args:
            encoder: What encodes the pictures.
            folder: Where relative paths start.
            limits: What fetching one may cost.
            doors: Which places are opened.
            cache: Where known vectors come from, by content. Nothing is stored.
            max_pixels: Larger pictures are skipped.
            with_thumbnails: Whether to make a thumbnail of each.
        """
        self._encoder = encoder
        self._cache = cache
        self._max_pixels = max_pixels
        self._with_thumbnails = with_thumbnails
        self._fetcher = Fetcher(folder, limits, doors)
        self._pool = ThreadPoolExecutor(limits.connections + cores(), "fetch")
        self._turn = threading.BoundedSemaphore(cores())
        self._notes: list[tuple[str, str]] = []

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._fetcher.__exit__()  # whoever still waits for a server gives up
        self._pool.shutdown()
        if self._notes:
            _logger.warning("%s", not_whole(len(self._notes), *self._notes[0]))

    def start(self, place: str, content: bytes = b"") -> Future[Outcome]:
        """Begin with the picture at a place, or with that of a file that is here already."""
        return self._pool.submit(self._outcome, place, content)

    def local(self, place: str) -> Path | None:
        """Return the file here that a place names; None where none is, or may be opened."""
        return self._fetcher.local(place)

    def _outcome(self, place: str, content: bytes) -> Outcome:
        found = guarded(self._read, place, content)
        return Outcome(reason=found.reason) if isinstance(found, Skipped) else found

    def _read(self, place: str, content: bytes) -> Outcome:
        fetched = Fetched(content) if content else self._fetcher.fetch(place)
        if isinstance(fetched, Skipped):
            return Outcome(reason=fetched.reason)
        with self._turn:
            return self._encode(place, fetched)

    def _encode(self, place: str, fetched: Fetched) -> Outcome:
        digest = content_digest(fetched.content)
        vector = self._cache.by_content(digest) if self._cache and digest else None
        is_known = vector is not None
        thumbnail = b""
        if vector is None or self._with_thumbnails:
            side = self._encoder.info.image_size
            picture = load_for_encoder(fetched.content, side, self._max_pixels)
            if isinstance(picture, Skipped):
                return Outcome(reason=picture.reason + _served_as(fetched))
            if note_on(picture):
                self._notes.append((printable(place)[:_PLACE], note_on(picture)))
            if vector is None:
                vector = self._encoder.encode_images([picture])[0]
            if self._with_thumbnails:
                made = guarded(small_webp, picture, *THUMBNAIL)  # nice to have, no more
                thumbnail = b"" if isinstance(made, Skipped) else made
        if not np.isfinite(vector).all():
            return Outcome(reason="the encoder gave no finite embedding")
        return Outcome(vector, "", digest, is_known, thumbnail)


def _served_as(fetched: Fetched) -> str:
    """Add what the server calls it, where that is no picture: an error page, for example."""
    kind = fetched.media_type
    return f" (the server calls it {kind})" if kind and not kind.startswith("image/") else ""
