"""A probability by what words say, against what it must be where words are right."""

from __future__ import annotations

import numpy as np

from relevance.judging.calibration.by_words import fit_by_words
from relevance.judging.similarity import sigmoid

NONE = np.array([], dtype=np.int64)


def test_where_words_follow_the_scores_it_is_what_they_say():
    scores = np.random.default_rng(0).normal(size=500)
    curve = fit_by_words(scores, sigmoid(2 * scores - 1), NONE, NONE.astype(bool))
    np.testing.assert_allclose([curve.slope, curve.intercept], [2, -1], atol=0.01)


def test_where_words_are_noisy_it_has_their_mean_and_less_slope():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=2000)
    by_words = sigmoid(2 * scores - 1 + rng.normal(size=2000))
    curve = fit_by_words(scores, by_words, NONE, NONE.astype(bool))
    assert 1 < curve.slope < 2
    np.testing.assert_allclose(curve(scores).mean(), by_words.mean(), atol=1e-3)


def test_labels_count_for_more_than_words():
    scores = np.array([-1.0, 0.0, 1.0, 2.0])
    level = np.full(4, 0.5)
    curve = fit_by_words(scores, level, np.array([0, 3]), np.array([False, True]))
    assert curve.slope > 0
    assert level.tolist() == [0.5] * 4
    flat = fit_by_words(scores, level, np.array([0, 3]), np.array([True, False]))
    assert flat.slope == 0
