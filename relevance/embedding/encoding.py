"""The first half of every job: find pictures, open the encoder, embed texts and pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from relevance.embedding.cache import EncoderView, opened
from relevance.embedding.embeddings import Embeddings, Watch, embed_concepts, embed_images
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder, open_encoder
from relevance.encoders.base import FloatArray, without_words
from relevance.errors import NoReadablePictureError, UsageError
from relevance.pictures.folders import ImageRef, Sources, find_images
from relevance.pictures.given import Found, place_of
from relevance.pictures.leaving_out import EXCLUDED, kinds_words, left_out_words
from relevance.pictures.reading import MAX_PIXELS, READING
from relevance.system.names import printable

_logger = logging.getLogger("relevance")


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Texts and pictures in one space.

    Attributes:
        concepts: ``(n_concepts, dim)`` float32 unit rows.
        pictures: The pictures' embeddings.
    """

    concepts: FloatArray
    pictures: Embeddings


def find_pictures(paths: Sequence[Found], exclude: Sequence[str] = ()) -> Sources:
    """Find the pictures below paths; see ``find_images``.

    Raises:
        UsageError: There is no path, or one is empty, not there or holds no pictures.
        NoReadablePictureError: There is no picture.
    """
    if not paths:
        raise UsageError("Give at least one folder of pictures.")
    if "" in paths:
        raise UsageError("The name of a folder is empty; is a shell variable not set?")
    sources = find_images(paths, exclude)
    if not sources.refs:
        raise NoReadablePictureError(_nothing_found(paths, sources))
    return sources


def _nothing_found(paths: Sequence[Found], sources: Sources) -> str:
    """Say that there is no picture, what there is instead, and where one might be."""
    places = ", ".join([printable(place_of(path)) for path in paths])
    words = [left_out_words(sources.left_out), kinds_words(sources.kinds)]
    rest = f" (left out: {'; not supported: '.join(filter(None, words))})"
    rest = rest if words[0] else ", nor any other file"
    for folder in sources.not_entered:
        if find_images([folder]).refs:
            return (
                f"There is no picture in {places}{rest}; there are some in {printable(folder)}, "
                "which is searched if you name it itself."
            )
    if EXCLUDED in sources.left_out:
        return f"There is no picture in {places} but what --exclude leaves out{rest}."
    return f"There is no picture in {places}{rest}."


def open_model(settings: EncodingSettings) -> tuple[Encoder, str]:
    """Load the encoder and say in the log, once, which one it is, where it runs and why.

    Raises:
        ModelLoadError: It cannot be loaded.
    """
    if not isinstance(settings.model, str):
        return settings.model, "given by the caller"
    encoder, reason = open_encoder(
        settings.model, precision=settings.precision, device=settings.device
    )
    info = encoder.info
    _logger.info("Encoder: %s, %s on %s (%s).", info.name, info.precision, info.device, reason)
    return encoder, reason


def open_for_words(settings: EncodingSettings) -> tuple[Encoder, str]:
    """Do as ``open_model``, for a job that cannot do without texts.

    Raises:
        UsageError: The encoder sees pictures only.
        ModelLoadError: It cannot be loaded.
    """
    encoder, reason = open_model(settings)
    if not encoder.info.has_text:
        raise without_words(encoder.info.name)
    return encoder, reason


def encode(
    concepts: Sequence[Sequence[str]],
    sources: Sources,
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Watch,
) -> Encoded:
    """Embed concepts, each given by its prompts, and pictures, each of them once.

    Raises:
        NoReadablePictureError: Not one picture could be read.
    """
    with cache_of(encoder, settings) as cache:
        rows = embed_concepts(concepts, encoder, cache=cache)
        pictures = embed_images(
            sources.refs,
            encoder,
            cache=cache,
            max_pixels=settings.max_pixels,
            progress=progress,
            with_looks=True,
        )
    if all(pictures.reasons):
        raise nothing_readable(sources.refs, pictures.reasons[0])
    for remark in pictures.remarks():
        _logger.warning("%s", remark)
    return Encoded(rows, pictures)


def nothing_readable(refs: Sequence[ImageRef], reason: str) -> NoReadablePictureError:
    """Return what to raise where no picture could be read; the reason is that of the first."""
    return NoReadablePictureError(
        f"No picture could be read, of {len(refs)} found. The first: {printable(refs[0].place)}: "
        f"{reason}."
    )


@contextmanager
def cache_of(encoder: Encoder, settings: EncodingSettings) -> Iterator[EncoderView | None]:
    """Open the encoder's part of the cache, if it is asked for and can be opened.

    Runs with another pixel limit share nothing, or a run would find pictures that it must skip.
    """
    limit = f", at most {settings.max_pixels} pixels" if settings.max_pixels != MAX_PIXELS else ""
    if not settings.cache:
        yield None
        return
    with opened(
        EncoderView, lambda database: EncoderView(database, encoder.info, READING + limit)
    ) as view:
        yield view
