"""Encoders in worker processes: what arrives gives the vectors of what was sent, or says why."""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from PIL import Image

from relevance.encoders import load_encoder
from relevance.encoders.base import Description
from relevance.encoders.compact import CompactEncoder
from relevance.encoders.compact.encoder import MODEL_FILES
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from relevance.errors import ModelLoadError
from tests.conftest import ROOT
from tests.support.models import save_clip, save_image_only
from tests.support.toy import ToyEncoder

PICTURES = [Image.new("RGB", (40, 30), "teal"), Image.new("RGB", (30, 40), "gold")]


def rows_in_a_worker(encoder):
    """What a worker process makes of an encoder that it is sent."""
    texts = encoder.encode_texts(["almonds"]) if encoder.info.has_text else None
    return encoder.info, encoder.encode_images(PICTURES), texts


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


@pytest.fixture(scope="module")
def encoders(clip_folder, tmp_path_factory):
    """One of each kind."""
    vit = tmp_path_factory.mktemp("vit")
    save_image_only(vit, "vit")
    return {
        "toy": ToyEncoder(),
        "compact": load_encoder("compact"),
        "export": load_encoder(str(clip_folder), precision="fp32"),
        "pictures only": load_encoder(str(vit), precision="fp32"),
        "torch": HubEncoder(fetch(str(clip_folder)), Description("clip")),
    }


def test_encoders_work_in_spawned_processes(encoders):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        found = dict(zip(encoders, pool.map(rows_in_a_worker, encoders.values()), strict=True))
    for name, encoder in encoders.items():
        info, pictures, texts = found[name]
        assert info == encoder.info, name
        np.testing.assert_allclose(pictures, encoder.encode_images(PICTURES), atol=1e-6)
        if texts is not None:
            np.testing.assert_allclose(texts, encoder.encode_texts(["almonds"]), atol=1e-6)


def test_what_is_pickled_is_how_to_load_it(encoders):
    assert max(len(pickle.dumps(encoder)) for encoder in encoders.values()) < 3000


def test_other_files_in_the_encoders_place_are_noticed(tmp_path):
    source = ROOT / "relevance" / "encoders" / "compact"
    for name in MODEL_FILES:
        shutil.copy(source / name, tmp_path)
    sent = pickle.dumps(CompactEncoder(tmp_path))
    assert pickle.loads(sent).info.fingerprint == CompactEncoder(tmp_path).info.fingerprint
    config = tmp_path / "config.json"
    config.write_text(config.read_text() + "\n")
    with pytest.raises(ModelLoadError, match=r"compact was sent .* other files lie in its place"):
        pickle.loads(sent)


@pytest.mark.parametrize("kind", ["export", "torch"])
def test_an_encoder_whose_files_are_not_here_says_so(clip_folder, tmp_path, kind):
    folder = tmp_path / "clip"
    shutil.copytree(clip_folder, folder)
    if kind == "torch":
        sent = pickle.dumps(HubEncoder(fetch(str(folder)), Description("clip")))
        shutil.rmtree(folder)
    else:
        encoder = load_encoder(str(folder), precision="fp32")
        sent = pickle.dumps(encoder)
        export = encoder._files.image.parent
        aside = export.with_name("aside")
        export.rename(aside)
    try:
        with pytest.raises(ModelLoadError, match="its files are not here; load it in this one"):
            pickle.loads(sent)
    finally:
        if kind == "export":
            aside.rename(export)
