"""Pictures that somebody asks about -> their vectors, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from relevance.embedding.embeddings import Watch, embed_images
from relevance.embedding.encoding import cache_of, find_pictures
from relevance.embedding.fetched import Outcome
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.references.known import reading
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef, Sources
from relevance.pictures.given import Found
from relevance.pictures.leaving_out import kinds_words, left_out_words
from relevance.pictures.reading import Skipped
from relevance.system.names import printable


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A picture that was asked about.

    Attributes:
        place: Where it is; "picture 3" for the third, where it was given in memory.
        vector: ``(dim,)`` float32; NaN where there is none.
        reason: Why there is none; empty where there is one.
        content: Its bytes, where these were given.
    """

    place: str
    vector: FloatArray
    reason: str = ""
    content: bytes = b""

    def read(self) -> bytes:
        """Return the picture's bytes, read or fetched once more; empty where it is gone."""
        if self.content:
            return self.content
        if is_address(self.place):
            with Fetcher(Path(), Limits(), Doors()) as fetcher:
                fetched = fetcher.fetch(self.place)
            return b"" if isinstance(fetched, Skipped) else _bytes_of(fetched.content)
        return _bytes_of(Path(self.place))


def _bytes_of(content: bytes | Path) -> bytes:
    try:
        return content if isinstance(content, bytes) else content.read_bytes()
    except OSError:
        return b""


def left_out_notes(sources: Sources) -> list[str]:
    """Say which files in folders were passed over, and what is odd about the patterns for that."""
    if not sources.left_out:
        return list(sources.notes)
    kinds = f" Not supported: {kinds_words(sources.kinds)}." if sources.kinds else ""
    return [f"Left out: {left_out_words(sources.left_out)}.{kinds}", *sources.notes]


def read_asked(
    pictures: Sequence[Found],
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Watch,
    exclude: Sequence[str] = (),
) -> tuple[list[Asked], list[str]]:
    """Encode pictures, in the order in which they were given; those of a folder in their order.

    Returns:
        The pictures, and what is worth knowing of what was left out.

    Raises:
        UsageError: There is none, or a path is empty or not there.
        NoReadablePictureError: Not one could be read.
    """
    if not pictures:
        raise UsageError("Give at least one picture.")
    places: list[ImageRef | _Other] = []
    notes: list[str] = []
    for is_other, group in groupby(pictures, lambda item: isinstance(item, ImageRef)):
        if is_other:
            places += [_Other.of(item) for item in group if isinstance(item, ImageRef)]
        else:
            sources = find_pictures(list(group), exclude)
            places += sources.refs
            notes += left_out_notes(sources)
    refs = [place for place in places if isinstance(place, ImageRef)]
    others = [place for place in places if isinstance(place, _Other)]
    files = iter(_of_files(refs, encoder, settings, progress))
    rest = iter(_of_others(others, encoder, settings))
    found = [next(files if isinstance(place, ImageRef) else rest) for place in places]
    if all(item.reason for item in found):
        raise NoReadablePictureError(
            f"No picture could be read, of {len(found)}. The first: {printable(found[0].place)}: "
            f"{found[0].reason}."
        )
    return found, notes


@dataclass(frozen=True, slots=True)
class _Other:
    """What is given as an address, which has no content yet, or in memory."""

    place: str
    content: bytes
    reason: str = ""

    @classmethod
    def of(cls, item: ImageRef) -> _Other:
        file = item.held.file() if item.held else b""
        if isinstance(file, Skipped):
            return cls(item.place, b"", file.reason)
        return cls(item.place, file)


def _of_files(
    refs: Sequence[ImageRef],
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Watch,
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
    others: Sequence[_Other], encoder: Encoder, settings: EncodingSettings
) -> list[Asked]:
    if not others:
        return []
    none = np.full(encoder.info.dim, np.nan, dtype=np.float32)
    with reading(encoder, settings) as reader:
        waiting = [None if i.reason else reader.start(i.place, i.content) for i in others]
        outcomes = [future.result() if future else Outcome() for future in waiting]
    return [
        Asked(
            *(item.place, none if found.vector is None else found.vector),
            *(item.reason or found.reason, item.content),
        )
        for item, found in zip(others, outcomes, strict=True)
    ]
