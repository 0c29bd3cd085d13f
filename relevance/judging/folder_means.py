"""Scores of one run, averaged by folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BOOTSTRAP_RESAMPLES = 1000
CONFIDENCE = 0.95
STEPS_IN_ONE = 2.0**32
"""Scores are whole multiples of one such step, 2.3e-10, and means count in steps."""

EQUAL_MEANS = 10 * np.finfo(np.float64).eps
"""Means that differ by less are equal but for rounding."""

_SEED = 0  # the same pictures give the same interval
_RESAMPLED = 300  # up to this many pictures; beyond, the bootstrap's limit stands for it
NORMAL_QUANTILE = 1.959963984540054  # of (1 + CONFIDENCE) / 2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FolderRow:
    """Statistics of one folder's scores.

    Attributes:
        folder: Its name.
        n: Scored pictures.
        mean: Arithmetic mean of their scores; see ``mean_of``.
        std: Standard deviation, n - 1 in the denominator; NaN for n = 1.
        ci_low: Lower end of the 95 % percentile bootstrap interval of the mean (Efron and
            Tibshirani 1993), in which copies of a picture are drawn together; NaN where there is
            but one picture, and copies of it. For more than 300 different pictures it is that
            interval's normal limit, from which resampling would differ by chance alone.
        ci_high: Its upper end.
        scaled: The mean on the run's min-max scale, in [0, 1]; NaN for a single folder.
        n_relevant: Pictures judged relevant, at the run's threshold.
    """

    folder: str
    n: int
    mean: float
    std: float
    ci_low: float
    ci_high: float
    scaled: float
    n_relevant: int


def folder_rows(
    folders: Sequence[str],
    scores: npt.ArrayLike,
    relevant: npt.NDArray[np.bool_],
    first_copy: npt.NDArray[np.int64] | None = None,
) -> tuple[FolderRow, ...]:
    """Average scores and count verdicts by folder.

    Args:
        folders: Folder of each of n pictures.
        scores: ``(n,)``; NaN for pictures without a score, which do not count.
        relevant: ``(n,)`` bool, the verdicts.
        first_copy: ``(n,)`` int64, equal for copies of one picture; None where all are different.

    Returns:
        A row for each folder with a scored picture, the highest mean first.
    """
    values = np.asarray(scores, dtype=np.float64)
    pictures = np.arange(len(values)) if first_copy is None else first_copy
    groups: dict[str, list[int]] = {}
    for number in np.flatnonzero(~np.isnan(values)).tolist():
        groups.setdefault(folders[number], []).append(number)
    means = [float(mean_of(values[numbers])) for numbers in groups.values()]
    scaled = min_max_scaled(means).tolist()
    rows = [
        FolderRow(
            folder,
            len(numbers),
            mean,
            *_spread(values[numbers], mean, pictures[numbers]),
            scale,
            int(relevant[numbers].sum()),
        )
        for (folder, numbers), mean, scale in zip(groups.items(), means, scaled, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.mean))


def mean_of(values: npt.NDArray[np.floating]) -> Floats:
    """Average ``(n,)`` or ``(n, m)`` over n, exactly and so without an order.

    Values are counted in steps of ``STEPS_IN_ONE``. Their sum then is a whole number that float64
    holds, for up to two million values of 1, so that folders of the same pictures have the same
    mean however many copies they hold of them and in which order.
    """
    steps = np.rint(values.astype(np.float64) * STEPS_IN_ONE).sum(axis=0)
    return np.asarray(steps / (len(values) * STEPS_IN_ONE), dtype=np.float64)


def min_max_scaled(means: Sequence[float]) -> Floats:
    """Scale folder means of one run to [0, 1] as scikit-learn's ``MinMaxScaler`` does.

    Its sum is repeated here, since importing it takes longer than a whole run over known pictures.

    Returns:
        As many values; 0 where all means are equal, NaN where there are fewer than two.
    """
    values = np.asarray(means, dtype=np.float64)
    if len(values) < 2:
        return np.full(len(values), np.nan)
    span = values.max() - values.min()
    if span < EQUAL_MEANS:
        span = 1.0
    return np.asarray((values - values.min()) / span, dtype=np.float64)


def _spread(
    scores: Floats, mean: float, pictures: npt.NDArray[np.int64]
) -> tuple[float, float, float]:
    """Standard deviation of the scores and interval of their mean.

    Copies of a picture say nothing that it did not, so they are one cluster: the bootstrap draws
    clusters, and the mean of a resample is the sum of its scores by their number. All counts from
    the mean, so that equal scores have neither deviation nor width.
    """
    if len(scores) < 2:
        return np.nan, np.nan, np.nan
    apart = scores - mean
    deviation = float(apart.std(ddof=1))
    _, cluster, counts = np.unique(pictures, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return deviation, np.nan, np.nan
    sums = np.bincount(cluster, apart)
    if len(counts) <= _RESAMPLED:
        drawn = np.random.default_rng(_SEED).integers(
            0, len(counts), (BOOTSTRAP_RESAMPLES, len(counts))
        )
        sizes = len(counts) if counts.max() == 1 else counts[drawn].sum(axis=1)
        means = sums[drawn].sum(axis=1) / sizes
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(means, [tail, 1 - tail]).tolist()
        return deviation, mean + low, mean + high
    error = float(np.sqrt(((sums - counts * apart.mean()) ** 2).sum())) / len(scores)
    return deviation, mean - NORMAL_QUANTILE * error, mean + NORMAL_QUANTILE * error
