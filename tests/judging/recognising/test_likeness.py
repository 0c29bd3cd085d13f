"""Likeness against the definition, written out with loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.encoders.base import unit_rows
from relevance.judging.recognising.likeness import Types

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, most=5):
    rng = np.random.default_rng(seed)
    names = [f"t{number}" for number in rng.integers(0, 4, rng.integers(1, 4 * most))]
    return names, unit_rows(rng.normal(size=(len(names), 6)).astype(np.float32)), rng


def written_out(picture, own):
    mean = own.mean(axis=0)
    mean /= np.linalg.norm(mean)
    return (max(picture @ row for row in own) + picture @ mean) / 2


@given(SEEDS)
@settings(max_examples=60)
def test_likeness_is_half_nearest_and_half_mean(seed):
    names, vectors, rng = drawn(seed)
    types, order = Types.of(names, vectors)
    assert types.names == tuple(dict.fromkeys(names))
    np.testing.assert_allclose(types.vectors, vectors[order], atol=1e-6)
    pictures = unit_rows(rng.normal(size=(3, 6)).astype(np.float32))
    wanted = [
        [
            written_out(picture, vectors[[n == name for n in names]].astype(float))
            for name in types.names
        ]
        for picture in pictures
    ]
    np.testing.assert_allclose(types.likeness(pictures), wanted, atol=2e-6)


@given(SEEDS)
@settings(max_examples=60)
def test_references_are_judged_without_themselves(seed):
    names, vectors, _ = drawn(seed)
    types, _ = Types.of(names, vectors)
    found = types.among_themselves
    for row, number in enumerate(types.own):
        for other, name in enumerate(types.names):
            rest = (types.own == other) & (np.arange(len(names)) != row)
            if rest.any():
                wanted = written_out(types.vectors[row], types.vectors[rest].astype(float))
                assert found[row, other] == pytest.approx(wanted, abs=3e-6), name
            else:
                assert number == other
                assert np.isnan(found[row, other])


def test_the_nearest_reference_is_one_of_the_type():
    vectors = np.eye(4, dtype=np.float32)
    types, _ = Types.of(["a", "b", "a", "b"], vectors)  # rows: a 0, a 2, b 1, b 3
    picture = unit_rows(np.array([[0.1, 0.9, 0.8, 0.2]], dtype=np.float32))
    assert types.nearest(picture, np.array([0])).tolist() == [1]
    assert types.nearest(picture, np.array([1])).tolist() == [2]


def test_nan_stays_nan():
    types, _ = Types.of(["a", "b"], np.eye(2, dtype=np.float32))
    assert np.isnan(types.likeness(np.full((1, 2), np.nan, dtype=np.float32))).all()


def test_blocks_of_references_change_nothing(monkeypatch):
    names, vectors, _ = drawn(7, most=12)
    whole = Types.of(names, vectors)[0].among_themselves
    monkeypatch.setattr("relevance.judging.recognising.likeness._BLOCK", 3)
    assert np.array_equal(Types.of(names, vectors)[0].among_themselves, whole, equal_nan=True)
