"""Labelled pictures among others, and a keyword -> ``Lesson``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from relevance.errors import UsageError
from relevance.exports.json_file import without_nan
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.by_words import fit_by_words
from relevance.judging.calibration.curves import Logistic
from relevance.judging.calibration.fitting import Fit, fit
from relevance.judging.calibration.targets import Target
from relevance.judging.directions import Plane
from relevance.judging.metrics import Floats, ranking_figures
from relevance.judging.teaching.labelled import Labelled, check_both
from relevance.judging.teaching.lesson import Again, Lesson
from relevance.judging.teaching.probe import FEWEST, Probe, fit_probe
from relevance.judging.teaching.rounds import Round, next_round
from relevance.system.threads import on_one_thread

_MIDDLE = 0.5  # where a verdict turns that no labelled pictures could move


@on_one_thread()
def learn(
    labelled: Labelled,
    target: Target,
    again: Again,
    provenance: Mapping[str, Any],
    earlier: Lesson | None = None,
) -> Lesson:
    """Learn what a keyword means here.

    Args:
        labelled: Pictures of both kinds, and all others of the run.
        target: What the threshold is for.
        again: How it was asked for.
        provenance: Command, date and versions.
        earlier: A lesson on the same keyword and encoder, whose rounds go on.

    Raises:
        UsageError: There are no pictures of a kind, or nothing was learnt that parts them; or a
            precision or recall is asked of fewer than three of a kind.
    """
    check_both(labelled.truth, labelled.word.basis.keyword)
    probe = fit_probe(labelled.examples())
    if probe.left_out is None:
        calibration = _by_words(labelled, probe, target, provenance)
        text_only = taught = dict[str, float]()
        error = None
    else:
        made = _fitted(labelled, probe.left_out, target)
        calibration = _measured(labelled, made, target, provenance)
        text_only = ranking_figures(labelled.truth, labelled.by_words[labelled.known])
        taught = ranking_figures(labelled.truth, probe.left_out)
        error = made.cross_validated.verdicts.wrong_share
    return Lesson(
        plane=probe.plane,
        calibration=calibration,
        cost=probe.cost,
        text_only=text_only,
        taught=taught,
        relevant=labelled.digests(labelled.truth),
        irrelevant=labelled.digests(~labelled.truth),
        again=again,
        history=_history(labelled, error, earlier),
    )


def _fitted(labelled: Labelled, left_out: Floats, target: Target) -> Fit:
    """Fit curve and threshold on what probes said that had not seen the pictures."""
    return fit(
        left_out,
        labelled.truth,
        labelled.chances[labelled.known],
        method="logistic",
        target=target,
        first_copy=labelled.among.pictures.first_copy[labelled.known],
    )


def _measured(
    labelled: Labelled, made: Fit, target: Target, provenance: Mapping[str, Any]
) -> Calibration:
    n_relevant, n = int(labelled.truth.sum()), len(labelled.truth)
    return Calibration(
        basis=labelled.word.basis,
        curve=made.curve,
        threshold=made.cut.threshold,
        target=str(target),
        n_relevant=n_relevant,
        n_irrelevant=n - n_relevant,
        notes=(
            f"The probability assumes that {100 * n_relevant / n:.0f} % of the pictures are "
            "relevant, as those it learnt from; where far fewer or more are, it is too high or "
            "too low.",
        ),
        figures=without_nan(
            {"cross_validated": asdict(made.cross_validated), "zero_shot": asdict(made.zero_shot)}
        ),
        provenance=provenance,
        doubts=(),
    )


def _by_words(
    labelled: Labelled, probe: Probe, target: Target, provenance: Mapping[str, Any]
) -> Calibration:
    """Take the probability from what words say of all pictures, and the threshold in the middle."""
    if target.value is not None:
        raise UsageError(
            f"The target {target} is chosen on labelled pictures that were left out; label at "
            f"least {FEWEST} different ones of each kind, or leave --target out."
        )
    n_relevant = int(labelled.truth.sum())
    return Calibration(
        basis=labelled.word.basis,
        curve=_curve_by_words(labelled, probe.plane),
        threshold=_MIDDLE,
        target=str(target),
        n_relevant=n_relevant,
        n_irrelevant=len(labelled.truth) - n_relevant,
        notes=("The probability is what words alone say of pictures that score alike.",),
        figures={},
        provenance=provenance,
        doubts=(
            f"Fewer than {FEWEST} different pictures of a kind are too few to leave any out, so "
            "nothing shows here that what was learnt is better than words alone.",
        ),
    )


def _curve_by_words(labelled: Labelled, plane: Plane) -> Logistic:
    # Copies count once; of a labelled picture it is the labelled copy that counts.
    labels = dict(zip(labelled.known.tolist(), labelled.truth.tolist(), strict=True))
    first_copy = labelled.among.pictures.first_copy
    by_first = {int(first_copy[row]): truth for row, truth in labels.items()}
    rows = labelled.among.different
    at = np.searchsorted(rows, np.array(list(by_first), dtype=np.int64))
    curve = fit_by_words(
        plane.scores(labelled.among.pictures.vectors[rows]),
        labelled.chances[rows],
        at,
        np.array(list(by_first.values()), dtype=bool),
    )
    if not curve.slope > 0:
        raise UsageError(
            "What the examples show and what the words say have nothing in common here, so that "
            f"no probability can be told; label at least {FEWEST} different pictures of each kind."
        )
    return curve


def _history(labelled: Labelled, error: float | None, earlier: Lesson | None) -> tuple[Round, ...]:
    n = len(labelled.truth)
    if not earlier:
        return next_round((), n, error, (0, 0))
    seen = {*earlier.relevant, *earlier.irrelevant}
    digests = [labelled.among.digests[row] for row in labelled.known.tolist()]
    new = np.array([digest not in seen for digest in digests], dtype=bool)
    vectors = labelled.among.pictures.vectors[labelled.known[new]]
    chances = earlier.calibration.probability(earlier.scores(vectors))
    wrong = (chances >= earlier.calibration.threshold) != labelled.truth[new]
    return next_round(earlier.history, n, error, (int(wrong.sum()), int(new.sum())))
