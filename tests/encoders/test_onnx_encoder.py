"""Exported encoders against transformers called directly, in float32 and in 8 bits."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, CLIPImageProcessorPil, SiglipImageProcessorPil

from relevance.encoders import load_encoder, open_encoder
from relevance.encoders.base import Description
from relevance.encoders.hub import HubEncoder
from relevance.encoders.onnx.agreement import Embedded, least_cosine, rank_correlation
from relevance.encoders.onnx.choosing import ENOUGH
from relevance.encoders.onnx.pictures import PictureRules
from relevance.encoders.onnx.resampling import Stretch
from relevance.encoders.onnx.texts import TextRules, TextTokens
from relevance.encoders.snapshots import fetch
from relevance.errors import ModelLoadError, UsageError
from relevance.system.locations import models_folder
from tests.support.models import SIGLIP_LENGTH, save_clip, save_relative, save_siglip

TEXTS = ["almonds", "a photo of Red Apples", "a close-up photo of walnuts in a bowl", "é ∀ 中"]
KINDS = ["clip", "siglip", "metaclip2", "altclip"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of small models, by kind."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in [*KINDS, "siglip2-naflex"]}
    save_clip(folders["clip"])
    save_siglip(folders["siglip"])
    for kind in ("metaclip2", "altclip", "siglip2-naflex"):
        save_relative(folders[kind], kind)
    return folders


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    sizes = [(40, 60), (64, 64), (100, 37), (33, 90), (32, 32), (500, 20), (3, 700)]
    return [
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


def on_torch(folder):
    return HubEncoder(fetch(str(folder)), Description(str(folder)))


def least(one, other):
    return (one * other).sum(axis=1).min()


@pytest.mark.parametrize("kind", KINDS)
def test_float32_equals_transformers(kind, models, pictures):
    source, encoder = on_torch(models[kind]), load_encoder(str(models[kind]), precision="fp32")
    for text, own in zip(TEXTS, encoder.encode_texts(TEXTS), strict=True):
        np.testing.assert_allclose(own, source.encode_texts([text])[0], atol=1e-5)
    expected = source.encode_images(pictures)
    np.testing.assert_allclose(encoder.encode_images(pictures), expected, atol=1e-5)
    assert encoder.info.precision == "fp32"
    assert encoder.info.runtime.startswith("onnxruntime ")
    assert encoder.info.least_cosine == pytest.approx(1, abs=1e-5)
    assert encoder.info.rank_correlation == pytest.approx(1, abs=1e-3)
    assert encoder.info.fingerprint != source.info.fingerprint
    for fact in ("dim", "image_size", "max_tokens", "logit_scale", "logit_bias", "revision"):
        assert getattr(encoder.info, fact) == getattr(source.info, fact)


@pytest.mark.parametrize("kind", KINDS)
def test_8_bits_stay_near_and_ignore_the_batch(kind, models, pictures):
    source, encoder = on_torch(models[kind]), load_encoder(str(models[kind]), precision="int8")
    assert encoder.info.precision == "int8"
    texts, images = encoder.encode_texts(TEXTS), encoder.encode_images(pictures)
    assert least(texts, source.encode_texts(TEXTS)) > 0.99
    assert ENOUGH < least(images, source.encode_images(pictures)) < 1
    assert ENOUGH <= encoder.info.least_cosine < 1
    assert 0.9 < encoder.info.rank_correlation < 1
    for encode, items, rows in (
        (encoder.encode_texts, TEXTS, texts),
        (encoder.encode_images, pictures, images),
    ):
        alone = np.concatenate([encode([item]) for item in items])
        np.testing.assert_array_equal(rows, alone)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
        assert rows.dtype == np.float32
        assert encode([]).shape == (0, encoder.info.dim)


def test_clip_of_full_width_in_8_bits(tmp_path):
    """ViT-B/32's real widths, a quarter of its layers; benchmarks/engine.py has the whole."""
    save_clip(tmp_path, tiny=False, layers=3)
    source, encoder = on_torch(tmp_path), load_encoder(str(tmp_path), precision="int8")
    rng = np.random.default_rng(1)
    photos = [
        Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)).resize((400, 300))
        for _ in range(4)
    ]
    assert encoder.info.precision == "int8"
    assert (encoder.info.dim, encoder.info.image_size) == (512, 224)
    assert least(encoder.encode_images(photos), source.encode_images(photos)) > ENOUGH
    assert least(encoder.encode_texts(TEXTS), source.encode_texts(TEXTS)) > ENOUGH


def test_an_export_runs_without_torch_and_transformers(models):
    code = (
        "import sys; from relevance import load_encoder\n"
        f"encoder = load_encoder({str(models['clip'])!r})\n"
        "from PIL import Image\n"
        "print(encoder.encode_texts(['almonds']).tolist())\n"
        "print(encoder.encode_images([Image.new('RGB', (40, 40), 'red')]).tolist())\n"
        "assert not {'torch', 'transformers', 'scipy', 'sklearn', 'onnx'} & set(sys.modules)\n"
    )
    encoder = load_encoder(str(models["clip"]))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text, image = map(json.loads, done.stdout.splitlines())
    np.testing.assert_allclose(text, encoder.encode_texts(["almonds"]), atol=1e-6)
    red = Image.new("RGB", (40, 40), "red")
    np.testing.assert_allclose(image, encoder.encode_images([red]), atol=1e-6)


def test_a_tower_that_8_bits_spoil_is_refused(models, tmp_path):
    """One enormous channel leaves a scale on which all others round to nothing."""
    folder = shutil.copytree(models["clip"], tmp_path / "spoilt")
    tensors = load_file(folder / "model.safetensors")
    tensors["vision_model.post_layernorm.weight"][0] *= 2000
    tensors["visual_projection.weight"][:, 0] /= 2000
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    encoder, reason = open_encoder(str(folder))
    assert encoder.info.precision in {"fp32", "fp32 pictures, int8 texts"}
    assert encoder.info.least_cosine >= ENOUGH
    assert "pictures in fp32, as 8 bits have a least cosine of" in reason
    assert reason == f"as asked for; {encoder.info.precision_reason}"
    with pytest.raises(
        ModelLoadError, match=r"8-bit arithmetic for pictures was refused.*--precision auto or fp32"
    ):
        load_encoder(str(folder), precision="int8")
    picture = [Image.new("RGB", (40, 40), "teal")]
    source = on_torch(folder)
    np.testing.assert_allclose(
        encoder.encode_images(picture), source.encode_images(picture), atol=1e-5
    )


def test_what_cannot_be_exported_runs_on_torch(models, caplog):
    folder = str(models["siglip2-naflex"])
    with caplog.at_level(logging.INFO):
        encoder = load_encoder(folder)
    assert encoder.info.runtime.startswith("torch ")
    assert (
        "runs on PyTorch: Siglip2ImageProcessorPil prepares pictures in its own way" in caplog.text
    )
    caplog.clear()
    with caplog.at_level(logging.INFO):
        load_encoder(folder)
    assert "Exporting" not in caplog.text
    with pytest.raises(ModelLoadError, match="no int8 form"):
        load_encoder(folder, precision="int8")


def test_a_damaged_export_is_one_sentence(models, tmp_path, monkeypatch):
    monkeypatch.setenv("RELEVANCE_CACHE", str(tmp_path))
    load_encoder(str(models["siglip"]), precision="fp32")
    (graph,) = models_folder().glob("*/fp32/image.onnx")
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(ModelLoadError, match=r"damaged.*relevance cache clear --models"):
        load_encoder(str(models["siglip"]), precision="fp32").encode_images(
            [Image.new("RGB", (40, 40))]
        )
    (manifest,) = models_folder().glob("*/fp32/manifest.json")
    manifest.write_text("{}")
    with pytest.raises(ModelLoadError, match="damaged"):
        load_encoder(str(models["siglip"]), precision="fp32")


def test_the_first_run_of_a_model_says_what_it_does_and_no_more(models, samples, tmp_path):
    words = ["score", "almonds", samples / "examples", "--model", models["siglip"], "--no-report"]
    words += ["--output-dir", tmp_path / "out"]
    done = subprocess.run(
        [sys.executable, "-m", "relevance", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"RELEVANCE_CACHE": str(tmp_path)},
    )
    model = re.escape(str(models["siglip"]))
    said = [line for line in done.stderr.splitlines() if not line.startswith("[transformers]")]
    tower = r"%s in (fp32|int8), as 8 bits are [\d.]+ × as fast here(, least cosine [\d.]+)?"
    expected = [
        rf"Exporting {model} to ONNX, once; this takes a minute or so\.",
        rf"Measuring {model} on this processor, once\.",
        rf"Encoder: {model}, .* on cpu "
        rf"\(as asked for; {tower % 'pictures'}; {tower % 'texts'}\)\.",
    ]
    assert len(said) == len(expected)
    for line, pattern in zip(said, expected, strict=True):
        assert re.fullmatch(pattern, line), line


def test_where_no_export_can_be_written_it_says_so(models, monkeypatch):
    monkeypatch.setenv("RELEVANCE_CACHE", "/dev/null/cache")
    with pytest.raises(ModelLoadError, match=r"cannot be written.*Set RELEVANCE_CACHE"):
        load_encoder(str(models["clip"]))


def test_two_processes_may_export_at_once(models, tmp_path):
    code = (
        "from relevance import load_encoder\n"
        f"print(load_encoder({str(models['clip'])!r}, precision='fp32').info.fingerprint)\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={"RELEVANCE_CACHE": str(tmp_path), "PATH": ""},
        )
        for _ in range(2)
    ]
    fingerprints = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert fingerprints[0] == fingerprints[1] != ""
    assert len(list((tmp_path / "models").glob("*/*"))) == 2  # the export and what was seen


def test_wrong_wishes_are_refused(models):
    folder = str(models["clip"])
    with pytest.raises(UsageError, match='no precision "int4"; choose one of auto, fp32'):
        load_encoder(folder, precision="int4")
    with pytest.raises(UsageError, match='no device "tpu"'):
        load_encoder(folder, device="tpu")
    with pytest.raises(ModelLoadError, match="fp16 runs on a GPU only"):
        load_encoder(folder, precision="fp16")
    with pytest.raises(ModelLoadError, match="compact encoder runs in fp32 on the CPU"):
        load_encoder("compact", precision="int8")
    if not torch.cuda.is_available():
        with pytest.raises(ModelLoadError, match="There is no cuda device"):
            load_encoder(folder, device="cuda")


sides = st.integers(1, 400) | st.integers(400, 3000)
filters = st.sampled_from(range(6))


@settings(max_examples=60)
@given(sides, sides, filters, st.integers(8, 64), st.integers(8, 64))
def test_pictures_are_prepared_as_by_clips_processor(width, height, resample, edge, crop):
    picture = noise(width, height)
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": edge}, crop_size={"height": crop, "width": crop}, resample=resample
    )
    own = PictureRules(edge, crop, crop, resample).apply(picture)
    assert_same_values(own, processor, picture)


@settings(max_examples=40)
@given(sides, sides, filters, st.integers(8, 64), st.integers(8, 64))
def test_pictures_are_prepared_as_by_siglips_processor(width, height, resample, high, wide):
    picture = noise(width, height)
    processor = SiglipImageProcessorPil(size={"height": high, "width": wide}, resample=resample)
    own = PictureRules(0, high, wide, resample).apply(picture)
    assert_same_values(own, processor, picture)


def noise(width, height):
    rng = np.random.default_rng(width * 1000 + height)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def assert_same_values(own, processor, picture):
    """The graph scales the values; it is the same sum here."""
    mean, std = np.array(processor.image_mean), np.array(processor.image_std)
    values = (own.astype(np.float64) * processor.rescale_factor - mean) / std
    expected = processor(images=picture, return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(values.transpose(2, 0, 1), expected, atol=1e-5)


@settings(max_examples=100)
@given(st.data(), st.integers(1, 900), st.integers(1, 900), filters)
def test_a_part_of_a_resized_axis_equals_pillows(data, before, after, resample):
    start = data.draw(st.integers(0, after - 1))
    stop = data.draw(st.integers(start + 1, after))
    picture = noise(3, before)
    whole = np.asarray(picture.resize((3, after), resample))
    stretch = Stretch(before, after, (start, stop), Image.Resampling(resample))
    needed = np.asarray(picture)[stretch.start : stretch.stop]
    np.testing.assert_array_equal(stretch.apply(needed), whole[start:stop])


@pytest.mark.parametrize("size", [(30_000, 2), (2, 30_000)])
@pytest.mark.parametrize("resample", [0, 2, 3])
def test_the_middle_of_a_very_long_picture_equals_that_of_the_whole(size, resample):
    """As transformers does it, in uint8; its floats of such a picture would take gigabytes."""
    picture, edge = noise(*size), 48
    wide, high = (side * edge // 2 for side in size)
    assert wide * high > 1 << 25
    whole = picture.resize((wide, high), resample)
    left, top = (wide - 40) // 2, (high - 40) // 2
    expected = np.asarray(whole.crop((left, top, left + 40, top + 40)))
    np.testing.assert_array_equal(PictureRules(edge, 40, 40, resample).apply(picture), expected)


def test_a_very_long_picture_costs_little_and_shows_its_middle():
    wide = Image.new("RGB", (200_000, 4), "white")
    wide.paste("red", (99_990, 0, 100_010, 4))
    own = PictureRules(224, 224, 224, 3).apply(wide)
    assert own.shape == (224, 224, 3)
    assert own[112, 112].tolist() == [255, 0, 0]


@pytest.fixture(scope="module")
def tokenizers(models):
    """Tokenizers of transformers and ours, with padding token and length."""
    return [
        (
            AutoTokenizer.from_pretrained(models[kind]),
            TextTokens(
                models[kind] / "tokenizer.json",
                TextRules(length, lower_case=False, padding=padding),
            ),
            padding,
            length,
        )
        for kind, padding, length in (("clip", None, 77), ("siglip", 0, SIGLIP_LENGTH))
    ]


@settings(max_examples=100)
@given(st.text(max_size=400))
def test_texts_become_the_same_tokens_as_in_transformers(tokenizers, text):
    for tokenizer, own, padding, length in tokenizers:
        expected = tokenizer(
            text,
            truncation=True,
            max_length=length,
            padding="max_length" if padding is not None else False,
        )["input_ids"]
        assert own.ids(text)[0].tolist() == expected
        assert own.count(text) == len(tokenizer(text, verbose=False)["input_ids"])


def test_agreement_of_known_vectors():
    one = Embedded(np.eye(3, dtype=np.float32), np.array([[0.6, 0.8, 0.0]], np.float32))
    swapped = Embedded(np.eye(3, dtype=np.float32)[[1, 0, 2]], one.texts)
    assert least_cosine(one.pictures, one.pictures) == 1
    assert least_cosine(one.pictures, swapped.pictures) == 0
    assert rank_correlation(one, one) == pytest.approx(1)
    assert rank_correlation(one, swapped) == pytest.approx(0.5)  # ranks 2 3 1 against 3 2 1
