"""Metrics against scikit-learn on random data, and the laws of the intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn import metrics

import relevance
from relevance.judging.bootstrap import ranking_estimates
from relevance.judging.evaluation import misjudged
from relevance.judging.metrics import at_cutoffs, at_threshold, best_threshold, trace_curves


@st.composite
def labelled(draw):
    """Scores on a coarse grid, so that ties are common, with both classes present."""
    truth = draw(
        st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda t: 0 < sum(t) < len(t))
    )
    grid = st.integers(0, 12).map(lambda step: step / 12)
    scores = draw(st.lists(grid, min_size=len(truth), max_size=len(truth)))
    return np.array(truth), np.array(scores)


@given(labelled())
def test_ranking_metrics_equal_scikit_learn(sample):
    truth, scores = sample
    auc, precision = ranking_estimates(truth, scores)
    assert auc.value == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert precision.value == pytest.approx(metrics.average_precision_score(truth, scores))
    assert 0 <= auc.low <= auc.high <= 1
    assert 0 <= precision.low <= precision.high <= 1


@given(labelled(), st.integers(0, 12))
def test_verdicts_equal_scikit_learn(sample, step):
    truth, probabilities = sample
    point = at_threshold(truth, probabilities, step / 12)
    verdict = probabilities >= step / 12
    confusion = metrics.confusion_matrix(truth, verdict, labels=[False, True])
    assert [
        [point.true_negatives, point.false_positives],
        [point.false_negatives, point.true_positives],
    ] == confusion.tolist()
    for name in ("precision", "recall", "f1"):
        expected = getattr(metrics, f"{name}_score")(truth, verdict, zero_division=0)
        assert getattr(point, name) == pytest.approx(expected)


@given(labelled())
def test_no_threshold_beats_the_best_one(sample):
    truth, probabilities = sample
    best = at_threshold(truth, probabilities, best_threshold(truth, probabilities))
    every = [at_threshold(truth, probabilities, value).f1 for value in np.unique(probabilities)]
    assert best.f1 == pytest.approx(max(every))


@given(labelled())
def test_the_best_threshold_can_be_typed_in_again(sample):
    truth, probabilities = sample
    threshold = best_threshold(truth, probabilities)
    assert at_threshold(truth, probabilities, float(str(threshold))) == at_threshold(
        truth, probabilities, threshold
    )


@given(st.integers(0, 2**32 - 1), st.integers(10, 60))
def test_cutoffs_equal_scikit_learn(seed, size):
    rng = np.random.default_rng(seed)
    truth = rng.permutation([True, False, *(rng.random(size - 2) < 0.3)])
    scores = rng.permutation(size) / size  # without ties, where definitions agree
    order = np.argsort(-scores)
    for cut in at_cutoffs(truth, scores):
        assert cut.ndcg == pytest.approx(metrics.ndcg_score([truth], [scores], k=cut.k))
        assert cut.precision == pytest.approx(truth[order][: cut.k].mean())
        assert cut.recall == pytest.approx(truth[order][: cut.k].sum() / truth.sum())


def test_the_interval_equals_resampling_with_scikit_learn():
    """The counting bootstrap against drawing pictures one by one."""
    rng = np.random.default_rng(11)
    truth = np.arange(60) < 20
    scores = np.round(rng.normal(truth * 0.8, 1), 1)
    auc, precision = ranking_estimates(truth, scores)
    draws = []
    for _ in range(1000):
        hits = rng.choice(np.flatnonzero(truth), 20)
        misses = rng.choice(np.flatnonzero(~truth), 40)
        rows = np.concatenate([hits, misses])
        draws.append(
            (
                metrics.roc_auc_score(truth[rows], scores[rows]),
                metrics.average_precision_score(truth[rows], scores[rows]),
            )
        )
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    np.testing.assert_allclose([auc.low, precision.low], low, atol=0.03)
    np.testing.assert_allclose([auc.high, precision.high], high, atol=0.03)


def test_separation_follows_the_interval(red_and_blue, toy):
    for keyword, expected in (("red", "clear"), ("blue", "reversed")):
        evaluation = relevance.score(keyword, red_and_blue, model=toy).evaluation()
        assert evaluation.separation == expected
        assert (evaluation.n_relevant, evaluation.n_irrelevant) == (12, 20)
        assert evaluation.note.startswith("Small sample: 12 relevant and 20 irrelevant")


@pytest.mark.parametrize(("count", "expected"), [(1, "unclear"), (2, "unclear"), (4, "clear")])
def test_a_perfect_order_of_few_pictures_is_no_proof(tmp_path, toy, count, expected):
    """2 against 2 come out in perfect order by chance one time in six, 4 against 4 in seventy."""
    for folder, colour in (("Relevant", (250, 0, 0)), ("Irrelevant", (0, 0, 250))):
        (tmp_path / folder).mkdir()
        for number in range(count):
            Image.new("RGB", (9, 9), tuple(max(c - 9 * number, 0) for c in colour)).save(
                tmp_path / folder / f"{number}.png"
            )
    evaluation = relevance.score("red", tmp_path, model=toy).evaluation()
    assert evaluation.roc_auc.value == 1
    assert evaluation.separation == expected


@given(labelled())
def test_the_curves_have_the_areas_that_are_reported(sample):
    truth, scores = sample
    auc, precision = ranking_estimates(truth, scores)
    curves = trace_curves(truth, scores)
    area = metrics.auc(curves.false_positive_rate, curves.true_positive_rate)
    assert area == pytest.approx(auc.value)
    steps = np.diff(curves.recall, prepend=0) * curves.precision
    assert steps.sum() == pytest.approx(precision.value)


def test_without_labels_there_is_a_ranking_and_a_reason(red_and_blue, toy):
    (red_and_blue / "Relevant").rename(red_and_blue / "one")
    (red_and_blue / "Irrelevant").rename(red_and_blue / "two")
    scores = relevance.score("red", red_and_blue, model=toy)
    evaluation = scores.evaluation()
    assert not evaluation.available
    assert evaluation.separation == "unknown"
    assert "nothing says how often it is right" in evaluation.note
    assert scores.folders["folder"].tolist() == ["one", "two"]


def test_one_class_alone_is_not_evaluated(red_and_blue, toy):
    evaluation = relevance.score("red", red_and_blue / "Relevant", model=toy).evaluation()
    assert not evaluation.available
    assert "All labelled pictures are relevant" in evaluation.note


def test_misjudged_are_the_rows_where_verdict_and_label_differ(red_and_blue, toy):
    first = relevance.score("red", red_and_blue, model=toy)
    threshold = first.images.query("label == 'relevant'")["probability"].median()
    scores = relevance.score("red", red_and_blue, model=toy, threshold=threshold)
    wrong = misjudged(scores)
    chosen = scores.evaluation().chosen
    assert len(wrong) == chosen.false_positives + chosen.false_negatives > 0
    assert ((wrong["label"] == "relevant") != wrong["relevant"].astype(bool)).all()
    distance = (wrong["probability"] - threshold).abs().to_numpy()
    assert (np.diff(distance) <= 0).all()
