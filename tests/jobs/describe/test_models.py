"""Captioning models: what transformers writes, each picture once, and nothing lost on a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor

import relevance
from relevance.cli import main
from relevance.encoders.captioning import CAPTIONERS, load_captioner
from relevance.errors import ModelLoadError, NoReadablePictureError, UsageError
from relevance.jobs.describe.captioning import BATCH
from tests.conftest import ROOT
from tests.support.captioners import save_captioner
from tests.support.models import save_clip
from tests.support.toy_captioner import ColourCaptioner

KINDS = {"blip": 1, "git": 4, "idefics3": 4, "florence2": 3}
"""Kinds of models, and how many different captions the random weights give at least."""

COLOURS = ("red", "green", "blue", "white", "black", "yellow")


@pytest.fixture
def pictures(tmp_path):
    """20 different pictures, two copies, a black one, a white one, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        Image.new("RGB", (9, 9), (10 * number + 5, 80, 80)).save(folder / f"a{number:02}.png")
    for copy in ("b1", "b2"):
        (folder / f"{copy}.png").write_bytes((folder / "a03.png").read_bytes())
    Image.new("RGB", (9, 9), "black").save(folder / "c.png")
    Image.new("RGB", (9, 9), "white").save(folder / "d.png")
    (folder / "e.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Models with random weights, one of each kind, as saved, and in their folders."""
    desk = tmp_path_factory.mktemp("models")
    return {
        kind: SimpleNamespace(folder=desk / kind, model=save_captioner(desk / kind, kind))
        for kind in KINDS
    }


def by_hand(processor, image, kind, style):
    """What a model is given for a picture."""
    if kind == "idefics3":
        asked = {"short": "Name what this picture shows in one short phrase."}
        asked["product"] = "Describe the product in this picture in one sentence."
        said = [{"type": "image"}, {"type": "text", "text": asked[style]}]
        turn = {"role": "user", "content": said}
        text = processor.apply_chat_template([turn], add_generation_prompt=True)
        choices = {"do_image_splitting": False}
        return processor(text=[text], images=[[image]], return_tensors="pt", **choices)
    if kind == "florence2":
        task = {"short": "<CAPTION>", "product": "<DETAILED_CAPTION>"}[style]
        return processor(text=task, images=image, return_tensors="pt")
    return processor(images=image, return_tensors="pt")


@pytest.mark.parametrize("kind", KINDS)
def test_captions_are_what_transformers_writes_whatever_else_is_in_the_batch(models, kind):
    images = [Image.new("RGB", (40, 30), colour) for colour in COLOURS]
    captioner = load_captioner(str(models[kind].folder))
    processor = AutoProcessor.from_pretrained(models[kind].folder)
    for style, length in (("short", 24), ("product", 48)):
        expected = []
        for image in images:
            inputs = by_hand(processor, image, kind, style)
            with torch.inference_mode():
                ids = models[kind].model.generate(**inputs, max_new_tokens=length, do_sample=False)
            start = inputs["input_ids"].shape[1] if kind == "idefics3" else 0
            expected.append(processor.decode(ids[0, start:], skip_special_tokens=True).strip())
        assert captioner.caption(images, style) == expected
        assert len(set(expected)) >= KINDS[kind]
    assert captioner.caption([], "short") == []
    assert (captioner.info.family, captioner.info.image_size) == (kind, 32)
    assert (captioner.info.precision, captioner.info.device) == ("fp32", "cpu")


def test_the_command_writes_what_the_model_says(models, tmp_path, samples):
    target = tmp_path / "captions.csv"
    folder = samples / "google_images" / "apples"
    words = ["describe", str(folder), "-o", str(target), "--model", str(models["git"].folder)]
    assert main([*words, "--encoder", "compact", "--style", "short", "--quiet"]) == 0
    table = pd.read_csv(target)
    assert set(table["model"]) == {str(models["git"].folder)}
    assert table["caption"].str.len().min() > 0
    assert set(table["status"]) <= {"ok", "doubtful"}
    assert table["similarity"].between(-1, 1).all()
    assert table["reason"].isna().equals(table["status"] == "ok")
    assert [path.name for path in tmp_path.iterdir()] == ["captions.csv"]


def test_each_different_picture_is_described_once(toy, pictures):
    captioner, advances = ColourCaptioner(), []
    found = relevance.describe(
        pictures, model=captioner, encoder=toy, style="short", progress=advances.append
    )
    table = found.table.set_index(found.table["path"].str.rpartition("/")[2])
    assert sum(captioner.batches) == 21
    assert table.loc["a03.png", "caption"] == "colour (35, 80, 80)"
    assert set(table.loc[["b1.png", "b2.png"], "caption"]) == {"colour (35, 80, 80)"}
    skipped = table[table["status"] == "skipped"]["reason"]
    assert skipped.drop("e.png").to_dict() == {
        "c.png": "ValueError: too dark",
        "d.png": "the model said nothing",
    }
    assert found.n_described == 22
    last = advances[-1]
    assert (last.done, last.total, last.skipped) == (22, 22, 2)


def test_a_stopped_run_goes_on_where_it_was(toy, pictures, tmp_path):
    def stop(n_done):
        if n_done >= BATCH:
            raise KeyboardInterrupt

    whole, target = tmp_path / "whole.csv", tmp_path / "captions.csv"
    choices = {"encoder": toy, "style": "short"}
    relevance.describe(pictures, whole, model=ColourCaptioner(), **choices)
    with pytest.raises(KeyboardInterrupt):
        relevance.describe(pictures, target, model=ColourCaptioner(stop), **choices)
    assert not target.exists()
    with pytest.raises(UsageError, match=r"unfinished\. Go on with it with --resume"):
        relevance.describe(pictures, target, model=ColourCaptioner(), **choices)
    other = ColourCaptioner(name="others")
    with pytest.raises(UsageError, match="another model, style or other options"):
        relevance.describe(pictures, target, model=other, resume=True, **choices)
    rest = ColourCaptioner()
    relevance.describe(pictures, target, model=rest, resume=True, **choices)
    assert sum(rest.batches) == 21 - BATCH
    assert target.read_bytes() == whole.read_bytes()
    assert not Path(f"{target}.journal").exists()


KILLED = """
import os, signal, sys
import relevance
from relevance.jobs.describe.captioning import BATCH
from tests.support.toy import ToyEncoder
from tests.support.toy_captioner import ColourCaptioner

def stop(n_done):
    if n_done >= BATCH:
        os.kill(os.getpid(), signal.SIGKILL)

relevance.describe(sys.argv[1], sys.argv[2], model=ColourCaptioner(stop), encoder=ToyEncoder())
"""


def test_a_killed_run_loses_one_batch_at_most(toy, pictures, tmp_path):
    target = tmp_path / "captions.csv"
    done = subprocess.run([sys.executable, "-c", KILLED, pictures, target], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    rest = ColourCaptioner()
    found = relevance.describe(pictures, target, model=rest, encoder=toy, resume=True)
    assert sum(rest.batches) == 21 - BATCH
    assert found.n_described == 22


def test_where_no_picture_can_be_described_the_command_says_so(toy, tmp_path):
    Image.new("RGB", (9, 9), "black").save(tmp_path / "a.png")
    found = relevance.describe(tmp_path, model=ColourCaptioner(), encoder=toy)
    with pytest.raises(NoReadablePictureError, match=r"Not one of 1 .*too dark"):
        found.check_any_described()


def test_what_is_no_captioning_model_is_said(toy, pictures, tmp_path, monkeypatch):
    def load(model, **more):
        return relevance.describe(pictures, model=model, encoder=toy, **more)

    with pytest.raises(UsageError, match="compact is an encoder, which writes no captions"):
        load("compact")
    with pytest.raises(UsageError, match="give --model or --tags"):
        load("git", tags="words.txt")
    with pytest.raises(ModelLoadError, match='no captioning model "gti"; there are git, git-large'):
        load("gti")
    with pytest.raises(UsageError, match="precision of captions"):
        load("git", precision="int8")
    save_clip(tmp_path / "clip")
    with pytest.raises(ModelLoadError, match="is a clip model, which writes no captions"):
        load(str(tmp_path / "clip"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelLoadError, match="or leave out --model, for tags by the encoder"):
        load("git")


def test_short_names_say_what_they_stand_for():
    assert [*CAPTIONERS] == [
        *("git", "git-large", "blip-large", "florence-2", "florence-2-large", "smolvlm")
    ]
    assert {name: entry.cider for name, entry in CAPTIONERS.items() if entry.cider} == {
        "git": 131.4,
        "git-large": 138.5,
        "florence-2": 140.0,
        "florence-2-large": 143.3,
    }
