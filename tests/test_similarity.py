"""Against SciPy's distances, and the laws that every similarity must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from relevance.encoders.base import unit_rows
from relevance.similarity import SIMILARITIES, cosine

ROWS = arrays(np.float32, (5, 4), elements=st.floats(-1, 1, width=16))


@given(ROWS, ROWS)
def test_values_equal_scipy(left, right):
    left[:, 0] += 2  # no zero rows, for which a cosine is not defined
    right[:, 0] += 2
    angle = cdist(left, right, "cosine")
    expected = {
        "cosine": 1 - angle,
        "dot": left @ right.T,
        "euclidean": -cdist(left, right, "euclidean"),
        "angular": 1 - np.arccos(np.clip(1 - angle, -1, 1)) / np.pi,
    }
    for name, similarity in SIMILARITIES.items():
        values = similarity(left, right)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected[name], atol=2e-3 if name == "angular" else 1e-4)


@given(ROWS, ROWS)
def test_on_unit_rows_all_rank_alike(left, right):
    left[:, 0] += 2
    right[:, 0] += 2
    a, b = unit_rows(left), unit_rows(right)[:1]
    reference = cosine(a, b)[:, 0]
    for similarity in SIMILARITIES.values():
        values = similarity(a, b)[:, 0]
        order = np.argsort(reference)
        assert (np.diff(values[order]) >= -2e-3).all()


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_row_is_most_similar_to_itself(name):
    rows = unit_rows(np.random.default_rng(0).normal(size=(6, 5)))
    values = SIMILARITIES[name](rows, rows)
    assert (values.argmax(axis=1) == np.arange(6)).all()
    np.testing.assert_allclose(values, values.T, atol=1e-6)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_a_skipped_row_stays_nan(name):
    rows = unit_rows(np.random.default_rng(0).normal(size=(3, 5)))
    rows[1] = np.nan
    values = SIMILARITIES[name](rows, rows[:1])
    assert np.isnan(values[:, 0]).tolist() == [False, True, False]
