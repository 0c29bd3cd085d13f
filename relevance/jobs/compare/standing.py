"""How the runs stand to each other: quality with intervals, cost, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relevance.encoders.base import IntArray
from relevance.jobs.compare.run import Run
from relevance.judging.bootstrap import Estimate, paired_differences, ranking_estimates
from relevance.judging.labels import Grades
from relevance.judging.metrics import AtCutoff, Bools, at_cutoffs

MOST_SHOWN = 10
"""Precision and nDCG are of the 10 best pictures, or of fewer where there are fewer."""


FEWEST = 5
"""Pictures of each kind below which no difference counts as shown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One run among the others; what labels are needed for is None without them.

    Attributes:
        run: What was measured.
        roc_auc: Area under the ROC curve.
        average_precision: Average precision.
        auc_gain: AUC less that of the first run, with a paired bootstrap interval; None for the
            first run itself.
        precision_gain: The same of average precision.
        best: Precision, recall and nDCG of the k best pictures.
        n_relevant: Labelled relevant pictures that all runs could score; copies count once.
        n_irrelevant: Irrelevant ones; the same.
        on_front: No other run is at least as good and as fast, and better in one.
    """

    run: Run
    roc_auc: Estimate | None
    average_precision: Estimate | None
    auc_gain: Estimate | None
    precision_gain: Estimate | None
    best: AtCutoff | None
    n_relevant: int
    n_irrelevant: int
    on_front: bool

    @property
    def differs(self) -> int:
        """1 or -1 where it is shown to order better or worse than the first run, else 0.

        With a handful of pictures of a kind a bootstrap interval has hardly any width, so it
        shows nothing there.
        """
        few = min(self.n_relevant, self.n_irrelevant) < FEWEST
        if few or self.auc_gain is None:
            return 0
        return int(self.auc_gain.low > 0) - int(self.auc_gain.high < 0)


def standings(
    runs: Sequence[Run], grades: Grades, first_copy: IntArray | None = None
) -> tuple[Standing, ...]:
    """Hold runs against labels, on the pictures that all of them could score.

    Args:
        runs: At least one, over the same n pictures.
        grades: ``(n,)``, NaN for unknown.
        first_copy: ``(n,)``, equal for copies of one picture, which are drawn together; None where
            all are different.
    """
    known = common_pictures(runs) & ~np.isnan(grades)
    truth = grades[known] > 0
    copies = np.flatnonzero(known) if first_copy is None else first_copy[known]
    counts = len(np.unique(copies[truth])), len(np.unique(copies[~truth]))
    if not all(counts):
        return tuple(Standing(run, None, None, None, None, None, *counts, False) for run in runs)
    scores = [run.scores[known] for run in runs]
    estimates = [ranking_estimates(truth, values, copies) for values in scores]
    gains = [paired_differences(truth, scores[0], values, copies) for values in scores[1:]]
    front = pareto_front([ap.value for _, ap in estimates], [run.rate for run in runs])
    return tuple(
        Standing(
            run=run,
            roc_auc=auc,
            average_precision=precision,
            auc_gain=gains[number - 1][0] if number else None,
            precision_gain=gains[number - 1][1] if number else None,
            best=_at_most(grades[known], values),
            n_relevant=counts[0],
            n_irrelevant=counts[1],
            on_front=is_front,
        )
        for number, (run, values, (auc, precision), is_front) in enumerate(
            zip(runs, scores, estimates, front, strict=True)
        )
    )


def common_pictures(runs: Sequence[Run]) -> Bools:
    """Say which of n pictures every run has a score for: ``(n,)`` bool."""
    scores = np.stack([run.scores for run in runs])
    return np.asarray(~np.isnan(scores).any(axis=0), dtype=bool)


def pareto_front(quality: Sequence[float], speed: Sequence[float]) -> list[bool]:
    """Say of each whether none of the others is as good and as fast, and better in one."""
    points = list(zip(quality, speed, strict=True))
    return [
        not any(other != own and other[0] >= own[0] and other[1] >= own[1] for other in points)
        for own in points
    ]


def _at_most(grades: Grades, scores: Grades) -> AtCutoff:
    """Figures of the 10 best pictures, or of the largest cutoff below."""
    cuts = [cut for cut in at_cutoffs(grades, scores) if cut.k <= MOST_SHOWN]
    return cuts[-1]
