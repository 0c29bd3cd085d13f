"""Strips: places on their axis, against numpy, and what is drawn of many values."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from relevance.pages.strips import MAX_POINTS, SHOWN, Group, strips


def group(values, name="a", low=np.nan, high=np.nan):
    values = np.asarray(values, dtype=np.float64)
    return Group(name, "relevant", values, float(values.mean()), low, high, "")


def xs(svg: str, part: str) -> list[float]:
    path = re.search(rf'class="{part}" d="([^"]*)"', svg)[1]
    return [float(x) for x in re.findall(r"[MH]([-\d.]+)", path)]


finite = st.integers(-3200, 3200).map(lambda number: number / 64)


@given(st.lists(arrays.arrays(np.float64, st.integers(1, 9), elements=finite), min_size=1))
def test_everything_lies_on_one_axis(columns):
    made = strips([group(values, str(n)) for n, values in enumerate(columns)])
    every = np.concatenate([[0.0], *columns])
    low, high = every.min(), every.max()
    margin = 0.03 * (high - low or 1)
    scale = 1000 / (high - low + 2 * margin)
    for values, row in zip(columns, made.rows, strict=True):
        expected = (values - (low - margin)) * scale
        np.testing.assert_allclose(xs(row.svg, "rug"), expected, atol=0.051)
        box = np.quantile(expected, [0.25, 0.75, 0.25])
        np.testing.assert_allclose(xs(row.svg, "half"), box, atol=0.051)
        np.testing.assert_allclose(xs(row.svg, "mean"), expected.mean(), atol=0.051)
    for place, text in made.ticks:
        assert float(text) == pytest.approx(low - margin + place * 10 / scale, abs=1e-6)
    assert 2 <= len(made.ticks) <= 8


def test_intervals_are_drawn_where_there_are_any():
    made = strips([group([0.0, 1.0], "a", 0.2, 0.8), group([0.5], "b")])
    assert xs(made.rows[0].svg, "ci") == pytest.approx([216.98, 783.02], abs=0.06)
    assert 'class="ci"' not in made.rows[1].svg
    assert (made.rows[0].interval, made.rows[1].interval) == ("0.200 to 0.800", "–")


def test_large_groups_are_sampled_and_many_folded():
    made = strips([group(np.arange(1000.0), str(n)) for n in range(30)])
    assert made.is_sampled
    assert len(xs(made.rows[0].svg, "rug")) == MAX_POINTS
    assert (len(made.first), len(made.more)) == (SHOWN, 30 - SHOWN)


@pytest.mark.parametrize("values", [[0.0, 5e-324], [3.0, 3.0], [0.0]])
def test_values_without_a_spread_have_an_axis_too(values):
    made = strips([group(values)])
    assert np.isfinite(xs(made.rows[0].svg, "rug")).all()
    assert made.ticks
