from __future__ import annotations

import json
import logging
import os
import shlex
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.special import logsumexp

import relevance
from relevance.embedding.embeddings import BATCH_SIZE, Advance, embed_images
from relevance.errors import NoReadablePictureError, UsageError
from relevance.judging.prompts import BACKGROUND_CONCEPTS
from relevance.pictures.folders import find_images
from tests.support.toy import ToyEncoder

COLUMNS = (
    *("path", "folder", "label", "grade", "score", "cosine", "probability", "relevant", "rank"),
    *("group", "flaws", "status", "reason"),
)


def test_red_pictures_are_relevant_for_red(red_and_blue, toy):
    scores = relevance.score("red", red_and_blue, model=toy)
    assert scores.folders["folder"].tolist() == ["Relevant", "Irrelevant"]
    assert scores.folders["n"].tolist() == [12, 20]
    assert scores.folders["scaled"].tolist() == [1, 0]
    assert scores.evaluation().roc_auc.value > 0.95
    assert scores.images.columns.tolist() == list(COLUMNS)


def test_score_and_cosine_are_those_of_the_definition(red_and_blue, toy):
    scores = relevance.score("red", red_and_blue, model=toy, templates=["{}", "dark {}"])
    keyword = toy.encode_texts(["red", "dark red"]).mean(axis=0)
    keyword /= np.linalg.norm(keyword)
    pictures = [Image.open(path).convert("RGB") for path in scores.files]
    # float16 of 8 numbers; an encoder's hundreds even out and come within 0.00005.
    vectors = toy.encode_images(pictures)
    cosines = vectors @ keyword
    np.testing.assert_allclose(scores.images["cosine"], cosines, atol=3e-4)
    background = [
        toy.encode_texts([concept, f"dark {concept}"]).mean(axis=0)
        for concept in BACKGROUND_CONCEPTS
    ]
    others = vectors @ (np.array(background) / np.linalg.norm(background, axis=1)[:, None]).T
    level = (logsumexp(5 * others, axis=1) - np.log(40)) / 5  # the toy's scale is 10
    np.testing.assert_allclose(scores.images["score"], cosines - level, atol=1e-3)


@pytest.mark.parametrize("distance", ["dot", "euclidean", "angular"])
def test_another_distance_is_a_column_beside_the_same_score(red_and_blue, toy, distance):
    plain = relevance.score("red", red_and_blue, model=toy)
    other = relevance.score("red", red_and_blue, model=toy, distance=distance)
    np.testing.assert_array_equal(other.images["score"], plain.images["score"])
    assert "cosine" not in other.images
    cosines = plain.images["cosine"].to_numpy()
    expected = {
        "dot": cosines,
        "euclidean": -np.sqrt(2 - 2 * cosines),
        "angular": 1 - np.arccos(cosines) / np.pi,
    }
    np.testing.assert_allclose(other.images[distance], expected[distance], atol=2e-3)


@pytest.mark.parametrize("bias", [None, -5.0])
def test_no_refused_picture_stands_above_an_accepted_one(red_and_blue, bias):
    scores = relevance.score("red", red_and_blue, model=ToyEncoder(logit_bias=bias))
    ranked = scores.images.sort_values("score", ascending=False)
    for threshold in (*ranked["probability"], scores.threshold):
        verdicts = (ranked["probability"] >= threshold).to_numpy()
        assert not np.diff(verdicts.astype(int)).max() > 0


def test_batches_do_not_show(red_and_blue, toy, monkeypatch):
    refs = find_images([red_and_blue]).refs
    whole = embed_images(refs, toy)
    monkeypatch.setattr("relevance.embedding.embeddings.BATCH_SIZE", 5)
    toy.batches.clear()
    small = embed_images(refs, toy)
    np.testing.assert_array_equal(whole.vectors, small.vectors)
    assert sorted(toy.batches) == [2, 5, 5, 5, 5, 5, 5]


def test_bad_files_keep_their_rows_and_do_not_move_others(red_and_blue, toy):
    good = relevance.score("red", red_and_blue, model=toy)
    (red_and_blue / "Relevant" / "3a.png").write_bytes(b"")
    (red_and_blue / "Relevant" / "5a.jpg").write_text("<html>")
    (red_and_blue / "Irrelevant" / "0.png").symlink_to("/nowhere.png")
    mixed = relevance.score("red", red_and_blue, model=toy)
    assert len(mixed.images) == len(good.images) + 3
    assert mixed.skipped["path"].map(lambda path: path.split("/")[-1]).tolist() == [
        "0.png",
        "3a.png",
        "5a.jpg",
    ]
    assert mixed.skipped["reason"].str.len().min() > 5
    pd.testing.assert_series_equal(
        mixed.scored.set_index("path")["score"], good.scored.set_index("path")["score"]
    )


def test_identical_bytes_score_alike_and_keep_two_rows(red_and_blue, toy):
    source = red_and_blue / "Relevant" / "1.png"
    (red_and_blue / "Irrelevant" / "copy.png").write_bytes(source.read_bytes())
    images = relevance.score("red", red_and_blue, model=toy).images
    rows = images[images["path"].str.endswith(("Relevant/1.png", "copy.png"))]
    assert len(rows) == 2
    assert rows["score"].nunique() == 1


def test_huge_pictures_wait_as_small_ones(tmp_path):
    """Memory follows the encoder's input: what waits for the encoder is small."""

    class Watching(ToyEncoder):
        def encode_images(self, images):
            sizes.extend(image.size for image in images)
            return super().encode_images(images)

    sizes = []
    for number in range(5):
        Image.new("1", (5000, 4000)).save(tmp_path / f"{number}.png")
    embed_images(find_images([tmp_path]).refs, Watching())
    assert sizes == [(1000, 800)] * 5  # three times 224 pixels, and no more than a block over


def test_an_embedding_that_is_not_finite_is_a_skipped_row(red_and_blue, toy):
    class Faulty(ToyEncoder):
        def encode_images(self, images):
            rows = super().encode_images(images)
            rows[[image.size == (55, 45) for image in images]] = np.nan
            return rows

    scores = relevance.score("red", red_and_blue, model=Faulty())
    assert scores.skipped["reason"].tolist() == ["the encoder gave no finite embedding"]
    assert len(scores.scored) == 31
    assert scores.evaluation().available


def test_a_formula_in_a_name_is_disarmed_for_spreadsheets(tmp_path, toy, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "=1+1").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "=1+1" / "x.png")
    scores = relevance.score("red", "=1+1", model=toy)
    row = pd.read_csv(scores.to_csv(tmp_path / "x.csv")).iloc[0]
    assert (row["path"], row["folder"]) == ("'=1+1/x.png", "'=1+1")
    assert scores.images["folder"][0] == "=1+1"


def test_progress_counts_every_picture(red_and_blue, toy):
    calls = []
    (red_and_blue / "Relevant" / "bad.png").write_bytes(b"")
    relevance.score("red", red_and_blue, model=toy, progress=calls.append)
    assert calls[0] == Advance(0, 33)
    assert calls[-1] == Advance(33, 33, skipped=1)
    steps = [later.done - earlier.done for earlier, later in pairwise(calls)]
    assert sorted(steps) == [1] + [BATCH_SIZE] * 4
    calls.clear()
    relevance.score("blue", red_and_blue, model=toy, progress=calls.append)
    assert calls == [Advance(32, 33, cached=32), Advance(33, 33, cached=32, skipped=1)]


def test_files_of_a_run(red_and_blue, toy, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    (red_and_blue / "Relevant" / "bad.png").write_bytes(b"")
    scores = relevance.score("red", red_and_blue, model=toy)
    table = pd.read_csv(scores.to_csv(out / "x.csv"), keep_default_na=False)
    assert table.columns.tolist() == list(COLUMNS)
    assert len(table) == 33
    bad = table[table["status"] == "skipped"].iloc[0]
    assert (bad["score"], bad["relevant"], bad["reason"]) == ("", "", "the file is empty")
    result = json.loads(scores.to_json(out / "x.json").read_text())
    assert [row["rank"] for row in result["pictures"]] == [*range(1, 33), None]
    assert result["folders"][0] == pytest.approx(scores.folders.iloc[0].to_dict())
    assert result["evaluation"]["roc_auc"]["value"] == scores.evaluation().roc_auc.value
    assert [row["reason"] for row in result["skipped"]] == ["the file is empty"]
    assert result["encoder"]["fingerprint"] == toy.info.fingerprint


def test_undefined_numbers_are_null_in_json(red_and_blue, toy, tmp_path):
    scores = relevance.score("red", red_and_blue / "Relevant", model=toy)
    result = json.loads(scores.json_text())
    assert result["folders"][0]["scaled"] is None
    assert result["evaluation"]["roc_auc"]["value"] is None


def test_names_that_are_not_utf8_reach_every_output(tmp_path, toy):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "good.png")
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"")
    scores = relevance.score("red", tmp_path, model=toy)
    for path in (
        scores.to_csv(tmp_path / "x.csv"),
        scores.to_json(tmp_path / "x.json"),
        scores.to_html(tmp_path / "x.html"),
    ):
        assert "caf\\" in path.read_text(encoding="utf-8")


def test_the_command_in_the_report_makes_the_same_scores(red_and_blue, toy):
    scores = relevance.score(
        "dark red",
        [red_and_blue],
        model=toy,
        distance="angular",
        templates=["a {}"],
        relevant="Relevant",
        threshold=0.25,
        max_pixels=10**6,
    )
    assert shlex.split(scores.provenance["command"]) == [
        *("relevance", "score", "dark red", str(red_and_blue), "--model", "toy"),
        *("--distance", "angular", "--template", "a {}", "--max-pixels", "1000000"),
        *("--relevant", "Relevant", "--threshold", "0.25"),
    ]


def test_cut_prompts_are_reported(red_and_blue, toy, caplog):
    scores = relevance.score("red " * 10, red_and_blue, model=toy, templates=["{}", "a {}"])
    assert len(scores.provenance["truncated_prompts"]) == 2
    assert "2 of 2 prompts are longer than the encoder's 8 tokens" in caplog.text


def test_the_chosen_encoder_is_one_visible_line(red_and_blue, caplog):
    caplog.set_level(logging.INFO, "relevance")
    scores = relevance.score("red", red_and_blue, model="compact")
    lines = [record.message for record in caplog.records if record.message.startswith("Encoder:")]
    assert lines == ["Encoder: compact, fp32 on cpu (as asked for)."]
    assert scores.provenance["encoder_choice"] == "as asked for"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"distance": "manhattan"}, "choose one of cosine, dot, euclidean, angular"),
        ({"threshold": 1.5}, "a probability from 0 to 1, not 1.5"),
        ({"threshold": float("nan")}, "a probability from 0 to 1, not nan"),
        ({"max_pixels": 0}, "at least 1"),
        ({"templates": ["a photo"]}, "has no {}"),
        ({"relevant": "nope"}, "No folder is called"),
        ({"relevant": ""}, "name of a folder or file is empty"),
    ],
)
def test_wrong_arguments_are_explained(red_and_blue, toy, options, message):
    with pytest.raises(UsageError, match=message):
        relevance.score("red", red_and_blue, model=toy, **options)


def test_no_path(toy):
    with pytest.raises(UsageError, match="at least one folder"):
        relevance.score("red", [], model=toy)


def test_an_empty_path_is_not_the_current_folder(toy):
    with pytest.raises(UsageError, match="name of a folder is empty"):
        relevance.score("red", "", model=toy)


def test_no_picture_at_all(tmp_path, toy):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(
        NoReadablePictureError, match=r"left out: 1 not in a supported picture format"
    ):
        relevance.score("red", tmp_path, model=toy)


def test_no_readable_picture(tmp_path, toy):
    (tmp_path / "a.jpg").write_text("x")
    with pytest.raises(NoReadablePictureError, match="No picture could be read, of 1 found"):
        relevance.score("red", tmp_path, model=toy)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: relevance.score("red", ".", modle="x"), "no choice 'modle'; did you mean 'model'"),
        (
            lambda: relevance.score("red", ".", zzz=1),
            "no choice 'zzz'; there are model, max_",
        ),
        (lambda: relevance.score(["red"], "."), "one word or phrase, not list; categories takes"),
        (lambda: relevance.calibrate(None, "."), "one word or phrase, not NoneType"),
        (
            lambda: relevance.compare(b"red", ".", models=["a", "b"]),
            "one word or phrase, not bytes",
        ),
        (lambda: relevance.caption_table("a.csv", timeot=1), "no choice 'timeot'"),
        (lambda: relevance.caption_similarity("a.csv"), "not str; caption_table takes a file"),
    ],
)
def test_slips_of_a_programmer_are_named(tmp_path, monkeypatch, call, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("image,caption\n")
    with pytest.raises(TypeError, match=said):
        call()


def test_inputs_are_not_changed(red_and_blue):
    templates, paths = ["a {}"], [red_and_blue]
    relevance.score("red", paths, model=ToyEncoder(), templates=templates)
    assert (templates, paths) == (["a {}"], [red_and_blue])
