"""Against SciPy's distances, and the laws that every similarity must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from relevance.embedding.cosines import cosine
from relevance.encoders.base import unit_rows
from relevance.judging.similarity import SIMILARITIES

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


@settings(max_examples=50)
@given(
    st.integers(1, 700),
    st.integers(1, 70),
    st.integers(1, 50),
    st.sampled_from([np.float16, np.float32, np.float64]),
    st.integers(0, 2**32 - 1),
)
def test_equal_rows_are_equally_similar_whatever_the_shape(dim, n, m, dtype, seed):
    """Kernels of matrix products add in another order at the edges of a matrix."""
    rng = np.random.default_rng(seed)
    three, keywords = rng.normal(size=(3, dim)).astype(dtype), rng.normal(size=(2, dim))
    which, column = rng.integers(0, 3, n), rng.integers(0, 2, m)
    for name, similarity in SIMILARITIES.items():
        values = similarity(three[which], keywords[column])
        alone = [[similarity(row[None], word[None])[0, 0] for word in keywords] for row in three]
        np.testing.assert_array_equal(values, np.array(alone)[which][:, column], name)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_copies_in_a_large_matrix_are_equally_similar(dtype):
    rows = np.random.default_rng(0).normal(size=(3, 512)).astype(dtype)
    which = np.arange(9001) % 3
    values = cosine(rows[which], rows)
    assert (values == cosine(rows, rows)[which]).all()


@pytest.mark.parametrize("dim", [2, 640, 1024, 4096])
def test_cosines_are_exact_to_one_in_a_million(dim):
    rng = np.random.default_rng(dim)
    left = rng.normal(size=(50, dim)) * np.exp(rng.normal(size=(50, dim)) * 2)  # some spikes
    right = rng.normal(size=(20, dim))
    a, b = left.astype(np.float32).astype(float), right.astype(np.float32).astype(float)
    expected = a @ b.T / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(cosine(left, right), expected, atol=1e-6)


def test_a_zero_row_is_like_nothing_and_its_sizes_do_not_matter():
    rows = np.array([[0, 0], [1e-30, 0], [1e30, 1e30]], np.float32)
    np.testing.assert_allclose(cosine(rows, rows[1:]), [[0, 0], [1, 0.5**0.5], [0.5**0.5, 1]])


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
