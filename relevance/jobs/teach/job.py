"""``teach``: labelled pictures in, a ``Lesson`` out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Unpack

import numpy as np

from relevance.embedding.embeddings import Watch
from relevance.embedding.watching import watched
from relevance.errors import UsageError
from relevance.jobs.score.asking import Asked, ask
from relevance.jobs.score.question import Question
from relevance.jobs.teach.result import Suggestion, Taught
from relevance.judging.calibration.model import Basis
from relevance.judging.calibration.targets import F1, Target
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.judging.settings import Choices, Settings
from relevance.judging.teaching.labelled import Labelled, Surroundings, Word
from relevance.judging.teaching.learning import learn
from relevance.judging.teaching.lesson import Again, Lesson
from relevance.judging.teaching.suggesting import worth_labelling
from relevance.pictures.fetching import is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.given import Pictures, held_among, several_pictures
from relevance.system.arguments import one_keyword, several
from relevance.system.names import printable

_logger = logging.getLogger("relevance")


@watched()
def teach(
    keyword: str,
    paths: Pictures,
    *,
    target: str = F1,
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    suggest: int = 0,
    earlier: str | Path | Lesson | None = None,
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> Taught:
    """Learn from labelled pictures what a keyword means here.

    The encoder stays as it is: a linear probe on its embeddings starts from the keyword and the
    mean of the relevant examples, and leaves these as far as the examples justify; see
    ``judging.teaching.probe``. All figures are of pictures that the probe at hand did not see; of
    fewer than three of a kind none can be left out, so that there are no figures, and the
    probability is that of words for pictures that score alike.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several, with labelled pictures; unlabelled ones beside them help too.
        target: What the threshold is for: "f1", "precision=0.95", "recall=0.9" or the like.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        labels: CSV file with the columns path and label, in place of labels by folder.
        suggest: How many unlabelled pictures to name whose labels would help most.
        earlier: A lesson from fewer labels, or its file, whose rounds go on (``Lesson.history``);
            one for another keyword or encoder has nothing to say here.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: As for ``score``.

    Returns:
        The lesson, which ``score`` and ``Index.search`` take, and what to label next.

    Raises:
        UsageError: An argument cannot be used, there are no labelled pictures of a kind, or nothing
            was learnt that parts them.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    wanted = Target.parse(target)
    if suggest < 0:
        raise UsageError(f"The number of suggestions must not be negative: {suggest}.")
    question = Question(one_keyword(keyword), several_pictures(paths), several(relevant), labels)
    settings = Settings.of(**choices)
    before = Lesson.load(earlier) if isinstance(earlier, str | Path) else earlier
    asked = ask("teach", question, settings, progress, wanted.words())
    labelled = _labelled(question, asked)
    if before and before.calibration.basis != labelled.word.basis:
        _logger.info("The earlier lesson is for other words or another encoder; this one is new.")
        before = None
    lesson = learn(labelled, wanted, _again(question, asked, wanted), asked.facts, before)
    suggested = _suggested(labelled, lesson, suggest)
    if suggest and not suggested:
        _logger.warning("Every picture has a label, so there is none to suggest.")
    held = held_among(asked.sources.refs)
    shown = {item.place: held[item.place] for item in suggested if item.place in held}
    return Taught(lesson, tuple(suggested), tuple(_known(labelled, asked)), shown)


def _labelled(question: Question, asked: Asked) -> Labelled:
    """Put together pictures, words and what is known."""
    info, concepts = asked.encoder.info, asked.encoded.concepts
    basis = Basis(
        keyword=question.keyword,
        prompts=asked.prompts,
        background=asked.background,
        encoder=info.name,
        fingerprint=info.fingerprint,
    )
    word = Word(basis, info, concepts[0], concepts[1:])
    return Labelled(Surroundings(asked.encoded.pictures), word, asked.grades)


def _again(question: Question, asked: Asked, target: Target) -> Again:
    """Keep what was asked, but for the encoder."""
    words = [*asked.settings.encoding_words(), *question.label_words(), *target.words()]
    return Again(
        subjects=tuple(map(printable, question.subjects)),
        options=(*words, *asked.settings.exclude_words()),
    )


def _known(labelled: Labelled, asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield place and label of the labelled pictures, as a table of labels has them."""
    for row in labelled.known.tolist():
        grade = asked.grades[row]
        label = {0.0: IRRELEVANT, 1.0: RELEVANT}.get(grade, f"{grade:g}")
        yield _found_again(labelled.among.pictures.refs[row]), label


def _suggested(labelled: Labelled, lesson: Lesson, count: int) -> list[Suggestion]:
    """Return the pictures whose labels would help most."""
    if not count:
        return []
    pictures = labelled.among.pictures
    rest = np.setdiff1d(labelled.among.different, labelled.known)
    vectors = pictures.vectors[rest].astype(np.float32)
    chances = lesson.calibration.probability(lesson.scores(vectors))
    chosen = worth_labelling(chances, vectors, count).tolist()
    return [Suggestion(_found_again(pictures.refs[rest[at]]), float(chances[at])) for at in chosen]


def _found_again(ref: ImageRef) -> str:
    """Return a place as it means the same from wherever a table is saved."""
    return ref.place if ref.held or is_address(ref.place) else os.path.abspath(ref.place)
