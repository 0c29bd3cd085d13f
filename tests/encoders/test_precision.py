"""Which arithmetic is taken: right on every processor, remembered for the one that measured it."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from relevance.encoders import load_encoder
from relevance.encoders.base import Description
from relevance.encoders.hub import HubEncoder
from relevance.encoders.onnx.choosing import ENOUGH, Form, Measured, choose, precision_of, refused
from relevance.encoders.onnx.samples import TEXTS, sample_pictures
from relevance.encoders.parallel import open_session
from relevance.encoders.processor import processor
from relevance.encoders.snapshots import fetch
from relevance.system.locations import models_folder
from tests.support.models import save_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of its own, with one export that these tests change the notes of."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def notes(clip, cache, monkeypatch):
    """What this processor was found to make of the export."""
    monkeypatch.setenv("RELEVANCE_CACHE", str(cache))
    for file in models_folder().glob("*/measured-*.json"):
        file.unlink()
    load_encoder(str(clip))
    (file,) = models_folder().glob("*/measured-*.json")
    return file


def set_speed(notes, tower, times):
    """Have the notes say that 8 bits are so many times as fast."""
    known = json.loads(notes.read_text())
    forms = known["forms"][tower]
    forms["int8"]["seconds"] = forms["fp32"]["seconds"] / times
    notes.write_text(json.dumps(known))


def test_products_of_large_8_bit_numbers_are_exact(tmp_path):
    """Kernels without VNNI add two products in 16 bits: 255 × 127 twice is more than fits."""
    inner, outer = 64, 16
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [1, inner])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [1, outer])],
        [numpy_helper.from_array(np.full((inner, outer), 127, np.int8), "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "product.onnx")
    session = open_session(tmp_path / "product.onnx")
    (found,) = session.run(None, {"a": np.full((1, inner), 255, np.uint8)})
    np.testing.assert_array_equal(found, np.full((1, outer), inner * 255 * 127))


def test_what_auto_takes_is_right(clip, notes):
    source = HubEncoder(fetch(str(clip)), Description("clip"))
    encoder = load_encoder(str(clip))
    for encode, items in (("encode_texts", TEXTS), ("encode_images", sample_pictures())):
        cosines = (getattr(encoder, encode)(items) * getattr(source, encode)(items)).sum(axis=1)
        assert cosines.min() >= min(ENOUGH, encoder.info.least_cosine - 1e-6)
    assert "pictures in " in encoder.info.precision_reason
    assert "texts in " in encoder.info.precision_reason


@pytest.mark.parametrize(
    ("pictures", "texts", "precision"),
    [
        (3, 3, "int8"),
        (0.9, 1.05, "fp32"),
        (3, 1.0, "int8 pictures, fp32 texts"),
        (0.5, 2, "fp32 pictures, int8 texts"),
    ],
)
def test_what_was_measured_here_decides(clip, notes, pictures, texts, precision):
    set_speed(notes, "pictures", pictures)
    set_speed(notes, "texts", texts)
    encoder = load_encoder(str(clip))
    assert encoder.info.precision == precision
    assert f"8 bits are {pictures:.1f} × as fast here" in encoder.info.precision_reason
    assert encoder.encode_images([Image.new("RGB", (9, 9))]).shape == (1, 16)
    assert encoder.info.least_cosine >= ENOUGH


def test_towers_that_are_asked_for_are_those_that_auto_takes(clip, notes):
    """One fingerprint, one set of vectors: auto in 8 bits is int8, in float32 fp32."""
    red = [Image.new("RGB", (30, 40), "red")]
    for times, precision in ((3, "int8"), (0.5, "fp32")):
        set_speed(notes, "pictures", times)
        set_speed(notes, "texts", times)
        auto, asked = load_encoder(str(clip)), load_encoder(str(clip), precision=precision)
        assert auto.info.fingerprint == asked.info.fingerprint
        assert asked.info.precision_reason == ""
        assert asked.info.least_cosine == pytest.approx(auto.info.least_cosine)
        np.testing.assert_array_equal(auto.encode_images(red), asked.encode_images(red))
        np.testing.assert_array_equal(auto.encode_texts(TEXTS), asked.encode_texts(TEXTS))


@pytest.mark.parametrize("fact", ["processor", "engine"])
def test_what_another_processor_was_found_to_do_is_not_used(clip, notes, fact):
    set_speed(notes, "pictures", 1000)
    known = json.loads(notes.read_text())
    assert known["processor"] == processor()
    notes.write_text(json.dumps(known | {fact: "one with other kernels"}))
    assert "1000.0 ×" not in load_encoder(str(clip)).info.precision_reason
    assert json.loads(notes.read_text())[fact] == known[fact]


@pytest.mark.parametrize("damage", ["", "{}", "[" * 200_000, '{"forms": {"pictures": 3}}', "\xff"])
def test_damaged_notes_are_made_again(clip, notes, damage):
    before = json.loads(notes.read_text())
    notes.write_text(damage, encoding="latin-1")
    load_encoder(str(clip))
    assert json.loads(notes.read_text())["forms"].keys() == before["forms"].keys()


def form(cosine, seconds):
    return Form(cosine, seconds)


@pytest.mark.parametrize(
    ("cosine", "seconds", "precision", "why"),
    [
        (
            0.999,
            1.0,
            "int8",
            "pictures in int8, as 8 bits are 3.0 × as fast here, least cosine",
        ),
        (
            0.53,
            1.0,
            "fp32",
            "pictures in fp32, as 8 bits have a least cosine of 0.5300 here",
        ),
        (float("nan"), 1.0, "fp32", "pictures in fp32, as 8 bits have a least cosine of nan here"),
        (0.999, 2.9, "fp32", "pictures in fp32, as 8 bits are 1.0 × as fast here"),
    ],
)
def test_choosing(cosine, seconds, precision, why):
    tower = {"fp32": form(1.0, 3.0), "int8": form(cosine, seconds)}
    measured = Measured("one", "engine", {"pictures": tower, "texts": tower}, {})
    taken, reason = choose(measured)
    assert taken == {"pictures": precision, "texts": precision}
    assert precision_of(taken) == precision
    assert reason.startswith(why)
    assert len(refused(measured)) == (0 if cosine >= ENOUGH else 2)
