"""``embed``: pictures in, unit vectors out, all at once or a block at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np

from relevance.embedding.embeddings import Advance, Watch, embed_images
from relevance.embedding.encoding import cache_of, find_pictures, nothing_readable, open_model
from relevance.embedding.settings import EncodingOptions, EncodingSettings
from relevance.embedding.watching import watched
from relevance.encoders import Encoder
from relevance.errors import UsageError
from relevance.index.stores import is_store
from relevance.jobs.embed.result import Vectors
from relevance.pictures.folders import ImageRef, Sources
from relevance.pictures.given import Pictures, several_pictures
from relevance.system.arguments import several
from relevance.system.names import all_printable, printable

BLOCK = 4096
"""Pictures whose vectors are in memory together, where they are written as they come."""

_logger = logging.getLogger("relevance")


class EmbedChoices(EncodingOptions, total=False):
    """Keyword arguments of ``embed``.

    Attributes:
        exclude: Patterns of files and folders to leave out; see ``leaving_out.Exclusion``.
    """

    exclude: str | tuple[str, ...] | list[str]


@watched()
def embed(paths: Pictures, *, progress: Watch = None, **choices: Unpack[EmbedChoices]) -> Vectors:
    """Embed every picture below ``paths``; all vectors are in memory at the end.

    Args:
        paths: Folders or pictures, also in memory; see ``score``.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: model, max_pixels, precision, device, cache and exclude.

    Returns:
        A row a picture, skipped ones with their reason.

    Raises:
        UsageError: An argument or path cannot be used as given.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    return Vectors.joined(list(Embedding.of(paths, **choices).blocks(progress)))


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Pictures that were found, and what encodes them.

    Attributes:
        sources: The pictures, n of them.
        encoder: What encodes them.
        settings: How.
    """

    sources: Sources
    encoder: Encoder
    settings: EncodingSettings

    @classmethod
    def of(cls, paths: Pictures, **choices: Unpack[EmbedChoices]) -> Embedding:
        """Find the pictures and load the encoder; raises what ``embed`` raises."""
        exclude = several(choices.get("exclude", ()))
        found = several_pictures(paths)
        if stores := [path for path in found if isinstance(path, str) and path and is_store(path)]:
            raise UsageError(
                f"{printable(stores[0])} is an index, which has its vectors; name the folders that "
                "it was made from."
            )
        options = {name: value for name, value in choices.items() if name != "exclude"}
        settings = EncodingSettings(**options)  # type: ignore[arg-type]
        sources = find_pictures(found, exclude)
        for note in sources.notes:
            _logger.warning("%s", note)
        return cls(sources, open_model(settings)[0], settings)

    def facts(self) -> Mapping[str, Any]:
        """Return what was left out."""
        return self.sources.facts()

    def blocks(self, progress: Watch) -> Iterator[Vectors]:
        """Yield vectors in the order of the pictures, at most ``BLOCK`` together.

        Raises:
            NoReadablePictureError: Not one picture could be read, as is known after the last.
        """
        refs, told = self.sources.refs, _Told(progress, len(self.sources.refs))
        first, n_read = "", 0
        with cache_of(self.encoder, self.settings) as cache:
            for start in range(0, len(refs), BLOCK):
                found = embed_images(
                    refs[start : start + BLOCK],
                    self.encoder,
                    cache=cache,
                    max_pixels=self.settings.max_pixels,
                    progress=told.block,
                    dtype=np.float32,
                    with_looks=self.settings.cache,  # for `score` to find
                )
                told.end()
                for remark in found.remarks():
                    _logger.warning("%s", remark)
                first, n_read = first or found.reasons[0], n_read + found.reasons.count("")
                yield self._vectors(found.refs, found.vectors, found.reasons, told.cached)
        if not n_read:
            raise nothing_readable(refs, first)

    def _vectors(
        self, refs: tuple[ImageRef, ...], rows: Any, reasons: tuple[str, ...], cached: int
    ) -> Vectors:
        return Vectors(
            path=tuple(all_printable([ref.place for ref in refs])),
            folder=tuple(ref.folder for ref in refs),
            vectors=rows,
            reason=reasons,
            encoder=self.encoder.info,
            cached=cached,
        )


class _Told:
    """Makes of the progress of blocks that of the whole."""

    def __init__(self, progress: Watch, total: int) -> None:
        self._progress = progress
        self._whole = self._last = Advance(0, total)
        self.cached = 0

    def block(self, advance: Advance) -> None:
        """Tell how far a block is."""
        before = self._whole
        self._last = Advance(
            before.done + advance.done,
            before.total,
            before.cached + advance.cached,
            before.skipped + advance.skipped,
        )
        self.cached = advance.cached
        if self._progress:
            self._progress(self._last)

    def end(self) -> None:
        """Begin with the next block."""
        self._whole = self._last
