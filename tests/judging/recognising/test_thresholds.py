"""The threshold against its definition, and what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from relevance.encoders.base import unit_rows
from relevance.errors import UsageError
from relevance.judging.recognising.likeness import Types
from relevance.judging.recognising.thresholds import (
    FIXED,
    STRICT,
    find_threshold,
    given_threshold,
)


def clusters(n_types, n_each, *, noise=0.5, seed=0, dim=32):
    """Types around random centres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_types, dim))
    rows = np.repeat(centres, n_each, axis=0) + noise * rng.normal(size=(n_types * n_each, dim))
    names = [f"t{number}" for number in range(n_types) for _ in range(n_each)]
    return names, unit_rows(rows.astype(np.float32)), centres


def test_the_threshold_is_that_of_the_definition():
    types, _ = Types.of(*clusters(6, 4, noise=1.0)[:2])
    likeness = types.among_themselves.astype(float)
    own = np.array([likeness[n, t] for n, t in enumerate(types.own)])
    others = np.array([np.delete(likeness[n], t) for n, t in enumerate(types.own)])
    level = (others.max(axis=1).mean() + own.mean()) / 2  # as many of each type
    columns = [likeness[types.own != number, number] for number in range(6)]
    spread = np.sqrt(np.mean([np.var(column) for column in columns]))
    wanted = level + 0.65 * spread * stats.t.ppf(0.9, df=6)
    assert wanted < STRICT
    assert find_threshold(types, 0.1).value == pytest.approx(wanted, abs=2e-5)


def test_its_effects_are_counted():
    types, _ = Types.of(*clusters(5, 4, noise=1.2)[:2])
    found = given_threshold(types, 0.3)
    likeness = types.among_themselves
    for number in range(5):
        own = types.own == number
        assert found.recognised[number] == (likeness[own, number] >= 0.3).sum()
        assert found.mistaken[number] == (likeness[~own, number] >= 0.3).sum()
    assert found.mistaken.sum() > 0


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_fewer_false_matches_never_lower_the_threshold(n_types, n_each, seed):
    types, _ = Types.of(*clusters(n_types, n_each, seed=seed)[:2])
    values = [find_threshold(types, rate).value for rate in (0.3, 0.1, 0.05, 0.01, 0.001)]
    assert values == sorted(values)
    assert all(-1 <= value <= STRICT for value in values)


def test_types_that_keep_apart_are_told_from_strangers_and_recognised():
    rng = np.random.default_rng(5)
    false, hits = [], []
    for seed in range(20):
        names, vectors, centres = clusters(10, 4, noise=0.3, seed=seed)
        types, _ = Types.of(names, vectors)
        value = find_threshold(types, 0.05).value
        strangers = unit_rows(rng.normal(size=(200, 32)).astype(np.float32))
        known = unit_rows((centres + 0.3 * rng.normal(size=centres.shape)).astype(np.float32))
        likeness = types.likeness(known)
        hits.append((likeness >= value).any(axis=1) & (likeness.argmax(axis=1) == np.arange(10)))
        false.append((types.likeness(strangers) >= value).any(axis=1))
    assert np.mean(false) <= 0.05
    assert np.mean(hits) > 0.95


def test_one_type_has_a_fixed_threshold_and_says_so():
    types, _ = Types.of(["a"] * 3, np.eye(3, dtype=np.float32))
    found = find_threshold(types)
    assert found.value == FIXED
    assert found.note == "fixed at 0.85: with one type nothing says how near others come"


def test_so_have_types_with_one_reference_each():
    types, _ = Types.of(["a", "b", "c"], np.eye(3, dtype=np.float32))
    found = find_threshold(types)
    assert found.value == FIXED
    assert "no type has two references" in found.note
    assert found.recognised.tolist() == [0, 0, 0]


def test_one_type_with_two_references_is_enough():
    names, vectors, _ = clusters(3, 2)
    types, _ = Types.of([*names[:4], names[4]], vectors[:5])
    assert find_threshold(types).note == ""


@pytest.mark.parametrize("rate", [0, 1, -0.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    types, _ = Types.of(["a", "b"], np.eye(2, dtype=np.float32))
    with pytest.raises(UsageError, match="rate of false matches must lie between 0 and 1"):
        find_threshold(types, rate)


def test_a_threshold_that_is_no_cosine_is_refused():
    types, _ = Types.of(["a", "b"], np.eye(2, dtype=np.float32))
    with pytest.raises(UsageError, match="from -1 to 1, not 92"):
        given_threshold(types, 92)
