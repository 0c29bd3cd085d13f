"""Calibration against scikit-learn, its laws, its file, and what it refuses."""

from __future__ import annotations

import html
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import stats
from sklearn import metrics
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression

import relevance
from relevance.errors import UsageError
from relevance.jobs.calibrate.page import render_calibration
from relevance.judging.bootstrap import ranking_estimates
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.curves import fit_isotonic, fit_logistic
from relevance.judging.calibration.doubts import find_doubts
from relevance.judging.calibration.fitting import FOLDS, REPEATS, fit
from relevance.judging.calibration.reliability import (
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability,
)
from relevance.judging.calibration.targets import Target, choose_cut
from relevance.judging.evaluation import Evaluation
from relevance.judging.metrics import at_threshold, mann_whitney, trace_curves
from tests.support.command import run_command
from tests.support.toy import ToyEncoder


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of two overlapping kinds whose true probability is a known sigmoid."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0.25, 0.06, n)
    truth = rng.random(n) < 1 / (1 + np.exp(-(30 * scores - 8)))
    return scores, truth


@st.composite
def cases(draw):
    truth = draw(
        st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda t: 0 < sum(t) < len(t))
    )
    grid = st.integers(0, 10).map(lambda step: step / 10)
    chances = draw(st.lists(grid, min_size=len(truth), max_size=len(truth)))
    return np.array(truth), np.array(chances)


def test_the_logistic_curve_is_platts_as_scikit_learn_fits_it():
    scores, truth = drawn(200)
    reference = _SigmoidCalibration().fit(scores * 100, truth)  # its solver wants a wider range
    grid = np.linspace(0, 0.5, 30)
    np.testing.assert_allclose(
        fit_logistic(scores, truth)(grid), reference.predict(grid * 100), atol=1e-3
    )


def test_perfect_separation_does_not_give_certainty():
    """Platt's targets: (n + 1) / (n + 2) is the most that n pictures can say."""
    scores = np.r_[np.linspace(0.1, 0.2, 10), np.linspace(0.3, 0.4, 10)]
    chances = fit_logistic(scores, scores > 0.25)(scores)
    assert 0.5 < chances[10:].mean() <= 11 / 12 + 1e-3
    assert chances.max() < 1
    assert chances.min() > 0


def test_the_isotonic_curve_is_scikit_learns():
    scores, truth = drawn(300)
    reference = IsotonicRegression(out_of_bounds="clip").fit(scores, truth)
    grid = np.linspace(-1, 1, 101)
    np.testing.assert_allclose(fit_isotonic(scores, truth)(grid), reference.predict(grid))


@pytest.mark.parametrize("fitter", [fit_logistic, fit_isotonic])
def test_curves_never_fall_and_stay_probabilities(fitter):
    grid = np.linspace(-1, 1, 501)
    chances = fitter(*drawn(100))(grid)
    assert (np.diff(chances) >= 0).all()
    assert 0 <= chances.min() <= chances.max() <= 1
    assert np.isnan(fitter(*drawn(100))(np.array([np.nan]))).all()


def test_a_curve_that_would_fall_is_refused():
    """A few low outliers can turn the best sigmoid round although the order is right."""
    scores = np.r_[np.full(18, 0.30), np.full(3, -3.0), np.linspace(0.1, 0.2, 21)]
    truth = np.arange(42) < 21
    assert metrics.roc_auc_score(truth, scores) > 0.5
    assert fit_logistic(scores, truth).slope == 0
    with pytest.raises(UsageError, match="the best curve through them is level"):
        fit(scores, truth, scores, method="logistic", target=Target())


def test_copies_of_a_picture_do_not_leak_into_the_figures():
    """Each picture five times, on scores that say little: judged as if it were there once."""
    rng = np.random.default_rng(9)
    briers = {1: [], 5: []}
    for _ in range(6):
        truth = np.arange(24) < 12
        scores = rng.random(24) + 0.1 * truth
        for copies, found in briers.items():
            made = fit(
                np.repeat(scores, copies),
                np.repeat(truth, copies),
                np.full(24 * copies, 0.5),
                method="isotonic",
                target=Target(),
            )
            found.append(made.cross_validated.brier)
    assert np.mean(briers[5]) == pytest.approx(np.mean(briers[1]), abs=0.03)


@given(cases(), st.sampled_from(["f1", "precision=0.7", "recall=0.8", "precision=1", "recall=1"]))
def test_the_cut_is_the_best_of_all_cuts(case, wanted):
    truth, chances = case
    target = Target.parse(wanted)
    cut = choose_cut(truth, chances, target)
    all_cuts = [at_threshold(truth, chances, value) for value in np.unique(chances)]
    found = at_threshold(truth, chances, cut.threshold)
    value = getattr(found, target.metric)
    assert value == pytest.approx(cut.value)
    if target.value is None:
        assert value == pytest.approx(max(item.f1 for item in all_cuts))
        return
    fitting = [item for item in all_cuts if getattr(item, target.metric) >= target.value]
    assert cut.is_reached == bool(fitting)
    if fitting:
        other = {"precision": "recall", "recall": "precision"}[target.metric]
        assert getattr(found, other) == pytest.approx(max(getattr(i, other) for i in fitting))
    else:
        assert value == pytest.approx(max(getattr(item, target.metric) for item in all_cuts))


def test_the_cut_lies_in_the_middle_of_the_gap():
    truth, chances = np.array([False, True]), np.array([0.2, 0.9])
    assert choose_cut(truth, chances, Target()).threshold == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("text", ["f2", "precision", "precision=0", "recall=1.1", "recall=x", ""])
def test_targets_are_explained(text):
    with pytest.raises(UsageError, match=r"precision=0\.95"):
        Target.parse(text)


@given(cases())
def test_brier_score_and_bins_equal_scikit_learns(case):
    truth, chances = case
    assert brier_score(truth, chances) == pytest.approx(metrics.brier_score_loss(truth, chances))
    reference = metrics.log_loss(truth, chances, labels=[False, True])
    assert log_loss(truth, chances) == pytest.approx(reference)
    chances = np.clip(chances + 1e-9, 0, 1)  # scikit-learn closes its bins on the other side
    filled = [item for item in reliability(truth, chances) if item.n]
    observed, predicted = calibration_curve(truth, chances, n_bins=10)
    np.testing.assert_allclose([item.observed for item in filled], observed)
    np.testing.assert_allclose([item.predicted for item in filled], predicted)
    assert sum(item.n for item in filled) == len(truth)


def test_the_calibration_error_by_hand():
    truth = np.array([True, False, True, True])
    bins = reliability(truth, np.array([0.25, 0.27, 0.95, 1.0]))
    assert expected_calibration_error(bins) == pytest.approx((2 * 0.24 + 2 * 0.025) / 4)


def test_the_true_probability_is_found_again():
    scores, truth = drawn(4000)
    made = fit(scores, truth, np.full(4000, 0.5), method="logistic", target=Target())
    assert made.curve.slope == pytest.approx(30, rel=0.15)
    assert made.cross_validated.calibration_error < 0.03
    assert made.zero_shot.calibration_error == pytest.approx(abs(truth.mean() - 0.5))
    assert sum(item.n for item in made.cross_validated.bins) == 4000 * REPEATS


@settings(max_examples=5)
@given(st.integers(0, 100))
def test_cross_validation_sees_through_noise(seed):
    """Where scores say nothing, the figures must say so, whatever threshold was found."""
    rng = np.random.default_rng(seed)
    truth = np.arange(60) < 30
    scores = rng.random(60)
    assume(np.unique(fit_isotonic(scores, truth)(scores)).size > 1)  # level curves are refused
    made = fit(scores, truth, rng.random(60), method="isotonic", target=Target())
    verdicts = made.cross_validated.verdicts
    assert verdicts.true_positives + verdicts.false_negatives == 30 * REPEATS
    assert verdicts.precision == pytest.approx(0.5, abs=0.2)
    assert FOLDS == 5


def shades(folder: Path, count: int, low: int, high: int) -> None:
    """Write pictures from dark to light red on blue."""
    folder.mkdir(parents=True)
    for number, red in enumerate(np.linspace(low, high, count).astype(int)):
        Image.new("RGB", (9, 9), (int(red), 40, 120)).save(folder / f"{number}.png")


@pytest.fixture
def labelled(tmp_path):
    shades(tmp_path / "in" / "Relevant", 20, 110, 250)
    shades(tmp_path / "in" / "Irrelevant", 30, 10, 140)
    return tmp_path / "in"


def test_a_file_gives_the_same_probabilities(labelled, toy, tmp_path):
    made = relevance.calibrate("red", labelled, model=toy)
    path = made.to_json(tmp_path / "red.json")
    scores = relevance.score("red", labelled, model=toy, calibration=path)
    again = relevance.score("red", labelled, model=toy, calibration=made)
    np.testing.assert_array_equal(scores.pictures.probability, again.pictures.probability)
    np.testing.assert_allclose(
        scores.pictures.probability, made.curve(scores.pictures.score.astype(float))
    )
    assert scores.threshold == made.threshold
    assert scores.provenance["calibration"]["n_relevant"] == 20
    assert "--calibration" not in again.provenance["command"]
    assert "given by the caller" in again.to_html(tmp_path / "r.html").read_text()
    assert f"--calibration {path}" in scores.provenance["command"]
    other = relevance.score("red", labelled, model=toy, calibration=path, threshold=0.9)
    assert other.threshold == 0.9


def test_the_score_stays_what_it_is(labelled, toy):
    plain = relevance.score("red", labelled, model=toy)
    made = relevance.score("red", labelled, model=toy, calibration=relevance.calibrate(
        "red", labelled, model=toy
    ))  # fmt: skip
    np.testing.assert_array_equal(plain.pictures.score, made.pictures.score)
    means = [[replace(row, n_relevant=0) for row in scores.folder_rows] for scores in (plain, made)]
    assert means[0] == means[1]
    assert made.folders["n_relevant"].sum() == made.pictures.relevant.sum()


@pytest.mark.parametrize(
    ("keyword", "changes", "message"),
    [
        ("red", {"model": ToyEncoder(fingerprint="1" * 32)}, "made with the encoder toy"),
        ("blue", {}, "made for the keyword “red”, not “blue”"),
        ("red", {"templates": "a {}"}, "made for the prompts"),
        ("red", {"background": ["sand", "sea"]}, "made for the background"),
    ],
)
def test_other_scores_are_refused(labelled, toy, keyword, changes, message):
    made = relevance.calibrate("red", labelled, model=toy)
    with pytest.raises(UsageError, match=message):
        relevance.score(keyword, labelled, **({"model": toy, "calibration": made} | changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a file that"),
        ('{"format": "relevance calibration", "version": 3}', "knows version 2"),
        ('{"format": "relevance calibration", "version": 2}', "is damaged"),
        ('{"format": "relevance calibration", "version": 1}', "scores of an earlier version"),
    ],
)
def test_a_bad_file_is_explained(tmp_path, text, message):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        Calibration.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 7},
        {"curve": {"method": "logistic", "slope": -1, "intercept": 0}},
        {"curve": {"method": "isotonic", "scores": [0.2, 0.1], "probabilities": [0, 1]}},
        {"curve": {"method": "isotonic", "scores": [0.1, 0.2], "probabilities": [0, 2]}},
        {"figures": {}},
    ],
)
def test_a_damaged_file_is_refused(labelled, toy, tmp_path, change):
    data = relevance.calibrate("red", labelled, model=toy).to_dict()
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data))
    assert Calibration.load(path).threshold == data["threshold"]
    path.write_text(json.dumps(data | change))
    with pytest.raises(UsageError, match="is damaged"):
        Calibration.load(path)


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        Calibration.load(tmp_path / "nope.json")


def test_too_little_to_fit_is_explained(tmp_path, toy):
    shades(tmp_path / "in" / "Relevant", 2, 150, 250)
    with pytest.raises(UsageError, match="All 2 labelled pictures are relevant"):
        relevance.calibrate("red", tmp_path / "in", model=toy)
    shades(tmp_path / "in" / "Irrelevant", 20, 10, 100)
    with pytest.raises(UsageError, match="2 relevant and 20 irrelevant pictures are too few"):
        relevance.calibrate("red", tmp_path / "in", model=toy)
    shades(tmp_path / "other" / "a", 3, 10, 20)
    shades(tmp_path / "other" / "b", 3, 10, 20)
    with pytest.raises(UsageError, match="No picture has a label"):
        relevance.calibrate("green", tmp_path / "other", model=toy)


def test_separated_reversed_and_unreachable_are_explained(tmp_path, toy, labelled):
    shades(tmp_path / "apart" / "Relevant", 30, 200, 250)
    shades(tmp_path / "apart" / "Irrelevant", 30, 10, 60)
    made = relevance.calibrate("red", tmp_path / "apart", model=toy)
    assert any("perfectly separated" in note for note in made.notes)
    assert not any("Few examples" in note for note in made.notes)
    with pytest.raises(UsageError, match="Irrelevant pictures score as high"):
        relevance.calibrate("red", labelled, model=toy, relevant="Irrelevant")
    shades(tmp_path / "mixed" / "Relevant", 10, 100, 200)
    shades(tmp_path / "mixed" / "Irrelevant", 10, 60, 220)
    with pytest.raises(UsageError, match="No threshold reaches precision=1"):
        relevance.calibrate("red", tmp_path / "mixed", model=toy, target="precision=1")


def noise(folder: Path, seed: int, n: int = 40) -> Path:
    """Write pictures of two kinds whose colours hardly differ."""
    rng = np.random.default_rng(seed)
    for kind, mean in (("Relevant", 150), ("Irrelevant", 128)):
        (folder / kind).mkdir(parents=True)
        for number, red in enumerate(np.clip(rng.normal(mean, 60, n), 0, 255).astype(int)):
            Image.new("RGB", (9, 9), (int(red), 40, 120)).save(folder / kind / f"{number}.png")
    return folder


def test_near_chance_a_calibration_is_refused_unless_forced(tmp_path, toy):
    """The best F1 would be that of calling everything relevant."""
    folder = noise(tmp_path / "in", 4)
    plain = relevance.score("red", folder, model=toy).evaluation()
    assert 0.5 < plain.roc_auc.value < 0.7
    with pytest.raises(UsageError, match="--force") as refusal:
        relevance.calibrate("red", folder, model=toy)
    made = relevance.calibrate("red", folder, model=toy, force=True)
    assert made.doubts
    for doubt in made.doubts:
        assert doubt in str(refusal.value)
    assert "--force" in made.provenance["command"]
    again = Calibration.load(made.to_json(tmp_path / "red.json"))
    assert again.doubts == made.doubts
    scores = relevance.score("red", folder, model=toy, calibration=again)
    said = [f"Forced calibration: {doubt}" for doubt in made.doubts]
    assert scores.provenance["warnings"] == said
    for page in (scores.to_html(tmp_path / "s.html").read_text(), render_calibration(made)):
        assert all(doubt in html.unescape(page) for doubt in made.doubts)


@pytest.mark.parametrize(
    ("chances", "message"),
    [
        (np.r_[np.full(20, 0.97), np.full(20, 0.03)], "log loss .* against 0.030"),
        (np.full(40, 0.5), None),
    ],
)
def test_what_is_no_better_than_uncalibrated_is_doubted(chances, message):
    """Where the plain probability is nearly certain and right, forty pictures know less."""
    truth = np.arange(40) < 20
    scores = np.r_[np.linspace(0.2, 0.3, 20), np.linspace(0, 0.1, 20)]
    found = doubts_on(scores, truth, chances)
    assert bool(found) == bool(message)
    assert not message or re.search(message, found[0])


def test_calling_everything_relevant_is_doubted():
    truth = np.arange(344) < 108
    scores = stats.norm.ppf(np.r_[(np.arange(108) + 0.5) / 108, (np.arange(236) + 0.5) / 236])
    scores += 0.27 * truth
    uncalibrated = 1 / (1 + np.exp(-3 * scores))  # too sure of itself, so that any fit gains
    assert metrics.roc_auc_score(truth, scores) == pytest.approx(0.577, abs=0.003)
    found = " ".join(doubts_on(scores, truth, uncalibrated))
    assert "no better than none" not in found
    assert re.search("calls 9. % of the irrelevant|no better than calling every picture", found)
    assert not doubts_on(scores + 3 * truth, truth, uncalibrated)


def doubts_on(scores: np.ndarray, truth: np.ndarray, uncalibrated: np.ndarray) -> list[str]:
    """What is to be said against a calibration for F1 on given scores."""
    made = fit(scores, truth, uncalibrated, method="logistic", target=Target())
    auc, precision = ranking_estimates(truth, scores)
    evaluation = Evaluation(
        n_relevant=int(truth.sum()),
        n_irrelevant=int((~truth).sum()),
        n_unlabelled=0,
        n_different=(int(truth.sum()), int((~truth).sum())),
        n_contradictory=0,
        note="",
        roc_auc=auc,
        average_precision=precision,
        chosen=made.zero_shot.verdicts,
        best=made.zero_shot.verdicts,
        cutoffs=(),
        p_value=mann_whitney(truth, scores),
        curves=trace_curves(truth, scores),
    )
    return find_doubts(made, evaluation, Target())


def test_the_share_that_a_probability_assumes_is_said(labelled, toy):
    notes = " ".join(relevance.calibrate("red", labelled, model=toy).notes)
    assert "assumes that 40 % of the pictures are relevant" in notes
    assert "Few examples: 20 relevant and 30 irrelevant" in notes


def test_the_commands_with_the_shipped_encoder(samples, tmp_path):
    """Calibrate on one half of the sample pictures, apply to the other half, as README does."""
    for number, path in enumerate(sorted((samples / "google_images").rglob("*.*"))):
        half = tmp_path / ("fit" if number % 2 else "new")
        folder = half / ("Relevant" if path.parent.name in {"almonds", "apples"} else "Irrelevant")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    file = tmp_path / "apples.json"
    words = ["calibrate", "apples and almonds", str(tmp_path / "fit"), "--model", "compact"]
    done = run_command(*words, "-o", str(file), "--template=-a {}", "--distance", "dot")
    use = done.stdout.split("Use it: relevance ")[1].splitlines()[0]
    said = [str(tmp_path / "new") if word == "PATH" else word for word in shlex.split(use)]
    assert (
        run_command(*said, "--no-report", "--quiet", "--output-dir", str(tmp_path)).returncode == 0
    )
    done = run_command(*words, "-o", str(file))
    assert done.returncode == 0, done.stderr
    assert "cross-validated" in done.stdout
    assert file.with_suffix(".html").exists()
    words = ["score", "apples and almonds", str(tmp_path / "new"), "--model", "compact", "--json"]
    words += ["--output-dir", str(tmp_path / "out"), "--no-report"]
    plain = json.loads(run_command(*words).stdout)["evaluation"]
    fitted = json.loads(run_command(*words, "--calibration", str(file)).stdout)
    assert fitted["provenance"]["calibration"]["threshold"] == fitted["evaluation"]["chosen"][
        "threshold"
    ]  # fmt: skip
    assert fitted["evaluation"]["roc_auc"] == plain["roc_auc"]
    refused = run_command(*[word.replace("apples and", "apples or") for word in words],
                           "--calibration", str(file))  # fmt: skip
    assert refused.returncode == 2
    assert "made for the keyword" in refused.stderr
