"""``score_keywords``: several keywords and folders of pictures in, ``KeywordScores`` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import Encoded, open_for_words
from relevance.embedding.near_copies import first_alike
from relevance.embedding.watching import watched
from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.score.job import question_facts
from relevance.jobs.score.keywords.question import KeywordQuestion
from relevance.jobs.score.keywords.result import KeywordScores
from relevance.jobs.score.keywords.table import Floats
from relevance.jobs.score.question import Question
from relevance.judging.prompts import fill, sharing_background, without_keyword
from relevance.judging.provenance import provenance, warnings_on
from relevance.judging.scoring import flaws_of, probability, score_of
from relevance.judging.settings import Choices, Settings
from relevance.judging.similarity import SIMILARITIES
from relevance.pictures.given import Pictures, held_among, several_pictures
from relevance.system.arguments import several
from relevance.system.command_line import command_line
from relevance.system.names import all_printable


@watched()
def score_keywords(
    keywords: str | Sequence[str],
    paths: Pictures,
    *,
    labels: str | Path | None = None,
    threshold: float | None = None,
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> KeywordScores:
    """Score every picture below ``paths`` against each of several keywords, in one pass.

    Each picture is read and encoded once. Scores, probabilities and verdicts of a keyword are those
    that ``score`` gives for it alone.

    Args:
        keywords: Words or phrases that name products. Those that differ in case, spaces, hyphens
            and underscores only are one, written as the first of them.
        paths: Folders or pictures, also in memory; see ``score``.
        labels: A table with the column path and a column of labels for each keyword, or with the
            columns path, keyword and label, in place of labels by folder; see
            ``judging.keyword_labels.read_keyword_labels``.
        threshold: Probability from which a picture shows a keyword; 0.5 if not given.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: model, distance, templates, background, max_pixels, precision, device,
            exclude and cache; see ``judging.settings.Choices``.

    Returns:
        Scores of every picture with every keyword, skipped ones with their reason.

    Raises:
        UsageError: An argument or path cannot be used as given.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    question = KeywordQuestion.of(several(keywords), several_pictures(paths), labels, threshold)
    return _answer(question, Settings.of(**choices), progress)


def _answer(question: KeywordQuestion, settings: Settings, progress: Watch) -> KeywordScores:
    """Do what was asked for, step by step."""
    keywords, limit = question.keywords, question.each[0].verdict_threshold
    prompts = [fill(settings.templates, keyword) for keyword in keywords]
    background = [fill(settings.templates, concept) for concept in settings.background]
    sources = find_pictures(question.each[0].paths, settings.exclude)
    settings = fitting_settings(settings, sources)
    grades, odd = question.grades(sources)
    opened = encoder, _ = open_for_words(settings)
    said = dict.fromkeys(note for notes in odd.values() for note in notes)
    facts = provenance(
        question.command([*settings.words(encoder.info.name), *settings.exclude_words()]),
        keywords,
        [prompt for group in prompts for prompt in group],
        sources,
        opened,
        settings,
        [*question.notes, *said],
    )
    encoded = encode([*prompts, *background], sources, encoder, settings, progress)
    scores, chances, raw = _figures(encoded, keywords, settings, encoder.info)
    remarks = encoded.pictures.remarks()
    own = [
        _own_facts(each, settings, encoded, facts["truncated_prompts"], encoder.info.name)
        | {"warnings": [*sources.notes, *odd[word], *warnings_on([word], used, encoder), *remarks]}
        for each, word, used in zip(question.each, keywords, prompts, strict=True)
    ]
    return KeywordScores(
        keywords=keywords,
        places=tuple([ref.place for ref in sources.refs]),
        path=all_printable([ref.place for ref in sources.refs]),
        folder=[ref.folder for ref in sources.refs],
        reason=encoded.pictures.reasons,
        first_copy=encoded.pictures.first_copy,
        first_alike=first_alike(
            encoded.pictures.vectors, encoded.pictures.looks, encoded.pictures.first_copy
        ),
        flaws=flaws_of(encoded.pictures),
        grades=grades,
        scores=scores,
        similarities=raw,
        probabilities=chances,
        verdicts=chances >= limit,
        encoder=encoder.info,
        distance=settings.distance,
        threshold=limit,
        provenance={**facts, **own[0], **_run_facts(facts, settings, remarks)},
        own_provenance=tuple(own),
        held=held_among(sources.refs),
    )


def _run_facts(
    facts: Mapping[str, Any], settings: Settings, remarks: Sequence[str]
) -> dict[str, Any]:
    """What the provenance of a run says otherwise than that of one of its keywords."""
    names = ("command", "prompts", "truncated_prompts")
    return {name: facts[name] for name in names} | {
        "templates": list(settings.templates),
        "background_concepts": list(settings.background),
        "warnings": [*facts["warnings"], *remarks],
    }


def _own_facts(
    question: Question, settings: Settings, encoded: Encoded, truncated: Sequence[str], model: str
) -> dict[str, Any]:
    """What the provenance of one keyword says otherwise than the run's."""
    prompts = fill(settings.templates, question.keyword)
    options = [*settings.words(model), *question.words(), *settings.exclude_words()]
    background = without_keyword(settings.background, question.keyword)
    return question_facts(question, background, encoded) | {
        "command": command_line("score", question.subjects, options),
        "prompts": list(prompts),
        "truncated_prompts": [prompt for prompt in truncated if prompt in prompts],
        "lesson": None,
        "examples": None,
    }


def _figures(
    encoded: Encoded, keywords: Sequence[str], settings: Settings, info: EncoderInfo
) -> tuple[Floats, Floats, FloatArray]:
    """Score every picture with every keyword, each as ``score`` does.

    Returns:
        Scores and probabilities, ``(n, m)`` float64, and raw similarities, ``(n, m)`` float32; a
        keyword's lie together in memory.
    """
    vectors, m = encoded.pictures.vectors, len(keywords)
    own = cosine(vectors, encoded.concepts[:m])
    others = cosine(vectors, encoded.concepts[m:])
    scores, chances = (np.empty(own.shape, dtype=np.float64, order="F") for _ in range(2))
    for numbers, columns in sharing_background(keywords, settings.background):
        scores[:, numbers] = score_of(own[:, numbers], others[:, columns], info)
        chances[:, numbers] = probability(scores[:, numbers], len(columns), info)
    if settings.distance != "cosine":
        own = SIMILARITIES[settings.distance](vectors, encoded.concepts[:m])
    return scores, chances, own
