"""Guards on what becomes a reference, and what is said when types run into each other."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.encoders.base import unit_rows
from relevance.judging.recognising.drift import find_drift
from relevance.judging.recognising.growth import adds_nothing, is_sure, most_redundant
from relevance.judging.recognising.likeness import Types


@pytest.mark.parametrize(
    ("likeness", "margin", "sure"),
    [(0.89, 0.5, False), (0.91, 0.5, True), (0.91, 0.19, False), (0.91, np.inf, True)],
)
def test_a_reference_must_be_surer_than_a_match(likeness, margin, sure):
    assert is_sure(likeness, 0.8, margin) is sure  # half way from 0.8 to 1


def test_a_near_copy_adds_nothing():
    assert adds_nothing(np.array([0.1, 0.98], dtype=np.float32))
    assert not adds_nothing(np.array([0.1, 0.9], dtype=np.float32))


def test_the_grown_reference_that_tells_least_leaves():
    given = [[1, 0, 0], [0.99, 0.1, 0]]  # alike, but given
    grown = [[0, 1, 0], [0, 0, 1], [0, 0.9, 0.5]]
    vectors = unit_rows(np.array([*given, *grown], dtype=np.float32))
    assert most_redundant(vectors, n_given=2) == 2  # most like the last; the first of the two


def test_references_that_run_into_another_type_are_named():
    near_b = [[0.2, 1, 0], [0.1, 1, 0.1], [0.3, 1, 0]]
    rows = [[1, 0, 0], [1, 0, 0.1], [1, 0.1, 0], *near_b, [0, 1, 0], [0, 1, 0.1]]
    names = ["a"] * 6 + ["b"] * 2
    types, _ = Types.of(names, unit_rows(np.array(rows, dtype=np.float32)))
    (found,) = find_drift(types)
    assert str(found) == (
        "3 of 6 references of a are more like b than like the rest of their own type"
    )


def test_types_that_keep_to_themselves_have_not_drifted():
    types, _ = Types.of(["a", "b", "c"], np.eye(3, dtype=np.float32))
    assert find_drift(types) == []
    alone, _ = Types.of(["a", "a"], np.eye(2, dtype=np.float32))
    assert find_drift(alone) == []
