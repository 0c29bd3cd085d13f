"""Log odds by a word and examples: the definition, and the laws that all scores keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from relevance.encoders.base import unit_rows
from relevance.judging.examples import Judge, Wanted

DIM = 6


def drawn(seed: int, n: int = 30, like: int = 3, unlike: int = 2) -> tuple[Wanted, np.ndarray]:
    """Return examples around one point, and a run of which a third lies there too."""
    rng = np.random.default_rng(seed)
    kind, other = unit_rows(rng.normal(size=(2, DIM)))

    def around(point: np.ndarray, count: int) -> np.ndarray:
        return unit_rows(point + 0.2 * rng.normal(size=(count, DIM)))

    run = np.concatenate([around(kind, n // 3), unit_rows(rng.normal(size=(n - n // 3, DIM)))])
    keyword = unit_rows(kind[None] + 0.4 * rng.normal(size=DIM))[0]
    background = unit_rows(rng.normal(size=(5, DIM)))
    return Wanted(keyword, background, around(kind, like), around(other, unlike)), run


def unit(row: np.ndarray) -> np.ndarray:
    return row / np.linalg.norm(row)


def defined(wanted: Wanted, run: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Compute the log odds from their definition, in float64 and sentence by sentence."""
    run, like = run.astype(float), wanted.like.astype(float)
    word = wanted.keyword - wanted.background.mean(axis=0)
    share = 1 / (3 + len(like))
    beside = 10 + len(run) / 10
    for _ in range(2):
        weights = 1 - chances
        total = beside + weights.sum()
        centre = (beside * (like.mean(axis=0) - 0.8 * word) + weights @ run) / total
        direction = (1 - share) * unit(unit(like.mean(axis=0)) - centre) + share * unit(word)
        ahead = (run - centre) @ direction
        apart = like - centre
        own = np.mean([row @ row for row in apart])
        pairs = [a @ b for at, a in enumerate(apart) for b in apart[at + 1 :]]
        kind = max((sum(pairs) + 3 * 0.6 * own) / (len(pairs) + 3), 0.05 * own)
        level = (1 - share) * kind / np.sqrt(kind + max(own - kind, 0) / len(like))
        level += share * np.mean(apart @ unit(word))
        spread = np.sqrt((beside * (0.4 * level) ** 2 + weights @ ahead**2) / total)
        odds = (ahead - 0.6 * level) / (0.7 * spread)
        chances = expit(odds)
    if len(wanted.unlike):
        ways = np.array([unit(row - centre) for row in wanted.unlike.astype(float)])
        odds -= 0.25 * np.maximum((run - centre) @ ways.T, 0).max(axis=1) / (0.7 * spread)
    return odds


@pytest.mark.parametrize(("like", "unlike"), [(1, 0), (2, 1), (5, 3)])
def test_log_odds_are_those_of_the_definition(like, unlike):
    wanted, run = drawn(like, like=like, unlike=unlike)
    chances = np.linspace(0.1, 0.9, len(run))
    found = Judge.of(wanted, run, chances).log_odds(run)
    np.testing.assert_allclose(found, defined(wanted, run, chances), atol=1e-4)


def test_the_word_weighs_a_quarter_beside_one_example_and_less_beside_more():
    assert drawn(0, like=1)[0].words_share == 0.25
    assert drawn(0, like=7)[0].words_share == 0.1


def test_without_the_keyword_examples_lie_towards_the_background():
    keyword, background = np.array([1, 0, 0], np.float32), np.array([[0, 1, 0]], np.float32)
    wanted = Wanted(keyword, background, np.array([[0.6, 0, 0.8]], np.float32), np.empty((0, 3)))
    np.testing.assert_allclose(wanted.elsewhere(), [0.6 - 0.8, 0.8, 0.8], atol=1e-6)


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(0, 3))
def test_order_and_verdict_never_contradict(seed, like, unlike):
    wanted, run = drawn(seed, like=like, unlike=unlike)
    scores = Judge.of(wanted, run, np.full(len(run), 0.5)).log_odds(run)
    assert np.isfinite(scores).all()
    ranked = expit(np.sort(scores))
    assert (np.diff(ranked) >= 0).all()
    assert ((ranked >= 0.5) == (np.sort(scores) >= 0)).all()


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_equal_pictures_score_alike_wherever_they_stand_and_skipped_ones_have_none(seed):
    wanted, run = drawn(seed)
    judge = Judge.of(wanted, run, np.full(len(run), 0.5))
    shuffled = np.random.default_rng(seed).permutation(len(run))
    np.testing.assert_array_equal(judge.log_odds(run)[shuffled], judge.log_odds(run[shuffled]))
    assert np.isnan(judge.log_odds(np.full((1, DIM), np.nan))).all()


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_what_is_unlike_only_counts_off(seed):
    wanted, run = drawn(seed, unlike=2)
    alone = Wanted(wanted.keyword, wanted.background, wanted.like, wanted.unlike[:0])
    chances = np.full(len(run), 0.5)
    both = Judge.of(wanted, run, chances).log_odds(run)
    assert (both <= Judge.of(alone, run, chances).log_odds(run)).all()


def test_a_run_of_one_picture_that_is_the_example_is_judged():
    wanted, _ = drawn(3, like=1, unlike=0)
    assert Judge.of(wanted, wanted.like, np.array([0.9])).log_odds(wanted.like)[0] > 0


def test_many_pictures_give_about_the_centre_of_a_part():
    wanted, run = drawn(1, n=30)
    many = np.repeat(run, 1000, axis=0)
    looked_at = many[:: -(-len(many) // 10_000)]
    of_many = Judge.of(wanted, many, np.full(len(many), 0.5)).log_odds(run)
    of_part = Judge.of(wanted, looked_at, np.full(len(looked_at), 0.5)).log_odds(run)
    np.testing.assert_array_equal(of_many, of_part)
