from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import logsumexp
from sklearn.preprocessing import minmax_scale

from relevance.embedding.embeddings import Embeddings, embed_concepts
from relevance.encoders.base import unit_rows
from relevance.judging.calibration.curves import Isotonic, Logistic
from relevance.judging.folder_means import folder_rows, min_max_scaled
from relevance.judging.scoring import probability, score_images, score_of
from relevance.pictures.folders import ImageRef
from tests.support.toy import INFO, ToyEncoder


def table(**folders: list[float]) -> pd.DataFrame:
    rows = [(name, value) for name, values in folders.items() for value in values]
    names, scores = zip(*rows, strict=True)
    return pd.DataFrame(
        [asdict(row) for row in folder_rows(names, np.array(scores), np.array(scores) > 0.25)]
    )


def test_folder_statistics():
    folders = table(low=[0.1, 0.2, 0.3], high=[0.5, 0.7], one=[0.4])
    assert folders["folder"].tolist() == ["high", "one", "low"]
    assert folders["n"].tolist() == [2, 1, 3]
    np.testing.assert_allclose(folders["mean"], [0.6, 0.4, 0.2])
    np.testing.assert_allclose(folders["std"], [0.2 / 2**0.5, np.nan, 0.1])
    np.testing.assert_allclose(folders["scaled"], [1, 0.5, 0])
    assert folders["ci_low"][0] == pytest.approx(0.5)
    assert folders["ci_high"][0] == pytest.approx(0.7)
    assert np.isnan(folders["ci_low"][1])
    assert folders["n_relevant"].tolist() == [2, 1, 1]


def test_skipped_pictures_do_not_count():
    folders = table(a=[0.1, np.nan, 0.3], gone=[np.nan])
    assert folders["folder"].tolist() == ["a"]
    assert folders["n"].tolist() == [2]
    assert folders["n_relevant"].tolist() == [1]
    assert folders["mean"][0] == pytest.approx(0.2)


@pytest.mark.parametrize("count", [2, 7, 300])
def test_the_interval_is_scipys_bootstrap_of_the_mean(count):
    scores = np.random.default_rng(count).gamma(2, 0.1, count)
    (row,) = folder_rows(["a"] * count, scores, scores > 0)
    expected = stats.bootstrap(
        (scores,),
        np.mean,
        n_resamples=1000,
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    np.testing.assert_allclose([row.ci_low, row.ci_high], expected, atol=1e-12)


@pytest.mark.parametrize("count", [300, 301])
def test_the_interval_of_many_pictures_is_the_normal_limit(count):
    """On both sides of the change it meets mean ± 1.96 standard errors."""
    scores = np.random.default_rng(3).normal(0.3, 0.1, count)
    row = table(a=list(scores)).iloc[0]
    error = scores.std(ddof=1) / len(scores) ** 0.5
    assert row["ci_low"] == pytest.approx(scores.mean() - 1.96 * error, abs=0.2 * error)
    assert row["ci_high"] == pytest.approx(scores.mean() + 1.96 * error, abs=0.2 * error)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_scaling_equals_scikit_learn(means):
    np.testing.assert_allclose(min_max_scaled(means), minmax_scale(means), atol=1e-12)


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=5),
    st.lists(st.integers(1, 60), min_size=2, max_size=8),
    st.randoms(use_true_random=False),
)
def test_folders_of_the_same_pictures_have_equal_means(scores, sizes, random):
    """However many copies each holds, and in which order."""
    folders = {}
    for number, size in enumerate(sizes):
        folders[f"f{number}"] = random.sample(scores * size, len(scores) * size)
    found = table(**folders)
    assert found["mean"].nunique() == 1
    assert (found["scaled"] == 0).all()
    if len(set(scores)) == 1:
        assert found["mean"][0] == pytest.approx(scores[0], abs=2.4e-10)


def test_equal_scores_have_neither_deviation_nor_width():
    (row,) = folder_rows(["a"] * 7, np.full(7, 0.3), np.ones(7, bool))
    assert (row.std, row.ci_low, row.ci_high) == pytest.approx((0, row.mean, row.mean), abs=1e-9)


def test_one_folder_cannot_be_scaled():
    assert np.isnan(min_max_scaled([0.3])).all()
    assert min_max_scaled([0.2, 0.3]).tolist() == [0, 1]


COSINES = arrays(np.float32, (6, 5), elements=st.floats(-1, 1, width=32))


@given(COSINES, st.floats(1, 200))
def test_the_score_is_the_cosine_above_the_background(cosines, scale):
    """The level is the power mean of order one half of exp(scale × cosine), as a cosine."""
    info = replace(INFO, logit_scale=scale)
    own, others = cosines[:, :2].astype(float), cosines[:, 2:].astype(float)
    level = 2 / scale * (logsumexp(scale / 2 * others, axis=1) - np.log(3))
    scores = score_of(cosines[:, :2], cosines[:, 2:], info)
    np.testing.assert_allclose(scores, own - level[:, None], atol=1e-8)
    power_mean = np.mean(np.exp(scale * (others - level[:, None])) ** 0.5, axis=1) ** 2
    np.testing.assert_allclose(power_mean, 1, rtol=1e-6)


def test_the_probability_is_a_posterior_with_odds_of_one_to_n_to_two_thirds():
    cosines = np.array([[0.3, 0.2, 0.1], [0.2, 0.3, 0.25]], dtype=np.float32)
    background = [(np.exp(1) / 2 + np.exp(0.5) / 2) ** 2, (np.exp(1.5) / 2 + np.exp(1.25) / 2) ** 2]
    fits = np.exp([3, 2])
    expected = fits / (fits + np.array(background) * 2 ** (2 / 3))
    chance = probability(score_of(cosines[:, :1], cosines[:, 1:], INFO)[:, 0], 2, INFO)
    np.testing.assert_allclose(chance, expected, rtol=1e-6)


@given(
    arrays(np.float32, (40, 4), elements=st.floats(-1, 1, width=32)),
    st.sampled_from([1.0, 14.3, 100.0, 1000.0]),
    st.sampled_from([None, -10.0]),
)
def test_order_and_verdict_never_contradict(cosines, scale, bias):
    """Whatever the threshold: nothing that is refused stands above what is accepted."""
    cosines[20:] = np.nextafter(cosines[:20], 2)  # neighbours, which rounding could swap
    info = replace(INFO, logit_scale=scale, logit_bias=bias)
    scores = score_of(cosines[:, :1], cosines[:, 1:], info)[:, 0]
    chances = probability(scores, 3, info)
    order = np.argsort(scores, kind="stable")
    assert (np.diff(chances[order]) >= 0).all()
    ties = np.diff(scores[order]) == 0
    assert (np.diff(chances[order])[ties] == 0).all()
    for curve in (Logistic(scale, -1.0), Isotonic((-1.0, 0.0, 0.5), (0.1, 0.4, 0.9))):
        assert (np.diff(curve(scores[order])) >= 0).all()


def test_sigmoid_probability_ignores_the_background():
    info = ToyEncoder(logit_bias=-2.0).info
    own = np.array([[0.3]], dtype=np.float32)
    for background in (np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)):
        score = score_of(own, background, info)
        np.testing.assert_allclose(score, own, atol=1e-9)
        value = probability(score[:, 0], 2, info)
        np.testing.assert_allclose(value, 1 / (1 + np.exp(-(10 * 0.3 - 2))), rtol=1e-6)


def test_a_skipped_picture_has_no_probability_and_makes_no_noise():
    missing = np.full((1, 2), np.nan, np.float32)
    for info in (INFO, ToyEncoder(logit_bias=-2.0).info):
        scores = score_of(missing, missing, info)
        assert np.isnan(probability(scores[:, 0], 2, info)).all()


def test_rows_stay_aligned_around_a_skipped_picture():
    vectors = unit_rows([[1, 0], [0, 0], [0, 1]])
    vectors[1] = np.nan
    refs = tuple(ImageRef(f"{name}.png", "f") for name in "abc")
    images = score_images(
        Embeddings(refs, vectors, ("", "damaged", ""), 0, np.arange(3)),
        np.array([1, 0], np.float32),
        unit_rows([[0, 1], [1, 1]]),
        INFO,
        grades=np.ones(3),
        distance="cosine",
        threshold=0.5,
    )
    assert images.path == ["a.png", "b.png", "c.png"]
    np.testing.assert_allclose(images.similarity, [1, np.nan, 0], atol=1e-7)
    levels = [logsumexp([0, 5 * 0.5**0.5]), np.nan, logsumexp([5, 5 * 0.5**0.5])]
    expected = np.array([1, np.nan, 0]) - (np.array(levels) - np.log(2)) / 5
    np.testing.assert_allclose(images.score, expected, atol=1e-7)
    assert images.relevant.tolist() == [True, False, False]
    assert images.flaws == ["", "", ""]
    assert images.status == ["ok", "skipped", "ok"]
    assert images.is_scored.tolist() == [True, False, True]
    assert images.label == ["relevant"] * 3
    assert list(images.reason) == ["", "damaged", ""]


def test_a_concept_is_the_normalised_mean_of_its_prompts():
    encoder = ToyEncoder()
    vectors = embed_concepts([("red", "green"), ("blue", "blue")], encoder)
    np.testing.assert_allclose(vectors[0, :3], [0.5**0.5, 0.5**0.5, 0], atol=1e-6)
    np.testing.assert_allclose(vectors[1, :3], [0, 0, 1], atol=1e-6)
