"""Two encoders on the same pictures: figures against scikit-learn and metrics, intervals' laws."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from relevance.judging.metrics import at_cutoffs
from relevance.judging.paired import FIGURES, Answers, Truth, figures_of, gains


def answers(rng, own, strength):
    scores = rng.normal(size=(len(own), 4)).round(1)  # rounded, so that there are ties
    scores[np.arange(len(own)), own] += strength
    return Answers(scores, scores.argmax(1))


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(3)
    own = rng.integers(4, size=60)
    truth = Truth(own, np.array([0, 1, 3]), np.arange(60), 10)
    return truth, answers(rng, own, 0.3), answers(rng, own, 1.5)


def test_figures_are_those_of_metrics(case):
    truth, before, _ = case
    found = figures_of(truth, before)
    for at, keyword in enumerate(truth.keywords):
        relevant, scores = truth.own == keyword, before.scores[:, keyword]
        cut = next(c for c in at_cutoffs(relevant.astype(float), scores) if c.k == 10)
        expected = (
            roc_auc_score(relevant, scores),
            average_precision_score(relevant, scores),
            *(cut.precision, cut.recall, cut.ndcg),
            (before.best[relevant] == keyword).mean(),
        )
        assert [found[name][at] for name in FIGURES] == pytest.approx(expected)


def test_a_better_encoder_is_shown_to_be_better_and_the_same_one_is_not(case):
    truth, before, after = case
    for name, item in gains(truth, before, after).items():
        assert item.gain.value == pytest.approx(item.after - item.before)
        assert item.gain.low <= item.gain.value <= item.gain.high
        if name in {"roc_auc", "average_precision", "top_1"}:
            assert item.gain.low > 0
    same = gains(truth, before, before)
    assert all((i.gain.low, i.gain.value, i.gain.high) == (0, 0, 0) for i in same.values())


def test_copies_are_drawn_together():
    """Each picture twice, as copies, gives the interval of each once."""
    rng = np.random.default_rng(4)
    own = np.repeat(np.arange(4), 8)
    before, after = answers(rng, own, 0.3), answers(rng, own, 0.8)
    once = Truth(own, np.arange(4), np.arange(32), 10)
    twice = Truth(np.tile(own, 2), np.arange(4), np.tile(np.arange(32), 2), 10)
    doubled = [Answers(np.tile(a.scores, (2, 1)), np.tile(a.best, 2)) for a in (before, after)]
    one, two = gains(once, before, after), gains(twice, *doubled)
    for name in ("average_precision", "top_1"):  # AUC too; the cutoff means half as much
        assert two[name].gain.high == pytest.approx(one[name].gain.high, abs=0.02)


def test_keywords_of_one_picture_are_drawn_themselves():
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(30, 30))
    better = scores + 2 * np.eye(30)
    truth = Truth(np.arange(30), np.arange(30), np.arange(30), 5)
    pair = Answers(scores, scores.argmax(1)), Answers(better, better.argmax(1))
    gain = gains(truth, *pair)["roc_auc"].gain
    assert 0 < gain.low < gain.value < gain.high
