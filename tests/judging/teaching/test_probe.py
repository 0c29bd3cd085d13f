"""The probe against scikit-learn's logistic regression, and what must be true of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from relevance.encoders.base import unit_rows
from relevance.judging.directions import Plane
from relevance.judging.teaching.probe import COSTS, Examples, _fitted, around, fit_probe
from relevance.judging.teaching.suggesting import worth_labelling

DIM = 24


def examples(n_relevant, n_irrelevant, *, apart=1.0, seed=0):
    """Two clouds, and words that point more or less from one to the other."""
    rng = np.random.default_rng(seed)
    arrow = rng.normal(size=DIM)
    arrow /= np.linalg.norm(arrow)
    truth = np.arange(n_relevant + n_irrelevant) < n_relevant
    rows = rng.normal(size=(len(truth), DIM)) * 0.3 + rng.normal(size=DIM)
    rows += np.where(truth[:, None], apart * arrow, 0)
    vectors = unit_rows(rows).astype(np.float32)
    centre, spread = around(vectors)
    words = unit_rows((arrow + rng.normal(size=DIM) * 0.5)[None])[0].astype(np.float32)
    plane = Plane(words, -float(centre @ words))
    groups = np.arange(len(truth))
    return Examples(vectors, truth, groups, plane, centre.astype(np.float32), spread)


@pytest.mark.parametrize("cost", [1e-1, 1e-2, 1e-3])
def test_without_a_start_it_is_weighted_logistic_regression(cost):
    some = examples(30, 50)
    rows = ((some.vectors - some.centre) / some.spread).astype(np.float64)
    first = np.zeros(DIM + 2)
    found = _fitted(rows, some.truth, np.zeros(80), cost, first)
    weights = np.where(some.truth, 0.5 / 30, 0.5 / 50)
    model = LogisticRegression(C=1 / cost, tol=1e-10, max_iter=10_000)
    model.fit(rows, some.truth, sample_weight=weights)
    np.testing.assert_allclose(found[:-2], model.coef_[0], rtol=0.01, atol=5e-3)
    assert found[-2] == pytest.approx(model.intercept_[0], rel=0.01, abs=5e-3)


def test_the_start_is_three_parts_of_the_examples_and_one_of_the_words():
    some = examples(5, 5)
    mean = unit_rows(some.vectors[:5].mean(axis=0)[None])[0].astype(np.float64)
    arrow = mean - some.centre
    arrow /= np.linalg.norm(arrow)
    np.testing.assert_allclose(
        some.start().direction, 0.75 * arrow + 0.25 * some.words.direction, atol=1e-6
    )


def test_what_is_learnt_holds_for_others():
    """With words that know little, sixty examples order new pictures better than the start."""
    every = examples(600, 600, apart=0.7, seed=3)
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.choice(1200, 60, replace=False))
    probe = fit_probe(every.some(chosen))
    rest = np.setdiff1d(np.arange(1200), chosen)
    taught = roc_auc_score(every.truth[rest], probe.plane.scores(every.vectors[rest]))
    words = roc_auc_score(every.truth[rest], every.words.scores(every.vectors[rest]))
    assert taught > words + 0.03
    inside = roc_auc_score(every.truth[chosen], probe.left_out)
    assert inside == pytest.approx(taught, abs=0.15)


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_labels_that_mean_nothing_teach_nothing(seed):
    """Each example is judged by a probe that did not see it, or noise would look learnt."""
    some = examples(40, 40, apart=0.0, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(some.truth)
    blind = Examples(some.vectors, shuffled, some.groups, some.words, some.centre, some.spread)
    probe = fit_probe(blind)
    assert roc_auc_score(shuffled, probe.left_out) < 0.75
    assert np.isfinite(probe.left_out).all()
    assert probe.cost in COSTS


def test_copies_are_never_on_both_sides():
    some = examples(6, 6, apart=0.0)
    rows = np.repeat(np.arange(12), 4)
    copied = some.some(rows)
    copied = Examples(
        copied.vectors, copied.truth, rows.astype(np.int64), some.words, some.centre, some.spread
    )
    probe = fit_probe(copied)
    assert roc_auc_score(copied.truth, probe.left_out) < 0.95  # learnt by heart it would be 1
    for group in range(12):
        assert np.ptp(probe.left_out[rows == group]) < 1e-6


def test_the_same_examples_in_another_order_give_the_same_direction():
    some = examples(12, 20)
    order = np.random.default_rng(1).permutation(32)
    left, right = (_at_one_cost(part) for part in (some, some.some(order)))
    np.testing.assert_allclose(left, right, atol=1e-3)


def _at_one_cost(some):
    rows = ((some.vectors - some.centre) / some.spread).astype(np.float64)
    return _fitted(rows, some.truth, some.start().scores(some.vectors), 1e-2, np.zeros(DIM + 2))


def test_suggestions_are_unsure_and_unlike_each_other():
    rng = np.random.default_rng(0)
    vectors = unit_rows(rng.normal(size=(200, 8))).astype(np.float32)
    vectors[50:60] = vectors[50]  # ten copies, all as unsure as can be
    chances = np.full(200, 0.99)
    chances[50:60] = 0.5
    chances[100:140] = 0.55
    chosen = worth_labelling(chances, vectors, 10)
    assert len(set(chosen.tolist())) == 10
    assert sum(50 <= row < 60 for row in chosen) == 1
    assert all(50 <= row < 60 or 100 <= row < 140 for row in chosen)
    assert len(worth_labelling(chances[:3], vectors[:3], 10)) == 3


@pytest.mark.parametrize(("relevant", "irrelevant"), [(1, 1), (2, 2), (1, 30), (30, 2)])
def test_of_few_examples_none_is_left_out_and_the_start_is_hardly_left(relevant, irrelevant):
    every = examples(60, 60, apart=0.7)
    chosen = np.r_[0:relevant, 60 : 60 + irrelevant]
    probe = fit_probe(every.some(chosen))
    assert probe.left_out is None
    assert probe.cost == max(COSTS)
    start = every.some(chosen).start().direction
    cosine = probe.plane.direction @ start / np.linalg.norm(probe.plane.direction)
    assert cosine / np.linalg.norm(start) > 0.9


def test_copies_of_one_picture_are_one_example():
    some = examples(4, 4)
    rows = np.array([0, 0, 0, 4, 5, 6])
    assert fit_probe(some.some(rows)).left_out is None
