"""The spine put together: a keyword and folders of pictures in, ``Scores`` out."""

from __future__ import annotations

import logging
import platform
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from relevance.cache import EncoderView, open_cache
from relevance.embeddings import Progress, embed_concepts, embed_images
from relevance.encoders import Encoder, EncoderInfo, open_encoder
from relevance.errors import NoReadablePictureError, UsageError, check_choice
from relevance.folder_means import folder_rows
from relevance.images import MAX_PIXELS, READING
from relevance.labels import label_folders
from relevance.prompts import DEFAULT_TEMPLATES, background_concepts, fill
from relevance.results import Scores
from relevance.scoring import PictureColumns, score_images
from relevance.similarity import SIMILARITIES
from relevance.sources import Sources, find_images, printable

DEFAULT_THRESHOLD = 0.5

_logger = logging.getLogger(__name__)
_VERSIONED = ("keyword-relevance", "numpy", "pillow", "onnxruntime")


@dataclass(frozen=True, slots=True)
class _Request:
    """The arguments of one call of ``score``, checked."""

    keyword: str
    paths: tuple[str | Path, ...]
    distance: str
    templates: tuple[str, ...]
    relevant: tuple[str, ...]
    threshold: float
    max_pixels: int
    precision: str
    device: str
    cache: bool

    def __post_init__(self) -> None:
        check_choice("distance", self.distance, SIMILARITIES)
        if not 0 <= self.threshold <= 1:
            raise UsageError(f"The threshold is a probability from 0 to 1, not {self.threshold}.")
        if self.max_pixels < 1:
            raise UsageError(f"The pixel limit must be at least 1, not {self.max_pixels}.")
        if self.keyword != printable(self.keyword):
            raise UsageError("The keyword has characters that are not text; type it again.")
        if not self.paths:
            raise UsageError("Give at least one folder of pictures.")
        if "" in self.paths or "" in self.relevant:
            raise UsageError("The name of a folder is empty; is a shell variable not set?")

    def command(self, model: str) -> str:
        """The command line that makes the same scores again."""
        subjects = [self.keyword, *map(printable, self.paths)]
        words = ["--model", model]
        if self.distance != "cosine":
            words += ["--distance", self.distance]
        if self.templates != DEFAULT_TEMPLATES:
            words += [word for item in self.templates for word in ("--template", item)]
        words += [word for item in self.relevant for word in ("--relevant", item)]
        if self.threshold != DEFAULT_THRESHOLD:
            words += ["--threshold", str(self.threshold)]
        if self.max_pixels != MAX_PIXELS:
            words += ["--max-pixels", str(self.max_pixels)]
        if self.precision != "auto":
            words += ["--precision", self.precision]
        if self.device != "auto":
            words += ["--device", self.device]
        if any(subject.startswith("-") for subject in subjects):
            return shlex.join(["relevance", "score", *words, "--", *subjects])
        return shlex.join(["relevance", "score", *subjects, *words])


def score(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    *,
    model: str | Encoder = "auto",
    distance: str = "cosine",
    templates: str | Sequence[str] = DEFAULT_TEMPLATES,
    relevant: str | Sequence[str] = (),
    threshold: float = DEFAULT_THRESHOLD,
    max_pixels: int = MAX_PIXELS,
    precision: str = "auto",
    device: str = "auto",
    cache: bool = True,
    progress: Progress | None = None,
) -> Scores:
    """Score every picture below ``paths`` against a keyword.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several; each is a category itself or holds categories.
        model: Name for ``load_encoder``, or an encoder that is loaded already.
        distance: "cosine", "dot", "euclidean" or "angular", all as similarities.
        templates: Prompt templates with ``{}`` where the keyword goes.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        threshold: Probability from which a picture counts as relevant.
        max_pixels: Largest width × height that is decoded; larger pictures are skipped.
        precision: Arithmetic of a model given by name; see ``load_encoder``.
        device: Where a model given by name runs; see ``load_encoder``.
        cache: Whether to take known embeddings from the user's cache and store new ones there.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.

    Returns:
        Scores of every picture, skipped ones with their reason, and statistics of every folder.

    Raises:
        UsageError: An argument or path cannot be used as given.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    request = _Request(
        keyword=keyword.strip(),
        paths=_several(paths),
        distance=distance,
        templates=tuple(map(str, _several(templates))),
        relevant=tuple(str(name) for name in _several(relevant)),
        threshold=threshold,
        max_pixels=max_pixels,
        precision=precision,
        device=device,
        cache=cache,
    )
    return _run(request, model, progress)


def _run(request: _Request, model: str | Encoder, progress: Progress | None) -> Scores:
    """Do what was asked for, step by step."""
    prompts = fill(request.templates, request.keyword)
    sources = _find(request)
    labels = label_folders(sources.refs, request.keyword, request.relevant)
    encoder, choice = _open_encoder(model, request)
    provenance = _provenance(request, prompts, sources, encoder, choice)
    for warning in provenance["warnings"]:
        _logger.warning("%s", warning)
    pictures, cached = _score_images(request, prompts, sources, labels, encoder, progress)
    provenance["pictures_from_cache"] = cached
    return Scores(
        keyword=request.keyword,
        places=tuple([ref.place for ref in sources.refs]),
        pictures=pictures,
        folder_rows=folder_rows(pictures.folder, pictures.score),
        encoder=encoder.info,
        distance=request.distance,
        threshold=request.threshold,
        provenance=provenance,
    )


def _find(request: _Request) -> Sources:
    sources = find_images(request.paths)
    if sources.refs:
        return sources
    places = ", ".join(map(printable, request.paths))
    rest = ", ".join(f"{count} {reason}" for reason, count in sources.left_out.items())
    raise NoReadablePictureError(
        f"There is no picture in {places}" + (f" (left out: {rest})." if rest else ".")
    )


def _score_images(
    request: _Request,
    prompts: Sequence[str],
    sources: Sources,
    labels: Mapping[str, str],
    encoder: Encoder,
    progress: Progress | None,
) -> tuple[PictureColumns, int]:
    """Embed texts and pictures and bring them together; also count what the cache knew."""
    concepts = background_concepts(request.keyword)
    texts = [prompts, *(fill(request.templates, concept) for concept in concepts)]
    with _cache_of(encoder, request) as cache:
        keyword, *background = embed_concepts(texts, encoder, cache=cache)
        embeddings = embed_images(
            sources.refs, encoder, cache=cache, max_pixels=request.max_pixels, progress=progress
        )
    pictures = score_images(
        embeddings,
        keyword,
        np.stack(background),
        encoder.info,
        labels=labels,
        distance=request.distance,
        threshold=request.threshold,
    )
    if pictures.is_scored.any():
        return pictures, embeddings.cached
    raise NoReadablePictureError(
        f"None of the {len(sources.refs)} pictures could be read; the first: "
        f"{pictures.path[0]}: {pictures.reason[0]}."
    )


@contextmanager
def _cache_of(encoder: Encoder, request: _Request) -> Iterator[EncoderView | None]:
    """Open the encoder's part of the cache; where none can be written, go on without.

    Runs with another pixel limit share nothing, or a run would find pictures that it must skip.
    """
    limit = f", at most {request.max_pixels} pixels" if request.max_pixels != MAX_PIXELS else ""
    with ExitStack() as stack:
        view = None
        if request.cache:
            try:
                database = stack.enter_context(closing(open_cache()))
                view = EncoderView(database, encoder.info, READING + limit)
            except OSError as error:
                _logger.warning("No embedding cache (%s); going on without.", error)
        yield view


def _provenance(
    request: _Request, prompts: Sequence[str], sources: Sources, encoder: Encoder, choice: str
) -> dict[str, Any]:
    """Everything that is needed to make the same scores again, and what to know about them."""
    truncated = _truncated(prompts, encoder)
    return {
        "command": request.command(encoder.info.name),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder_choice": choice,
        "distance": request.distance,
        "threshold": request.threshold,
        "max_pixels": request.max_pixels,
        "prompts": list(prompts),
        "truncated_prompts": truncated,
        "warnings": _warnings(request, truncated, encoder.info),
        "background_concepts": list(background_concepts(request.keyword)),
        "left_out": dict(sources.left_out),
        "versions": _versions(),
    }


def _several(value: str | Path | Sequence[str | Path]) -> tuple[str | Path, ...]:
    return (value,) if isinstance(value, str | Path) else tuple(value)


def _open_encoder(model: str | Encoder, request: _Request) -> tuple[Encoder, str]:
    """Load the encoder and say in the log, once, which one it is, where it runs and why."""
    if not isinstance(model, str):
        return model, "given by the caller"
    encoder, reason = open_encoder(model, precision=request.precision, device=request.device)
    info = encoder.info
    _logger.info("Encoder: %s, %s on %s (%s).", info.name, info.precision, info.device, reason)
    return encoder, reason


def _truncated(prompts: Sequence[str], encoder: Encoder) -> list[str]:
    """Prompts whose end the encoder does not see."""
    counts = encoder.count_tokens(prompts)
    return [
        prompt
        for prompt, count in zip(prompts, counts, strict=True)
        if count > encoder.info.max_tokens
    ]


def _warnings(request: _Request, truncated: Sequence[str], info: EncoderInfo) -> list[str]:
    """What may make the scores worth less than they look."""
    found = []
    if truncated:
        found.append(
            f"{len(truncated)} of {len(request.templates)} prompts are longer than the encoder's "
            f"{info.max_tokens} tokens; their end was not seen."
        )
    if info.languages == "English" and not request.keyword.isascii():
        found.append(
            f"The encoder {info.name} knows English only and may not understand "
            f"“{request.keyword}”. Use an English word, or a multilingual encoder such as siglip2."
        )
    return found


def _versions() -> dict[str, Any]:
    return {name: version(name) for name in _VERSIONED} | {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }
