"""The spine put together: a keyword and folders of pictures in, ``Scores`` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from relevance.embedding.embeddings import Progress
from relevance.embedding.encoding import Encoded, open_for_words
from relevance.errors import UsageError
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.score.result import Scores
from relevance.judging.calibration import Calibration
from relevance.judging.folder_means import folder_rows
from relevance.judging.label_table import read_label_table
from relevance.judging.labels import Grades, folder_grades, label_notes
from relevance.judging.prompts import fill, without_keyword
from relevance.judging.provenance import provenance
from relevance.judging.scoring import PictureColumns, score_images
from relevance.judging.settings import Choices, Settings
from relevance.judging.teaching import Lesson
from relevance.pictures.folders import Sources
from relevance.system.arguments import one_keyword, several, several_paths
from relevance.system.command_line import command_line, option
from relevance.system.names import printable

DEFAULT_THRESHOLD = 0.5
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the pictures, checked.

    Attributes:
        keyword: Word or phrase that names the product.
        paths: Where the pictures are.
        relevant: Names of the folders that the user calls relevant.
        labels: Table of labels, or None.
        threshold: Probability from which a picture counts as relevant, if the user named one.
        calibration: What turns scores into probabilities, or None.
        lesson: What was learnt from labelled pictures, or None; it brings its own calibration.
    """

    keyword: str
    paths: tuple[str | Path, ...]
    relevant: tuple[str, ...] = ()
    labels: str | Path | None = None
    threshold: float | None = None
    calibration: Calibration | None = None
    lesson: Lesson | None = None

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UsageError(f"The threshold is a probability from 0 to 1, not {self.threshold}.")
        if self.keyword != printable(self.keyword):
            raise UsageError("The keyword has characters that are not text; type it again.")
        if "" in self.relevant or self.labels == "":
            raise UsageError("The name of a folder or file is empty; is a shell variable not set?")
        if self.relevant and self.labels:
            raise UsageError("Give the labels by --relevant or by --labels, not by both.")
        if self.calibration and self.lesson:
            raise UsageError("A lesson brings its own calibration; give one of the two.")

    @property
    def verdict_threshold(self) -> float:
        """The threshold in use: the user's, else the calibration's, else 0.5."""
        if self.threshold is not None:
            return self.threshold
        return self.curve.threshold if self.curve else DEFAULT_THRESHOLD

    @property
    def curve(self) -> Calibration | None:
        """What turns scores into probabilities: the lesson's, where there is one."""
        return self.lesson.calibration if self.lesson else self.calibration

    def label_words(self) -> list[str]:
        """Command-line options that label the same pictures."""
        words = [word for item in self.relevant for word in option("--relevant", item)]
        return words + (["--labels", printable(self.labels)] if self.labels else [])

    def words(self) -> list[str]:
        """Command-line options that ask the same."""
        words = self.label_words()
        if self.calibration and self.calibration.source:
            words += ["--calibration", self.calibration.source]
        if self.lesson and self.lesson.source:
            words += ["--lesson", self.lesson.source]
        if self.threshold is not None:
            words += ["--threshold", str(self.threshold)]
        return words

    def grades(self, sources: Sources) -> tuple[Grades, list[str]]:
        """Grade the pictures by table, user's word or folder names; also say what is odd."""
        if not self.labels:
            odd = [] if self.relevant else label_notes(sources.refs, self.keyword)
            return folder_grades(sources.refs, self.keyword, self.relevant), odd
        table = read_label_table(self.labels)
        grades, unmatched = table.grade_pictures(sources.refs)
        if not unmatched:
            return grades, []
        return grades, [
            f"{len(unmatched)} of {len(table.rows)} labels in {table.source} belong to no picture "
            f"here, such as {' and '.join(unmatched[:_NAMED])}."
        ]


def score(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    *,
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    threshold: float | None = None,
    calibration: str | Path | Calibration | None = None,
    lesson: str | Path | Lesson | None = None,
    progress: Progress | None = None,
    **choices: Unpack[Choices],
) -> Scores:
    """Score every picture below ``paths`` against a keyword.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several; each is a category itself or holds categories.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        labels: CSV file with the columns path and label, in place of labels by folder; see
            ``read_label_table``.
        threshold: Probability from which a picture counts as relevant; if not given, that of the
            calibration, or 0.5.
        calibration: What ``relevance.calibrate`` made for this keyword and encoder, or its file.
        lesson: What ``relevance.teach`` learnt for this keyword and encoder, or its file; scores
            are then its log odds.
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
        paths=several_paths(paths),
        relevant=several(relevant),
        labels=labels,
        threshold=threshold,
        calibration=_calibration(calibration),
        lesson=Lesson.load(lesson) if isinstance(lesson, str | Path) else lesson,
    )
    return answer(question, Settings.of(**choices), progress)


def answer(question: Question, settings: Settings, progress: Progress | None) -> Scores:
    """Do what was asked for, step by step."""
    prompts = fill(settings.templates, question.keyword)
    background = without_keyword(settings.background, question.keyword)
    sources = find_pictures(question.paths, settings.exclude)
    settings = fitting_settings(settings, sources)
    grades, odd = question.grades(sources)
    opened = encoder, _ = open_for_words(settings)
    if question.curve:
        question.curve.check(question.keyword, encoder.info, background, prompts)
        odd += [f"Forced calibration: {doubt}" for doubt in question.curve.doubts]
    words = [*settings.words(encoder.info.name), *question.words(), *settings.exclude_words()]
    command = command_line("score", [question.keyword, *question.paths], words)
    facts = provenance(command, [question.keyword], prompts, sources, opened, settings, odd)
    texts = [prompts, *(fill(settings.templates, concept) for concept in background)]
    encoded = encode(texts, sources, encoder, settings, progress)
    pictures = _columns(encoded, grades, encoder.info, question, settings)
    return Scores(
        keyword=question.keyword,
        places=tuple([ref.place for ref in sources.refs]),
        pictures=pictures,
        folder_rows=folder_rows(
            pictures.folder, pictures.score, pictures.relevant, pictures.first_copy
        ),
        encoder=encoder.info,
        distance=settings.distance,
        threshold=question.verdict_threshold,
        provenance=facts
        | _facts(question, background, encoded)
        | {"warnings": [*facts["warnings"], *encoded.pictures.remarks()]},
    )


def _calibration(given: str | Path | Calibration | None) -> Calibration | None:
    if given is None or isinstance(given, Calibration):
        return given
    return Calibration.load(given)


def _columns(
    encoded: Encoded, grades: Grades, info: Any, question: Question, settings: Settings
) -> PictureColumns:
    """Score the pictures, by the calibration's probability where there is one."""
    pictures = score_images(
        encoded.pictures,
        encoded.concepts[0],
        encoded.concepts[1:],
        info,
        grades=grades,
        distance=settings.distance,
        threshold=question.verdict_threshold,
    )
    if question.lesson:
        pictures = replace(pictures, score=question.lesson.scores(encoded.pictures.vectors))
    if not question.curve:
        return pictures
    chances = question.curve.probability(pictures.score)
    return pictures.judged(chances, question.verdict_threshold)


def _facts(question: Question, background: Sequence[str], encoded: Encoded) -> dict[str, Any]:
    """What the provenance of scores has beyond that of any job."""
    calibration = question.curve
    return {
        "threshold": question.verdict_threshold,
        "background_concepts": list(background),
        "labels": printable(question.labels) if question.labels else None,
        "calibration": calibration.summary() if calibration else None,
        "lesson": question.lesson.summary() if question.lesson else None,
        "pictures_from_cache": encoded.pictures.cached,
    }
