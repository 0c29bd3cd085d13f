"""``teach``: labelled pictures in, a ``Lesson`` out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from relevance.embedding.cache import digest_of
from relevance.embedding.embeddings import Progress
from relevance.encoders.base import unit_rows
from relevance.errors import UsageError
from relevance.exports.json_file import without_nan
from relevance.jobs.score.asking import Asked, ask
from relevance.jobs.score.question import Question
from relevance.jobs.teach.result import Suggestion, Taught
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.fitting import Fit, check_enough, fit
from relevance.judging.calibration.model import Basis
from relevance.judging.calibration.targets import F1, Target
from relevance.judging.directions import Plane
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.judging.metrics import Bools, Floats, ranking_figures
from relevance.judging.scoring import probability, score_keyword
from relevance.judging.settings import Choices, Settings
from relevance.judging.teaching.lesson import Lesson
from relevance.judging.teaching.probe import Examples, Probe, around, fit_probe
from relevance.judging.teaching.suggesting import worth_labelling
from relevance.pictures.fetching import is_address
from relevance.system.arguments import one_keyword, several, several_paths

_logger = logging.getLogger("relevance")
_DIGITS = 16  # of a digest: enough to find a picture again


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Everything of a run that steps share.

    Attributes:
        asked: Pictures and what is known of them.
        known: ``(m,)`` numbers of the pictures that have a vector and a label.
        truth: ``(m,)`` bool.
        zero_shot: ``(n,)`` scores of the words alone.
    """

    asked: Asked
    known: np.ndarray[Any, Any]
    truth: Bools
    zero_shot: Floats


def teach(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    *,
    target: str = F1,
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    suggest: int = 0,
    progress: Progress | None = None,
    **choices: Unpack[Choices],
) -> Taught:
    """Learn from labelled pictures what a keyword means here.

    The encoder stays as it is: a linear probe on its embeddings starts from the keyword and the
    mean of the relevant examples, and leaves these as far as the examples justify; see
    ``judging.teaching.probe``. All figures are of pictures that the probe at hand did not see.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several, with labelled pictures; unlabelled ones beside them help too.
        target: What the threshold is for: "f1", "precision=0.95", "recall=0.9" or the like.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        labels: CSV file with the columns path and label, in place of labels by folder.
        suggest: How many unlabelled pictures to name whose labels would help most.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: As for ``score``.

    Returns:
        The lesson, which ``score`` and ``Index.search`` take, and what to label next.

    Raises:
        UsageError: An argument cannot be used, there are fewer than three labelled pictures of a
            kind, or nothing was learnt that parts them.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    wanted = Target.parse(target)
    if suggest < 0:
        raise UsageError(f"The number of suggestions must not be negative: {suggest}.")
    question = Question(one_keyword(keyword), several_paths(paths), several(relevant), labels)
    settings = Settings.of(**choices)
    words = ["--target", str(wanted)] if wanted.value else []
    asked = ask("teach", question, settings, progress, words)
    pictures, info = asked.encoded.pictures, asked.encoder.info
    keyword_row, others = asked.encoded.concepts[0], asked.encoded.concepts[1:]
    zero_shot = score_keyword(pictures.vectors, keyword_row, others, info)
    known = np.flatnonzero(~np.isnan(zero_shot) & ~np.isnan(asked.grades))
    run = _Run(asked, known, asked.grades[known] > 0, zero_shot)
    probe = _probe(run)
    made = fit(
        probe.left_out,
        run.truth,
        probability(zero_shot[known], len(others), info),
        method="logistic",
        target=wanted,
        first_copy=pictures.first_copy[known],
    )
    basis = Basis(
        keyword=question.keyword,
        prompts=asked.prompts,
        background=asked.background,
        encoder=info.name,
        fingerprint=info.fingerprint,
    )
    lesson = _lesson(run, probe, _calibration(basis, made, wanted, run))
    suggested = _suggested(run, lesson, suggest)
    if suggest and not suggested:
        _logger.warning("Every picture has a label, so there is none to suggest.")
    return Taught(lesson, tuple(suggested), tuple(_known(run)))


def _known(run: _Run) -> Iterator[tuple[str, str]]:
    """Yield place and label of the labelled pictures, as a table of labels has them."""
    for row in run.known.tolist():
        grade = run.asked.grades[row]
        label = {0.0: IRRELEVANT, 1.0: RELEVANT}.get(grade, f"{grade:g}")
        yield _found_again(run.asked.sources.refs[row].place), label


def _probe(run: _Run) -> Probe:
    """Fit on the labelled pictures, among all of them."""
    check_enough(run.truth)
    pictures = run.asked.encoded.pictures
    rows = unit_rows(pictures.vectors.astype(np.float32))
    centre, spread = around(rows[np.unique(pictures.first_copy[~np.isnan(run.zero_shot)])])
    keyword, background = run.asked.encoded.concepts[0], run.asked.encoded.concepts[1:]
    examples = Examples(
        vectors=rows[run.known],
        truth=run.truth,
        groups=pictures.first_copy[run.known],
        words=Plane.of_words(keyword, background, centre),
        centre=centre,
        spread=spread,
    )
    return fit_probe(examples)


def _calibration(basis: Basis, made: Fit, target: Target, run: _Run) -> Calibration:
    n_relevant = int(run.truth.sum())
    share = n_relevant / len(run.truth)
    figures: dict[str, Any] = without_nan(
        {"cross_validated": asdict(made.cross_validated), "zero_shot": asdict(made.zero_shot)}
    )
    return Calibration(
        basis=basis,
        curve=made.curve,
        threshold=made.cut.threshold,
        target=str(target),
        n_relevant=n_relevant,
        n_irrelevant=len(run.truth) - n_relevant,
        notes=(
            f"The probability assumes that {100 * share:.0f} % of the pictures are relevant, as "
            "those it learnt from; where far fewer or more are, it is too high or too low.",
        ),
        figures=figures,
        provenance=run.asked.facts,
        doubts=(),
    )


def _lesson(run: _Run, probe: Probe, calibration: Calibration) -> Lesson:
    relevant, irrelevant = (_digests(run, kind) for kind in (run.truth, ~run.truth))
    return Lesson(
        plane=probe.plane,
        calibration=calibration,
        cost=probe.cost,
        text_only=ranking_figures(run.truth, run.zero_shot[run.known]),
        taught=ranking_figures(run.truth, probe.left_out),
        relevant=relevant,
        irrelevant=irrelevant,
    )


def _digests(run: _Run, kind: Bools) -> tuple[str, ...]:
    """Return what the pictures of a kind are known by, without those whose file is gone."""
    places = [run.asked.sources.refs[row].place for row in run.known[kind].tolist()]
    return tuple([digest.hex()[:_DIGITS] for digest in map(digest_of, places) if digest])


def _suggested(run: _Run, lesson: Lesson, count: int) -> list[Suggestion]:
    """Return the pictures whose labels would help most."""
    if not count:
        return []
    pictures = run.asked.encoded.pictures
    rest = np.setdiff1d(np.unique(pictures.first_copy), run.known)
    rest = rest[~np.isnan(run.zero_shot[rest])]
    vectors = pictures.vectors[rest].astype(np.float32)
    chances = lesson.calibration.probability(lesson.scores(vectors))
    places = [_found_again(run.asked.sources.refs[row].place) for row in rest.tolist()]
    chosen = worth_labelling(chances, vectors, count).tolist()
    return [Suggestion(places[at], float(chances[at])) for at in chosen]


def _found_again(place: str) -> str:
    """Return a place as it means the same from wherever a table is saved."""
    return place if is_address(place) else os.path.abspath(place)
