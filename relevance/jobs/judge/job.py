"""``judge``: keywords and any number of pictures in, one judgement after the other out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Unpack

from relevance.embedding.cache import EncoderView
from relevance.embedding.embeddings import Embeddings, embed_images
from relevance.embedding.encoding import cache_of, open_for_words
from relevance.embedding.remembering import is_remembered, remembered_concepts
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.errors import UsageError
from relevance.jobs.judge.judgement import Judgement
from relevance.judging.calibration import Calibration
from relevance.judging.prompts import fill, without_keyword
from relevance.judging.provenance import warnings_on
from relevance.judging.scoring import DEFAULT_THRESHOLD, Floats, probability, score_keyword
from relevance.judging.settings import Choices, Settings
from relevance.pictures.folders import ImageRef
from relevance.pictures.given import Picture, as_ref, each
from relevance.system.arguments import one_keyword
from relevance.system.threads import cores

_logger = logging.getLogger("relevance")
_AT_ONCE = 32  # pictures for each core: what is held at most while a stream is judged


def judge(
    keywords: str | Sequence[str],
    pictures: Picture | Iterable[Picture],
    *,
    threshold: float | None = None,
    calibration: str | Path | Calibration | None = None,
    **choices: Unpack[Choices],
) -> Iterator[Judgement]:
    """Judge pictures as they come, as ``score`` does by words, in memory that does not grow.

    Arguments are checked and the encoder is loaded at once; pictures are taken from the stream some
    at a time (32 for each core), and their judgements come in its order. Several keywords are
    answered in one pass: the judgements of a picture follow one another, in the order of the
    keywords. A picture that cannot be used has judgements too, with the reason.

    Args:
        keywords: A word or phrase that names the product, or several.
        pictures: One picture, or an iterable of any length, a generator for example: paths,
            addresses, files' bytes, Pillow pictures, arrays ``(height, width, 3)`` of uint8.
        threshold: Probability from which a picture counts as relevant; if not given, that of the
            calibration, or 0.5.
        calibration: What ``relevance.calibrate`` made for the one keyword and this encoder, or its
            file.
        **choices: model, templates, background, max_pixels, precision, device and cache; see
            ``judging.settings.Choices``. The cache is used only where ``cache=True`` is given: what
            streams rarely comes twice.

    Yields:
        A judgement for each picture and keyword.

    Raises:
        UsageError: An argument cannot be used as given.
        ModelLoadError: The encoder cannot be loaded.
    """
    words = _checked(keywords)
    if threshold is not None and not 0 <= threshold <= 1:
        raise UsageError(f"The threshold is a probability from 0 to 1, not {threshold}.")
    if unknown := {"exclude", "distance"} & choices.keys():
        raise UsageError(f"judge has no use for {' or '.join(sorted(unknown))}; leave it out.")
    settings = Settings.of(**{"cache": False, **choices})  # type: ignore[arg-type]
    made = Calibration.load(calibration) if isinstance(calibration, str | Path) else calibration
    if made and len(words) > 1:
        raise UsageError("A calibration is for one keyword; leave it out, or judge one at a time.")
    stream = each(pictures)
    encoder, _ = open_for_words(settings)
    return _judged(_judges(words, encoder, settings, threshold, made), stream, encoder, settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Judge:
    """One keyword, ready to be held against pictures.

    Attributes:
        keyword: As it was given.
        vector: ``(dim,)`` unit embedding.
        background: ``(n, dim)`` embeddings of what it is held against.
        calibration: What turns scores into probabilities, or None.
        threshold: Probability from which a picture is relevant.
    """

    keyword: str
    vector: FloatArray
    background: FloatArray
    calibration: Calibration | None
    threshold: float

    def columns(self, found: Embeddings, encoder: Encoder) -> tuple[Floats, Floats]:
        """Return score and probability of n pictures, each ``(n,)``; NaN where skipped."""
        scores = score_keyword(found.vectors, self.vector, self.background, encoder.info)
        if self.calibration:
            return scores, self.calibration.probability(scores)
        return scores, probability(scores, len(self.background), encoder.info)


def _checked(keywords: str | Sequence[str]) -> list[str]:
    """Return keywords, at least one, without spaces around them."""
    words = [one_keyword(word) for word in ([keywords] if isinstance(keywords, str) else keywords)]
    if not words:
        raise UsageError('Give at least one keyword, such as "almonds".')
    return words


def _judges(
    words: Sequence[str],
    encoder: Encoder,
    settings: Settings,
    threshold: float | None,
    calibration: Calibration | None,
) -> list[_Judge]:
    """Embed the keywords and what each is held against; texts of earlier calls are known."""
    prompts = [fill(settings.templates, word) for word in words]
    flat = [text for group in prompts for text in group]
    if not is_remembered(flat, encoder):  # once is enough for all calls with these keywords
        for warning in warnings_on(words, flat, encoder):
            _logger.warning("%s", warning)
    if threshold is None:
        threshold = calibration.threshold if calibration else DEFAULT_THRESHOLD
    made = []
    for word, own in zip(words, prompts, strict=True):
        background = without_keyword(settings.background, word)
        if calibration:
            calibration.check(word, encoder.info, background, own)
        texts = [own, *(fill(settings.templates, concept) for concept in background)]
        rows = remembered_concepts(texts, encoder)
        made.append(_Judge(word, rows[0], rows[1:], calibration, threshold))
    return made


def _judged(
    judges: Sequence[_Judge],
    stream: Iterator[Picture],
    encoder: Encoder,
    settings: Settings,
) -> Iterator[Judgement]:
    """Take pictures from the stream, as many as are held at a time, and judge them."""
    number = 0
    with cache_of(encoder, settings) as cache:
        while batch := list(islice(stream, _AT_ONCE * cores())):
            refs = [as_ref(item, at) for at, item in enumerate(batch, number + 1)]
            del batch
            yield from _of_batch(judges, refs, number, encoder, settings, cache)
            number += len(refs)


def _of_batch(
    judges: Sequence[_Judge],
    refs: Sequence[ImageRef],
    before: int,
    encoder: Encoder,
    settings: Settings,
    cache: EncoderView | None,
) -> Iterator[Judgement]:
    found = embed_images(refs, encoder, cache=cache, max_pixels=settings.max_pixels)
    columns = [judge.columns(found, encoder) for judge in judges]
    for row, ref in enumerate(refs):
        for judge, (scores, chances) in zip(judges, columns, strict=True):
            yield Judgement(
                number=before + row + 1,
                place=ref.place,
                keyword=judge.keyword,
                score=float(scores[row]),
                probability=float(chances[row]),
                relevant=bool(chances[row] >= judge.threshold),
                reason=found.reasons[row],
                note=found.notes.get(row, ""),
            )
