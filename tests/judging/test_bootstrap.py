"""Whether intervals cover what they should, in simulations where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from relevance.judging.bootstrap import ranking_estimates
from relevance.judging.folder_means import folder_rows

RUNS = 300
SHIFT = 1.2  # relevant pictures score so many standard deviations higher


def sample(rng: np.random.Generator, relevant: int, irrelevant: int):
    truth = np.arange(relevant + irrelevant) < relevant
    return truth, rng.normal(truth * SHIFT, 1)


def covered(intervals, truth: float) -> float:
    return float(np.mean([low <= truth <= high for low, high in intervals]))


def test_intervals_of_ranking_metrics_cover_at_their_nominal_rate():
    rng = np.random.default_rng(1)
    true_auc = stats.norm.cdf(SHIFT / 2**0.5)
    many = sample(rng, 100_000, 150_000)
    true_precision = metrics.average_precision_score(*many)
    found = [ranking_estimates(*sample(rng, 60, 90)) for _ in range(RUNS)]
    areas = covered([(auc.low, auc.high) for auc, _ in found], true_auc)
    precisions = covered([(ap.low, ap.high) for _, ap in found], true_precision)
    # Three standard errors of 300 runs around 95 % are 3.8 points.
    assert areas == pytest.approx(0.95, abs=0.04)
    assert precisions == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize("count", [100, 2000])
def test_intervals_of_folder_means_cover_at_their_nominal_rate(count):
    rng = np.random.default_rng(2)
    drawn = [rng.gamma(2, 0.1, count) for _ in range(RUNS)]
    rows = [folder_rows(["f"] * count, scores, scores > 0)[0] for scores in drawn]
    assert covered([(row.ci_low, row.ci_high) for row in rows], 0.2) == pytest.approx(
        0.95, abs=0.04
    )
