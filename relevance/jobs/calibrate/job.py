"""``calibrate``: labelled folders in, a ``Calibration`` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from relevance.embedding.embeddings import Watch
from relevance.embedding.watching import watched
from relevance.errors import UsageError, check_choice
from relevance.exports.json_file import without_nan
from relevance.jobs.score.job import answer
from relevance.jobs.score.question import Question
from relevance.jobs.score.result import Scores
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.curves import METHODS
from relevance.judging.calibration.doubts import find_doubts
from relevance.judging.calibration.fitting import Figures, Fit, fit
from relevance.judging.calibration.model import Basis
from relevance.judging.calibration.targets import F1, Target
from relevance.judging.evaluation import SMALL_SAMPLE, Evaluation
from relevance.judging.settings import Choices, Settings
from relevance.pictures.given import Pictures, several_pictures
from relevance.system.arguments import one_keyword, several
from relevance.system.command_line import command_line


@watched()
def calibrate(
    keyword: str,
    paths: Pictures,
    *,
    target: str = F1,
    method: str = "logistic",
    force: bool = False,
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> Calibration:
    """Fit a threshold and a probability on labelled pictures, for pictures without labels.

    Args:
        keyword: Word or phrase that names the product, such as "almonds".
        paths: A folder, or several, with relevant and irrelevant pictures.
        target: What the threshold is for: "f1", "precision=0.95", "recall=0.9" or the like.
        method: "logistic" (Platt 1999), which suits few pictures, or "isotonic" (Zadrozny and
            Elkan 2002), which bends to any shape and wants some hundreds.
        force: Make it also where nothing shows that it helps; the reasons why not to then stand in
            ``doubts``, and on every page that uses it.
        relevant: Names of the folders known to be relevant; all others then count as irrelevant.
        labels: CSV file with the columns path and label, in place of labels by folder.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: As for ``score``.

    Returns:
        What ``score`` takes as ``calibration``.

    Raises:
        UsageError: An argument cannot be used, there are too few labelled pictures of a kind, the
            scores do not part the kinds, no threshold reaches the target, or, unless forced, it
            is not shown that the calibration is better than none.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    check_choice("method", method, METHODS)
    wanted = Target.parse(target)
    question = Question(one_keyword(keyword), several_pictures(paths), several(relevant), labels)
    settings = Settings.of(**choices)
    scores = answer(question, settings, progress)
    grades, pictures = scores.pictures.grade, scores.pictures
    known = pictures.is_scored & ~np.isnan(grades)
    truth = grades[known] > 0
    values = pictures.score[known].astype(np.float64)
    evaluation = scores.evaluation()
    if evaluation.available and evaluation.roc_auc.value <= 0.5:
        raise UsageError(
            f"Irrelevant pictures score as high as relevant ones or higher (ROC AUC "
            f"{evaluation.roc_auc.value:.2f}), so no threshold can help: the encoder does not "
            f"know “{scores.keyword}” well enough. Try another --model or other words."
        )
    made = fit(
        values,
        truth,
        pictures.probability[known],
        method=method,
        target=wanted,
        first_copy=pictures.first_copy[known],
    )
    doubts = find_doubts(made, evaluation, wanted)
    if doubts and not force:
        raise UsageError(
            f"{' '.join(doubts)} Label more pictures, try another --model or other words, or add "
            "--force to have it nevertheless."
        )
    same = settings.words(scores.encoder.name)
    words = [*same, *question.label_words(), *settings.exclude_words(), *wanted.words()]
    words += ["--method", method] if method != METHODS[0] else []
    words += ["--force"] if force else []
    command = command_line("calibrate", question.subjects, words)
    notes = [*_notes(evaluation, values, truth, method), *_shortfall(made, wanted)]
    provenance = _provenance(scores, command, same)
    return _calibration(scores, made, wanted, (notes, doubts), provenance)


def _calibration(
    scores: Scores,
    made: Fit,
    target: Target,
    said: tuple[Sequence[str], Sequence[str]],
    provenance: dict[str, Any],
) -> Calibration:
    """Put together what is kept; ``said`` are notes and doubts."""
    notes, doubts = said
    evaluation = scores.evaluation()
    return Calibration(
        basis=Basis(
            keyword=scores.keyword,
            prompts=tuple(scores.provenance["prompts"]),
            background=tuple(scores.provenance["background_concepts"]),
            encoder=scores.encoder.name,
            fingerprint=scores.encoder.fingerprint,
        ),
        curve=made.curve,
        threshold=made.cut.threshold,
        target=str(target),
        n_relevant=evaluation.n_relevant,
        n_irrelevant=evaluation.n_irrelevant,
        notes=tuple(notes),
        figures=_figures(made, evaluation),
        provenance=provenance,
        doubts=tuple(doubts),
    )


def _notes(
    evaluation: Evaluation, scores: np.ndarray[Any, Any], truth: np.ndarray[Any, Any], method: str
) -> list[str]:
    """How far to trust it, in plain words."""
    share = evaluation.n_relevant / evaluation.n_labelled
    found = []
    if min(evaluation.n_relevant, evaluation.n_irrelevant) < SMALL_SAMPLE:
        found.append(
            f"Few examples: {evaluation.n_relevant} relevant and {evaluation.n_irrelevant} "
            "irrelevant pictures. On other pictures the figures may differ a good deal."
        )
        if method == "isotonic":
            found.append("An isotonic curve wants some hundreds of pictures; logistic suits few.")
    if scores[truth].min() > scores[~truth].max():
        found.append(
            "The two kinds are perfectly separated on these pictures: every threshold between "
            "them is as good, and nothing says how steep the curve is where they meet."
        )
    found.append(
        f"The probability assumes that {100 * share:.0f} % of the pictures are relevant, as here; "
        "where far fewer or more are, it is too high or too low."
    )
    return found


def _shortfall(made: Fit, target: Target) -> list[str]:
    """Say what is not met on pictures left out of the fit, or has its price there."""
    after, before = (figures.verdicts for figures in (made.cross_validated, made.zero_shot))
    if target.value is None and after.wrong_share > before.wrong_share:
        return [
            f"F1 weighs a miss more than a false alarm: {100 * after.wrong_share:.0f} % of the "
            f"verdicts are wrong, instead of {100 * before.wrong_share:.0f} % uncalibrated."
        ]
    reached = getattr(made.cross_validated.verdicts, target.metric)
    if target.value is None or reached >= target.value:
        return []
    return [
        f"The {target.metric} of {target.value:g} is met on the labelled pictures, but on pictures "
        f"left out of the fit it was {reached:.2f}. Expect that, label more, or aim higher."
    ]


def _figures(made: Fit, evaluation: Evaluation) -> dict[str, Any]:
    parts: dict[str, Figures] = {
        "cross_validated": made.cross_validated,
        "zero_shot": made.zero_shot,
    }
    ranking = {
        "roc_auc": asdict(evaluation.roc_auc),
        "average_precision": asdict(evaluation.average_precision),
    }
    plain: dict[str, Any] = without_nan(
        ranking | {name: asdict(figures) for name, figures in parts.items()}
    )
    return plain


def _provenance(scores: Scores, command: str, options: Sequence[str]) -> dict[str, Any]:
    """Where it comes from; the options are those that scores need to be the same."""
    kept = ("date", "encoder_choice", "max_pixels", "warnings", "versions", "labels")
    facts = {name: scores.provenance[name] for name in kept}
    return {"command": command, "options": list(options)} | facts
