"""Models side by side: figures against independent ones, real processes, runs that are kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

import relevance
from relevance.embedding.encoding import find_pictures
from relevance.errors import ModelLoadError, NoReadablePictureError, UsageError
from relevance.jobs.compare.assignment import Job
from relevance.jobs.compare.disagreement import disagreements
from relevance.jobs.compare.job import _titles
from relevance.jobs.compare.measuring import Listener, _measure_apart
from relevance.jobs.compare.run import Run
from relevance.jobs.compare.standing import pareto_front, standings
from relevance.jobs.compare.timing import REPEATS, Timing, timed
from relevance.jobs.compare.worker import peak_bytes
from relevance.judging.bootstrap import paired_differences
from tests.support.command import run_command
from tests.support.models import save_clip
from tests.support.toy import ToyEncoder

JOB = Job("compact", "compact", "red", ("in",), ("a {}",), 100, "auto", "auto")


def timing(*rates: float) -> Timing:
    return Timing(16, rates, 0.5, 2)


def run(model: str, scores, **changes) -> Run:
    n = len(scores)
    made = Run(
        model=model,
        title=model,
        distance="cosine",
        encoder=asdict(ToyEncoder().info) | {"disk_bytes": 10, "licence": "MIT"},
        start_seconds=0.5,
        seconds=2.0,
        timing=timing(10.0),
        peak_bytes=10**8,
        places=tuple(f"{number}.png" for number in range(n)),
        reasons=tuple("damaged" if np.isnan(score) else "" for score in scores),
        scores=np.array(scores, dtype=np.float64),
        date="2026-01-01",
        machine="test",
    )
    return replace(made, **changes)


def two_scorers(rng: np.random.Generator, n: int = 80):
    """Labels, and two scorers that share what makes a picture hard."""
    truth = np.arange(n) < n // 3
    hardness = rng.normal(size=n)
    return (
        truth,
        truth * 1.0 + hardness + rng.normal(size=n) * 0.4,
        truth * 1.5 + hardness + rng.normal(size=n) * 0.4,
    )


def test_paired_differences_equal_resampling_with_scikit_learn():
    rng = np.random.default_rng(4)
    truth, first, other = two_scorers(rng)
    first, other = np.round(first, 1), np.round(other, 1)  # with ties
    auc, precision = paired_differences(truth, first, other)
    for estimate, metric in (
        (auc, metrics.roc_auc_score),
        (precision, metrics.average_precision_score),
    ):
        assert estimate.value == pytest.approx(metric(truth, other) - metric(truth, first))
        draws = []
        for _ in range(600):
            rows = np.concatenate(
                [rng.choice(np.flatnonzero(kind), kind.sum()) for kind in (truth, ~truth)]
            )
            draws.append(metric(truth[rows], other[rows]) - metric(truth[rows], first[rows]))
        low, high = np.quantile(draws, [0.025, 0.975])
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.025)


def test_intervals_of_differences_cover_at_their_nominal_rate():
    rng = np.random.default_rng(5)
    spread = (2 * (1 + 0.16)) ** 0.5  # of the difference of two pictures' scores
    true = stats.norm.cdf(1.5 / spread) - stats.norm.cdf(1.0 / spread)
    runs = 250
    found = [paired_differences(*two_scorers(rng, 120))[0] for _ in range(runs)]
    covered = np.mean([item.low <= true <= item.high for item in found])
    assert covered == pytest.approx(0.95, abs=0.042)


def test_a_scorer_does_not_differ_from_itself():
    truth, first, _ = two_scorers(np.random.default_rng(6))
    auc, precision = paired_differences(truth, first, 3 * first + 7)
    assert (auc.value, auc.low, auc.high) == (0, 0, 0)
    assert (precision.value, precision.low, precision.high) == (0, 0, 0)


def test_standings_equal_scikit_learn_on_the_pictures_all_could_score():
    rng = np.random.default_rng(7)
    truth, first, other = two_scorers(rng)
    grades = truth.astype(float)
    grades[5] = np.nan
    other[[0, 40]] = np.nan
    found = standings([run("a", first), run("b", other, timing=timing(70, 78, 90))], grades)
    known = ~np.isnan(other) & ~np.isnan(grades)
    for item, scores in zip(found, (first, other), strict=True):
        assert item.roc_auc.value == pytest.approx(
            metrics.roc_auc_score(truth[known], scores[known])
        )
        assert item.best.k == 10
        assert item.best.ndcg == pytest.approx(
            metrics.ndcg_score([grades[known]], [scores[known]], k=10)
        )
    assert found[0].auc_gain is None
    assert found[1].auc_gain.value == pytest.approx(found[1].roc_auc.value - found[0].roc_auc.value)
    assert found[1].run.rate == 78


def test_without_labels_of_both_kinds_there_is_no_quality():
    found = standings([run("a", [0.1, 0.2]), run("b", [0.2, 0.1])], np.array([1.0, np.nan]))
    assert found[0].roc_auc is None
    assert not any(item.on_front for item in found)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9))
def test_the_front_holds_what_nothing_dominates(points):
    front = pareto_front(*zip(*points, strict=True))
    for own, is_front in zip(points, front, strict=True):
        dominated = any(
            all(a >= b for a, b in zip(other, own, strict=True)) and other != own
            for other in points
        )
        assert is_front == (not dominated)
    assert any(front)


def test_disagreements_are_those_of_ranks():
    rng = np.random.default_rng(8)
    first, other = rng.normal(size=50), rng.normal(size=50) * 100
    other[3] = np.nan
    (item,) = disagreements([run("a", first), run("b", other)])
    known = np.flatnonzero(~np.isnan(other))
    assert item.spearman == pytest.approx(stats.spearmanr(first[known], other[known])[0])
    ranks = [(stats.rankdata(scores[known]) - 1) / 48 for scores in (first, other)]
    gaps = np.abs(ranks[0] - ranks[1])
    assert len(item.disputed) == 12
    shown = [abs(one.first - one.other) for one in item.disputed]
    np.testing.assert_allclose(shown, np.sort(gaps)[::-1][:12])
    place = list(known).index(item.disputed[0].row)
    assert item.disputed[0].first == pytest.approx(ranks[0][place])


def test_a_run_comes_back_as_it_was_and_only_with_its_key(tmp_path):
    path = tmp_path / "x" / "run.json"
    kept = run("a", [0.25, np.nan, -1.0])
    kept.save(path, "key")
    back = Run.load(path, "key")
    np.testing.assert_array_equal(back.scores, kept.scores)
    assert (back.places, back.reasons, back.encoder) == (kept.places, kept.reasons, kept.encoder)
    assert Run.load(path, "other") is None
    path.write_text(path.read_text()[:-20])
    assert Run.load(path, "key") is None
    path.write_text("[]")
    assert Run.load(path, "key") is None


@pytest.mark.parametrize(
    "damage",
    [
        {"seconds": "2"},
        {"seconds": 0.0},
        {"timing": {"pictures": 3, "rates": [], "load": 1.0, "cores": 2}},
        {"timing": None},
        {"start_seconds": None},
        {"scores": ["a", None, 1.0]},
        {"scores": [0.25, 0.5, -1.0]},  # the second was skipped
        {"places": [1, 2, 3]},
        {"reasons": ["", "damaged"]},
        {"encoder": {"name": "a"}},
        {"peak_bytes": "much"},
        {"unknown": 1},
    ],
)
def test_a_run_with_other_things_in_it_is_none(tmp_path, damage):
    path = tmp_path / "run.json"
    run("a", [0.25, np.nan, -1.0]).save(path, "key")
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | damage))
    assert Run.load(path, "key") is None


def test_the_key_changes_with_what_scores_depend_on(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"1")
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights").write_bytes(b"1")
    job = replace(JOB, model=str(model))
    places = [str(picture)]
    key = job.key(places, "cosine")
    assert key == replace(job, paths=("elsewhere",)).key(places, "cosine")
    others = [
        job.key(places, "angular"),
        job.key([*places, "b.png"], "cosine"),
        *(
            replace(job, **change).key(places, "cosine")
            for change in ({"keyword": "blue"}, {"templates": ("{}",)}, {"precision": "fp32"})
        ),
    ]
    picture.write_bytes(b"22")
    others.append(job.key(places, "cosine"))
    picture.write_bytes(b"1")
    (model / "weights").write_bytes(b"22")
    others.append(job.key(places, "cosine"))
    assert len({key, *others}) == len(others) + 1


def test_the_peak_is_this_process_own(tmp_path):
    """A child of a large process must not be charged with its parent's memory."""
    large = bytearray(400 * 2**20)
    large[:: 2**12] = b"x" * len(large[:: 2**12])
    code = "from relevance.jobs.compare.worker import peak_bytes; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300 * 2**20 < peak_bytes()
    assert large[0]


@pytest.fixture(scope="module")
def examples(samples, tmp_path_factory):
    """A real comparison: the shipped encoder against random weights and a model that is not."""
    folder = tmp_path_factory.mktemp("compare")
    save_clip(folder / "random-clip")
    models = ["compact", str(folder / "random-clip"), str(folder / "nope")]
    made = relevance.compare(
        "almonds", samples / "examples", models=models, output_dir=folder / "out"
    )
    return made, models, folder / "out"


def test_each_model_is_measured_in_a_process_of_its_own(examples, samples):
    made, models, _ = examples
    assert [item.run.model for item in made.standings] == models[:2]
    for item in made.standings:
        assert 50e6 < item.run.peak_bytes < 4e9
        assert 0.1 < item.run.start_seconds < 60
        rates = item.run.timing.rates
        assert 1 < min(rates) <= item.run.rate <= max(rates) < 10_000
        assert 3 <= len(rates) <= REPEATS
        assert item.run.timing.pictures >= 16
    compact = made.standings[0].run
    assert compact.encoder["disk_bytes"] == pytest.approx(35e6, rel=0.1)
    scores = relevance.score("almonds", samples / "examples", model="compact")
    np.testing.assert_allclose(compact.scores, scores.pictures.score, atol=2e-3)
    assert made.standings[0].roc_auc == scores.evaluation().roc_auc


def test_examples_count_as_in_score_and_are_part_of_the_key(samples, tmp_path):
    like = sorted((samples / "google_images/almonds").iterdir())[:3]
    made = relevance.compare(
        "almonds",
        samples / "examples",
        models="compact",
        distances=("cosine", "angular"),
        like=like,
        unlike=samples / "google_images/walnuts",
        output_dir=tmp_path,
    )
    scores = relevance.score(
        *("almonds", samples / "examples"),
        model="compact",
        like=like,
        unlike=samples / "google_images/walnuts",
    )
    assert made.standings[0].roc_auc == scores.evaluation().roc_auc
    np.testing.assert_allclose(made.standings[0].run.scores, scores.pictures.score, atol=0.05)
    assert made.provenance["command"].count("--like") == 3
    words = relevance.compare(
        *("almonds", samples / "examples"),
        models="compact",
        distances=("cosine", "angular"),
        output_dir=tmp_path,
    )
    assert words.standings[0].run.scores[0] != made.standings[0].run.scores[0]


def test_what_cannot_be_measured_has_its_reason(examples):
    made, models, _ = examples
    (failure,) = made.failures
    assert failure.model == models[2]
    assert "There is no folder" in failure.reason


def test_random_weights_are_seen_to_be_worse(examples):
    made, _, _ = examples
    assert made.standings[1].auc_gain.high < 0
    assert made.table["auc_gain"].tolist()[1] == made.standings[1].auc_gain.value
    assert np.isnan(made.table["auc_gain"].tolist()[0])


def runs_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.json")}


def test_what_exists_is_not_measured_again_unless_asked(examples, samples):
    _, models, folder = examples
    before = runs_in(folder)
    assert len(before) == 2
    words = ["compare", "almonds", str(samples / "examples"), "--output-dir", str(folder)]
    words += ["--model", models[0], "--model", models[1]]
    done = run_command(*words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("measured before") == 2
    assert runs_in(folder) == before
    assert "compact orders the pictures better than random-clip" in " ".join(done.stdout.split())
    both = ["--distance", "cosine", "--distance", "dot"]
    again = json.loads(run_command(*words, *both, "--json").stdout)
    assert len(runs_in(folder)) == 4
    assert {name: when for name, when in runs_in(folder).items() if name in before} == before
    values = [item["roc_auc"] for item in again["runs"]]
    assert values[0] == pytest.approx(values[1])  # cosine and dot give one order
    run_command(*words[:-2], *both, "--again")
    changed = {name for name, when in runs_in(folder).items() if before.get(name) != when}
    assert len(changed & set(before)) == 1


def test_a_model_that_fails_shows_in_the_exit_code(examples, samples):
    _, models, folder = examples
    words = ["compare", "almonds", str(samples / "examples"), "--output-dir", str(folder)]
    words += [word for name in models for word in ("--model", name)]
    done = run_command(*words)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == (
        f"relevance: Not measured: {models[2]}. What was measured has been written."
    )
    assert "compact orders the pictures better" in " ".join(done.stdout.split())


def test_labels_may_change_without_a_new_run(examples, samples):
    _, models, folder = examples
    before = runs_in(folder)
    other = relevance.compare(
        "almonds",
        samples / "examples",
        models=models[:2],
        relevant="Irrelevant",
        output_dir=folder,
    )
    assert runs_in(folder) == before
    assert other.standings[0].roc_auc.value < 0.1


def test_the_csv_has_a_row_a_run(examples, tmp_path):
    import pandas as pd

    made, models, _ = examples
    table = pd.read_csv(made.to_csv(tmp_path / "c.csv"))
    assert table["model"].tolist() == models
    assert table["status"].tolist() == ["measured", "measured", "failed"]
    assert table["reason"].tolist()[2] == made.failures[0].reason
    np.testing.assert_allclose(table["pictures_per_second"], made.table["pictures_per_second"])
    assert np.isnan(table["pictures_per_second"].tolist()[2])


def test_wrong_use_is_explained(samples, tmp_path):
    with pytest.raises(UsageError, match="at least two models"):
        relevance.compare("x", samples, models=["compact", "compact"], output_dir=tmp_path)
    with pytest.raises(UsageError, match="no distance"):
        relevance.compare("x", samples, models="a", distances=["cosine", "x"])
    with pytest.raises(ModelLoadError, match="No model could be measured"):
        relevance.compare("x", samples / "examples", models=["nope1", "nope2"], output_dir=tmp_path)


def test_a_module_beside_the_pictures_is_not_imported(samples, tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('mine')")
    words = ["compare", "x", str((samples / "examples").resolve()), "--model", "compact"]
    words += ["--distance", "cosine", "--distance", "dot", "--output-dir", "out"]
    relevance_in = [str(Path(sys.executable).parent / "relevance"), *words]
    done = subprocess.run(relevance_in, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_pictures_that_came_meanwhile_fail_the_run(samples, tmp_path, monkeypatch):
    """The worker lists the folder itself; what it then scores must be what was labelled."""
    job = replace(JOB, paths=(str(samples / "examples"),), max_pixels=10**8)
    told = []
    listener = Listener(told.append, lambda advance: None)
    outcome = _measure_apart(job, ["cosine"], ["only.png"], listener)
    assert told == ["compact: loading", "compact: measuring"]
    assert "pictures came, went" in outcome.reason


def test_pictures_that_change_meanwhile_fail_the_run_and_progress_is_told(samples, tmp_path):
    folder = shutil.copytree(samples / "examples", tmp_path / "in")
    places = [ref.place for ref in find_pictures([folder]).refs]
    job = replace(JOB, paths=(str(folder),), max_pixels=10**8)
    advances = []

    def touch(advance):
        advances.append(advance)
        os.utime(places[0])

    outcome = _measure_apart(job, ["cosine"], places, Listener(print, touch))
    assert "changed meanwhile" in outcome.reason
    assert (advances[0].done, advances[-1].done) == (0, len(places))
    advances.clear()
    kept = _measure_apart(job, ["cosine"], places, Listener(print, advances.append))
    assert kept["cosine"].places == tuple(places)
    assert advances[-1].total == len(places)


def test_few_pictures_show_nothing_and_wrong_words_come_early(samples, tmp_path):
    scores = np.array([0.1, 0.9])
    found = standings([run("a", scores), run("b", -scores)], np.array([1.0, 0.0]))
    assert found[1].auc_gain.low > 0
    assert found[1].differs == 0
    with pytest.raises(UsageError, match="no precision"):
        relevance.compare("x", samples / "examples", models=["a", "b"], precision="fp99")
    with pytest.raises(TypeError, match="takes no background"):
        relevance.compare("x", samples / "examples", models=["a", "b"], background=["y"])


def test_models_of_one_name_keep_their_paths():
    assert _titles(["v1/final", "v2/final", "org/clip", "compact"]) == {
        "v1/final": "v1/final",
        "v2/final": "v2/final",
        "org/clip": "clip",
        "compact": "compact",
    }


def test_pictures_that_nothing_can_read(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.png").write_bytes(b"no picture")
    with pytest.raises(NoReadablePictureError, match=r"could be read.*x\.png"):
        relevance.compare(
            "x",
            tmp_path / "in",
            models="compact",
            distances=["cosine", "dot"],
            output_dir=tmp_path,
        )


def test_an_interrupted_comparison_leaves_no_process_behind(samples, tmp_path):
    command = [sys.executable, "-m", "relevance", "compare", "x", str(samples / "google_images")]
    command += ["--model", "compact", "--model", "clip", "--output-dir", str(tmp_path)]
    started = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell that runs the tests in the background has its children ignore interrupts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in started.stderr:
        if "measuring" in line:
            break
    time.sleep(0.5)
    os.kill(started.pid, signal.SIGINT)
    started.communicate(timeout=60)
    assert started.returncode == 130
    listing = subprocess.run(["ps", "-eo", "pgid,args"], capture_output=True, text=True, check=True)
    left = [line for line in listing.stdout.splitlines() if line.split()[0] == str(started.pid)]
    assert left == []


def test_speed_is_timed_over_enough_pictures_and_says_when_the_machine_is_busy():
    asked = []

    def seven_at_most(count):
        asked.append(count)
        time.sleep(0.001)
        return min(count, 7)

    found = timed(seven_at_most, rate=2.0, load=99.0)
    assert asked == [16, 9, 2] * REPEATS
    assert found.pictures == 16
    assert len(found.rates) == REPEATS
    assert all(100 < rate < 16 / 0.003 for rate in found.rates)
    assert found.is_busy
    assert not replace(found, load=found.cores * 1.4).is_busy
    assert not replace(found, load=None).is_busy
