"""Pictures that somebody asks about -> their vectors, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from relevance.embedding.embeddings import Progress, embed_images
from relevance.embedding.encoding import cache_of, find_pictures
from relevance.embedding.fetched import Outcome
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.references.known import reading
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.folders import ImageRef, Sources
from relevance.pictures.leaving_out import kinds_words, left_out_words
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
    pictures: Sequence[Given],
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Progress | None,
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
    for is_file, group in groupby(enumerate(pictures, 1), lambda item: _is_path(item[1])):
        if is_file:
            sources = find_pictures(
                [path for _, path in group if not isinstance(path, bytes)], exclude
            )
            places += sources.refs
            notes += left_out_notes(sources)
        else:
            places += [_Other.of(number, item) for number, item in group]
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
    """What is given as an address, which has no content yet, or as bytes, placed by number."""

    place: str
    content: bytes
    reason: str = ""

    @classmethod
    def of(cls, number: int, item: Given) -> _Other:
        if not isinstance(item, bytes):
            return cls(str(item), b"")
        return cls(f"[{number}]", item, "" if item else "the file is empty")


def _is_path(item: Given) -> bool:
    return not isinstance(item, bytes) and not is_address(str(item))


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
