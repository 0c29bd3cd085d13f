"""The spine put together: a keyword and folders of pictures in, ``Scores`` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import Encoded
from relevance.embedding.watching import watched
from relevance.jobs.score.asking import Asked, ask
from relevance.jobs.score.examples import by_examples, words_here
from relevance.jobs.score.question import Question
from relevance.jobs.score.result import Scores
from relevance.judging.calibration import Calibration
from relevance.judging.folder_means import folder_rows
from relevance.judging.scoring import PictureColumns, score_images
from relevance.judging.settings import Choices, Settings
from relevance.judging.similarity import sigmoid
from relevance.judging.teaching import Lesson
from relevance.pictures.given import Pictures, held_among, several_pictures
from relevance.system.arguments import one_keyword, several
from relevance.system.names import printable


@watched()
def score(
    keyword: str,
    paths: Pictures,
    *,
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    threshold: float | None = None,
    calibration: str | Path | Calibration | None = None,
    lesson: str | Path | Lesson | None = None,
    like: Pictures = (),
    unlike: Pictures = (),
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> Scores:
    """Score every picture below ``paths`` against a keyword.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several; each is a category itself or holds categories. Pictures may
            also be given one by one: paths, addresses, files' bytes, Pillow pictures, arrays, or a
            mapping from categories to these; see ``pictures.given.Pictures``.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        labels: CSV file with the columns path and label, in place of labels by folder; see
            ``read_label_table``.
        threshold: Probability from which a picture counts as relevant; if not given, that of the
            calibration, or 0.5.
        calibration: What ``relevance.calibrate`` made for this keyword and encoder, or its file.
        lesson: What ``relevance.teach`` learnt for this keyword and encoder, or its file; scores
            are then its log odds.
        like: Pictures of what the keyword means, or folders of them, which then say more than the
            word does; scores are log odds from both, among the pictures at hand.
        unlike: Pictures of what it does not mean, which count off; only beside ``like``.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: model, distance, templates, background, max_pixels, precision, device,
            exclude and cache; see ``judging.settings.Choices``.

    Returns:
        Scores of every picture, skipped ones with their reason, and statistics of every folder.

    Raises:
        UsageError: An argument or path cannot be used as given.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    question = Question(
        keyword=one_keyword(keyword),
        paths=several_pictures(paths),
        relevant=several(relevant),
        labels=labels,
        threshold=threshold,
        calibration=_calibration(calibration),
        lesson=Lesson.load(lesson) if isinstance(lesson, str | Path) else lesson,
        like=several_pictures(like, "like picture"),
        unlike=several_pictures(unlike, "unlike picture"),
    )
    return answer(question, Settings.of(**choices), progress)


def answer(question: Question, settings: Settings, progress: Watch) -> Scores:
    """Do what was asked for, step by step."""
    asked = ask("score", question, settings, progress)
    encoded, encoder = asked.encoded, asked.encoder
    by_words = score_images(
        encoded.pictures,
        encoded.concepts[0],
        encoded.concepts[1:],
        encoder.info,
        grades=asked.grades,
        distance=settings.distance,
        threshold=question.verdict_threshold,
    )
    pictures = _judged(by_words, asked, question)
    shown = asked.examples
    return Scores(
        keyword=question.keyword,
        places=tuple([ref.place for ref in asked.sources.refs]),
        pictures=pictures,
        folder_rows=folder_rows(
            pictures.folder, pictures.score, pictures.relevant, pictures.first_copy
        ),
        encoder=encoder.info,
        distance=settings.distance,
        threshold=question.verdict_threshold,
        provenance=asked.facts
        | question_facts(question, asked.background, encoded)
        | {"lesson": _lesson_facts(question.lesson, by_words)}
        | {"examples": shown.facts(encoded.pictures, by_words) if shown else None}
        | {"warnings": [*asked.facts["warnings"], *encoded.pictures.remarks()]},
        like=shown.like.places if shown else (),
        unlike=shown.unlike.places if shown and shown.unlike else (),
        held=held_among(asked.sources.refs) | (shown.held if shown else {}),
    )


def _calibration(given: str | Path | Calibration | None) -> Calibration | None:
    if given is None or isinstance(given, Calibration):
        return given
    return Calibration.load(given)


def _judged(by_words: PictureColumns, asked: Asked, question: Question) -> PictureColumns:
    """Let examples or a lesson score the pictures, and these or a calibration judge them."""
    vectors = asked.encoded.pictures.vectors
    if asked.examples:
        scores = by_examples(asked.examples, by_words.probability, asked.encoded)
        by_both = replace(by_words, score=scores)
        return by_both.judged(sigmoid(scores), question.verdict_threshold)
    pictures = by_words
    if question.lesson:
        pictures = replace(pictures, score=question.lesson.scores(vectors))
    if not question.curve:
        return pictures
    chances = question.curve.probability(pictures.score)
    return pictures.judged(chances, question.verdict_threshold)


def _lesson_facts(lesson: Lesson | None, by_words: PictureColumns) -> dict[str, Any] | None:
    """Say what a lesson rests on, and how words alone would order the pictures at hand."""
    return lesson.summary() | {"words_here": words_here(by_words)} if lesson else None


def question_facts(
    question: Question, background: Sequence[str], encoded: Encoded
) -> dict[str, Any]:
    """What the provenance of scores has beyond that of any job."""
    calibration = question.curve
    return {
        "threshold": question.verdict_threshold,
        "background_concepts": list(background),
        "labels": printable(question.labels) if question.labels else None,
        "calibration": calibration.summary() if calibration else None,
        "pictures_from_cache": encoded.pictures.cached,
    }
