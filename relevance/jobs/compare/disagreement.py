"""Where two runs disagree. Scores of two encoders are never compared; their rankings are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import IntArray
from relevance.jobs.compare.run import Run
from relevance.jobs.compare.standing import common_pictures

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Disputed:
    """One picture, and where both runs put it.

    Attributes:
        row: Its number.
        first: Percentile rank by the first run: 1 is its highest score, 0 its lowest.
        other: The same by the other run.
    """

    row: int
    first: float
    other: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two runs.

    Attributes:
        first: One.
        other: The other.
        spearman: Rank correlation of their scores; NaN where one gives all the same.
        disputed: Pictures with the largest difference in percentile rank, the largest first;
            none where the order is the same.
    """

    first: Run
    other: Run
    spearman: float
    disputed: tuple[Disputed, ...]


def disagreements(
    runs: Sequence[Run], first_copy: IntArray | None = None
) -> tuple[Disagreement, ...]:
    """Hold the first run against each other one, on the pictures that all could score.

    Args:
        runs: Over the same n pictures.
        first_copy: ``(n,)``, equal for copies of one picture, of which one is taken; None where all
            are different.
    """
    rows = np.flatnonzero(common_pictures(runs))
    if first_copy is not None:
        rows = rows[np.unique(first_copy[rows], return_index=True)[1]]
    if len(rows) < 2:
        return ()
    return tuple(_between(runs[0], other, rows) for other in runs[1:])


def _between(first: Run, other: Run, rows: npt.NDArray[np.int64]) -> Disagreement:
    from scipy import stats  # takes long; not for every run of the program

    ranks = [(stats.rankdata(run.scores[rows]) - 1) / (len(rows) - 1) for run in (first, other)]
    with np.errstate(invalid="ignore", divide="ignore"):  # all scores alike: no correlation
        spearman = float(np.asarray(np.corrcoef(ranks[0], ranks[1]))[0, 1])  # of ranks: Spearman's
    gaps = np.abs(ranks[0] - ranks[1])
    order = [at for at in np.argsort(-gaps, kind="stable")[:SHOWN].tolist() if gaps[at] > 0]
    disputed = [Disputed(int(rows[at]), float(ranks[0][at]), float(ranks[1][at])) for at in order]
    return Disagreement(first, other, spearman, tuple(disputed))
