"""Pictures that somebody asks about -> their vectors, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relevance.embedding.embeddings import Progress, embed_images
from relevance.embedding.encoding import cache_of, find_pictures
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.references.known import reading
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped
from relevance.system.names import printable

Given = str | Path | bytes
"""A picture: its path or address, a folder of pictures, or a file's content."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A picture that was asked about.

    Attributes:
        place: Where it is; a number in brackets for one given as bytes.
        vector: ``(dim,)`` float32; NaN where there is none.
        reason: Why there is none; empty where there is one.
        content: Its bytes, where these were given.
    """

    place: str
    vector: FloatArray
    reason: str = ""
    content: bytes = b""

    def read(self) -> bytes:
        """Return the picture's bytes, fetched once more; empty where it is gone."""
        if self.content:
            return self.content
        with Fetcher(Path(), Limits(), Doors()) as fetcher:
            fetched = guarded(fetcher.fetch, self.place)
        if isinstance(fetched, Skipped):
            return b""
        data = fetched.content
        return data if isinstance(data, bytes) else data.read_bytes()


def read_asked(
    pictures: Sequence[Given],
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Progress | None,
    exclude: Sequence[str] = (),
) -> list[Asked]:
    """Encode pictures, in the order in which they were given.

    Raises:
        UsageError: There is none, or a path is empty or not there.
        NoReadablePictureError: Not one could be read.
    """
    if not pictures:
        raise UsageError("Give at least one picture.")
    files = [item for item in pictures if not isinstance(item, bytes) and not is_address(str(item))]
    refs = list(find_pictures(files, exclude).refs) if files else []
    found = _of_files(refs, encoder, settings, progress)
    found += _of_others(pictures, encoder, settings)
    if all(item.reason for item in found):
        raise NoReadablePictureError(
            f"No picture could be read, of {len(found)}. The first: {printable(found[0].place)}: "
            f"{found[0].reason}."
        )
    return found


def _of_files(
    refs: Sequence[ImageRef],
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Progress | None,
) -> list[Asked]:
    if not refs:
        return []
    with cache_of(encoder, settings) as cache:
        found = embed_images(
            refs, encoder, cache=cache, max_pixels=settings.max_pixels, progress=progress
        )
    rows = zip(refs, found.vectors.astype(np.float32), found.reasons, strict=True)
    return [Asked(ref.place, vector, reason) for ref, vector, reason in rows]


def _of_others(
    pictures: Sequence[Given], encoder: Encoder, settings: EncodingSettings
) -> list[Asked]:
    """Encode what is given as bytes or as an address."""
    others = [
        (f"[{number}]", item) if isinstance(item, bytes) else (str(item), b"")
        for number, item in enumerate(pictures, 1)
        if isinstance(item, bytes) or is_address(str(item))
    ]
    if not others:
        return []
    none = np.full(encoder.info.dim, np.nan, dtype=np.float32)
    with reading(encoder, settings) as reader:
        waiting = [reader.start(place, content) for place, content in others]
        outcomes = [future.result() for future in waiting]
    return [
        Asked(place, none if item.vector is None else item.vector, item.reason, content)
        for (place, content), item in zip(others, outcomes, strict=True)
    ]
