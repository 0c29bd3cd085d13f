"""A model tuned on pictures, and what is said of it, with the encoder in the package."""

from __future__ import annotations

import csv
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

import relevance
from relevance.cli import main
from relevance.jobs.compare.job import compare
from relevance.jobs.tune.files import labels_file
from relevance.jobs.tune.tracking import log_run, store_of
from tests.support.browser import barriers, needs_chromium
from tests.support.models import save_clip


def test_the_folder_is_a_model_of_its_own(tuning, shop, compact):
    encoder = relevance.load_encoder(str(tuning.output))
    assert encoder.info == tuning.tuned
    assert encoder.info.fingerprint != compact.info.fingerprint == tuning.start.fingerprint
    assert encoder.info.name == str(tuning.output)
    assert not tuning.outcome.is_start
    assert tuning.method == "heads"
    scores = relevance.score("almonds", shop / "almonds", model=str(tuning.output))
    assert scores.encoder.fingerprint == encoder.info.fingerprint


def test_one_category_is_kept_out_and_the_parts_add_up(tuning, shop):
    assert len(tuning.untrained) == 1
    counts = tuning.counts
    assert counts.training + counts.validation + counts.held_out + counts.left_out == 36
    trained = {item.keyword: item.trained for item in tuning.keywords}
    assert len(trained) == 6
    assert [keyword for keyword, tuned in trained.items() if not tuned] == [*tuning.untrained]
    assert [item.name for item in tuning.measured] == ["tuned", "not tuned"]


def test_figures_are_those_that_score_gives(tuning):
    """Recomputed from ``score`` over the held-out pictures, by scikit-learn."""
    places = [item.place for item in tuning.held_out]
    for item in tuning.keywords[:2]:
        truth = np.array([held.keyword == item.keyword for held in tuning.held_out])
        for model, said in (("compact", item.before), (str(tuning.output), item.after)):
            scored = relevance.score(item.keyword, places, model=model).images
            score = scored.set_index("path")["score"].loc[places].to_numpy()
            assert said["roc_auc"] == pytest.approx(roc_auc_score(truth, score))
            ap = average_precision_score(truth, score)
            assert said["average_precision"] == pytest.approx(ap)
    own = [item for item in tuning.keywords if item.trained]
    mean = np.mean([item.after["average_precision"] for item in own])
    assert tuning.measured[0].figures["average_precision"].after == pytest.approx(mean)


def test_the_curve_has_the_start_and_what_was_kept(tuning):
    outcome = tuning.outcome
    shares = dict(outcome.shares)
    assert outcome.shares[0][0] == 0
    assert shares[outcome.share] == max(shares.values()) > shares[0]
    assert len(outcome.history) == 3
    assert outcome.history[-1].validation_loss < outcome.history[0].validation_loss


def test_files_say_the_same(tuning):
    folder = tuning.output
    data = json.loads((folder / "tune.json").read_text())
    assert data["outcome"]["share"] == tuning.outcome.share
    assert data["measured"][0]["figures"]["top_1"]["after"] == pytest.approx(
        tuning.measured[0].figures["top_1"].after
    )
    card = (folder / "MODEL_CARD.md").read_text()
    assert tuning.tuned.fingerprint in card
    assert "Apache-2.0" in card
    with (folder / "held-out.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["keyword"] for row in rows] == [item.keyword for item in tuning.held_out]
    assert len(tuning.table) == 6


def test_compare_reads_start_and_tuned_on_held_out_pictures(tuning, shop, tmp_path):
    keyword = next(item.keyword for item in tuning.keywords if item.trained)
    found = compare(
        keyword,
        shop,
        models=("compact", str(tuning.output)),
        labels=labels_file(tuning, keyword),
        output_dir=tmp_path,
    )
    own = next(item for item in tuning.keywords if item.keyword == keyword)
    measured = [standing.roc_auc.value for standing in found.standings]
    assert measured == pytest.approx([own.before["roc_auc"], own.after["roc_auc"]])


@needs_chromium
def test_the_page_opens(tuning, open_page):
    page = open_page(tuning.output / "tune.html")
    assert "average precision" in page.locator("h1").inner_text()
    assert page.locator("#figures tbody tr").count() == 12
    assert page.locator("#curves svg").count() == 2
    assert page.locator("#changed .card").count() == len(tuning.changed)
    page.locator("#keywords summary").click()
    assert barriers(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_wrong_use_is_said_in_a_sentence(shop, tmp_path, capsys):
    one = tmp_path / "one" / "almonds"
    shutil.copytree(shop / "almonds", one)
    out = ["-o", str(tmp_path / "out"), "--quiet"]
    compact = ["--model", "compact", *out]
    cases = {
        (str(one.parent), *compact): "fewer than two different texts",
        (str(shop), *compact, "--hold-out", "0.9"): "0.5 at most",
        (str(shop), *compact, "--method", "lora"): "no method lora",
        (str(shop), "--model", "compact", "-o", str(shop / "almonds")): "folder of the pictures",
        (str(shop), *compact, "--epochs", "0"): "epochs must be at least 1",
        (str(tmp_path / "none"), *compact): "none",
    }
    for words, said in cases.items():
        assert main(["tune", *words]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


def test_a_hub_model_by_the_command(shop, clip, tmp_path, capsys):
    """On PyTorch (bf16), which spares the export."""
    words = ["tune", str(shop), "--model", str(clip), "-o", str(tmp_path / "tuned"), "--json"]
    words += ["--method", "projection", "--epochs", "1", "--precision", "bf16"]
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["method"] == "projection"
    assert [share for share, _ in data["outcome"]["shares"]] == [0, 0.25, 0.5, 0.75, 1]
    assert relevance.load_encoder(str(tmp_path / "tuned"), precision="bf16").info.has_text
    assert main([*words[:-2], "--precision", "bf16", "--method", "full", "--quiet"]) == 2
    assert "8 pictures of each text" in capsys.readouterr().err


def test_mlflow_keeps_a_run_in_a_database_and_on_a_server(tuning, tmp_path, monkeypatch):
    """Parameters, metrics, files, and the model by its registered name; on a real server too."""
    from mlflow import MlflowClient

    monkeypatch.chdir(tmp_path)
    place = store_of(str(tmp_path / "kept"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place)
    assert log_run(tuning, str(tmp_path / "kept")) == "models:/tuned/1"
    assert (tmp_path / "kept" / "model").is_dir()
    client = MlflowClient(place)
    (run,) = client.search_runs([client.get_experiment_by_name("relevance").experiment_id])
    assert run.data.params["method"] == "heads"
    assert run.data.metrics["tuned_top_1_after"] == tuning.measured[0].figures["top_1"].after
    assert len(client.get_metric_history(run.info.run_id, "loss")) == 3
    loaded = relevance.load_encoder("models:/tuned/1")
    assert loaded.info.fingerprint == tuning.tuned.fingerprint
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    words = ["server", "--backend-store-uri", place, "--port", str(port), "--workers", "1"]
    server = subprocess.Popen([sys.executable, "-m", "mlflow", *words], cwd=tmp_path)
    try:
        _wait_for(address)
        assert log_run(tuning, address) == "models:/tuned/2"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        again = relevance.load_encoder("models:/tuned/2")
        assert again.info.fingerprint == tuning.tuned.fingerprint
    finally:
        server.terminate()
        server.wait()


def _wait_for(address):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server does not answer")


def test_a_place_that_keeps_nothing_is_said_before_the_work(shop, tmp_path, capsys):
    words = ["tune", str(shop), "--model", "compact", "-o", str(tmp_path / "out"), "--quiet"]
    assert main([*words, "--track", "http://127.0.0.1:9"]) == 2
    assert "cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_table_of_captions(shop, tmp_path, capsys):
    """Each picture has a caption of its own; held-out ones are measured together."""
    rows = [
        (path.relative_to(shop), f"{path.parent.name} number {number}")
        for number, path in enumerate(sorted(shop.rglob("*.png")))
    ]
    table = shop / "pairs.csv"
    table.write_text("path,caption\n" + "".join(f"{path},{text}\n" for path, text in rows))
    out = tmp_path / "tuned"
    assert main(["tune", str(table), "--model", "compact", "-o", str(out), "--epochs", "1"]) == 0
    said = capsys.readouterr().out
    assert "What became of keywords was not measured" in said
    data = json.loads((out / "tune.json").read_text())
    assert [item["name"] for item in data["measured"]] == ["captions"]
    assert data["measured"][0]["n_keywords"] == data["counts"]["held_out"] == 7
    assert data["measured"][0]["figures"]["roc_auc"]["gain"]["low"] is not None
    assert not (out / "labels").exists()
