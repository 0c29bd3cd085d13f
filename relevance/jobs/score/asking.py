"""A question -> everything that an answer rests on: pictures, grades, embeddings, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import Encoded, open_for_words
from relevance.encoders import Encoder
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.score.examples import Examples, encode_examples, find_examples
from relevance.jobs.score.question import Question
from relevance.judging.labels import Grades
from relevance.judging.prompts import fill, without_keyword
from relevance.judging.provenance import provenance
from relevance.judging.settings import Settings
from relevance.pictures.folders import Sources
from relevance.system.command_line import command_line


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question with what was found.

    Attributes:
        settings: As in use, with the model of an index where none was named.
        sources: The pictures, n of them.
        grades: ``(n,)``, what is known of each.
        encoder: What encoded them.
        prompts: What the keyword became.
        background: What it is held against.
        encoded: The keyword, then the background, and the pictures.
        facts: Provenance.
        examples: Pictures of what the keyword means, if there are any.
    """

    settings: Settings
    sources: Sources
    grades: Grades
    encoder: Encoder
    prompts: tuple[str, ...]
    background: tuple[str, ...]
    encoded: Encoded
    facts: dict[str, Any]
    examples: Examples | None


def ask(
    job: str,
    question: Question,
    settings: Settings,
    progress: Watch,
    words: Sequence[str] = (),
) -> Asked:
    """Find, grade and encode the pictures of a question.

    Args:
        job: Name of the command that asks.
        question: What is asked.
        settings: How to encode and compare.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        words: Further command-line options that the command was asked with.

    Raises:
        UsageError, ModelLoadError, NoReadablePictureError: See ``score``.
    """
    prompts = fill(settings.templates, question.keyword)
    background = without_keyword(settings.background, question.keyword)
    sources = find_pictures(question.paths, settings.exclude)
    shown = find_examples(question.like, question.unlike)
    settings = fitting_settings(settings, sources)
    grades, odd = question.grades(sources)
    opened = encoder, _ = open_for_words(settings)
    if question.trained and question.curve:
        question.trained.check(question.keyword, encoder.info, background, prompts)
        kind = "Lesson" if question.lesson else "Forced calibration"
        odd += [f"{kind}: {doubt}" for doubt in question.curve.doubts]
    examples = encode_examples(shown, encoder, settings)
    odd += examples.notes if examples else ()
    options = [*settings.words(encoder.info.name), *question.words(), *words]
    options += settings.exclude_words()
    command = command_line(job, question.subjects, options)
    facts = provenance(command, [question.keyword], prompts, sources, opened, settings, odd)
    texts = [prompts, *(fill(settings.templates, concept) for concept in background)]
    encoded = encode(texts, sources, encoder, settings, progress)
    return Asked(settings, sources, grades, encoder, prompts, background, encoded, facts, examples)
