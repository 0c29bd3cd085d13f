"""Image-only encoders against transformers called directly: real classes, random weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BitImageProcessorPil, ViTImageProcessorPil

import relevance
from relevance.encoders import load_encoder
from relevance.encoders.base import Description, unit_rows
from relevance.encoders.hub import HubEncoder
from relevance.encoders.onnx.agreement import Embedded, rank_correlation
from relevance.encoders.onnx.choosing import ENOUGH
from relevance.encoders.snapshots import fetch, find
from relevance.errors import ModelLoadError, UsageError
from relevance.system.locations import models_folder
from tests.support.models import clip_tokenizer, save_clip, save_image_only
from tests.support.toy import ToyEncoder

KINDS = ("vit", "vit-classifier", "dinov2", "dinov2-registers")
SIDES = {"vit": 32, "vit-classifier": 32, "dinov2": 42, "dinov2-registers": 42}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folder and model, by kind."""
    found = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp(kind)
        found[kind] = folder, save_image_only(folder, kind)
    return found


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    sizes = [(40, 60), (64, 64), (100, 37), (33, 90), (32, 32), (500, 20)]
    return [
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


def on_torch(folder, **options):
    return HubEncoder(fetch(str(folder)), Description(str(folder)), **options)


def direct(kind, model, pictures):
    """What a user of transformers would write."""
    if kind.startswith("vit"):
        processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    else:
        cut = {"height": 42, "width": 42}
        processor = BitImageProcessorPil(size={"shortest_edge": 48}, crop_size=cut)
    pixels = processor(images=pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        if kind == "vit-classifier":
            states = model(pixels, output_hidden_states=True).hidden_states[-1]
            return unit_rows(model.vit.layernorm(states)[:, 0])
        found = model(pixels)
        return unit_rows(found.last_hidden_state[:, 0] if kind == "vit" else found.pooler_output)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_the_class_token_of_transformers(kind, models, pictures):
    folder, model = models[kind]
    expected = direct(kind, model, pictures)
    source, encoder = on_torch(folder), load_encoder(str(folder), precision="fp32")
    np.testing.assert_allclose(source.encode_images(pictures), expected, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(pictures), expected, atol=1e-4)
    alone = np.concatenate([encoder.encode_images([picture]) for picture in pictures])
    np.testing.assert_array_equal(alone, encoder.encode_images(pictures))
    assert encoder.encode_images([]).shape == (0, 32)
    assert encoder.info.runtime.startswith("onnxruntime ")
    assert encoder.info.least_cosine == pytest.approx(1, abs=1e-4)
    assert encoder.info.rank_correlation == pytest.approx(1, abs=1e-3)
    assert source.info.runtime.startswith("torch ")
    assert source.info.fingerprint != encoder.info.fingerprint
    for info in (source.info, encoder.info):
        assert not info.has_text
        assert (info.dim, info.image_size, info.max_tokens) == (32, SIDES[kind], 0)
        assert (info.logit_scale, info.logit_bias, info.revision) == (0, None, "local")


@pytest.mark.parametrize("kind", ["vit", "dinov2"])
def test_8_bits_stay_near_and_what_auto_takes_is_right(kind, models, pictures):
    folder, model = models[kind]
    expected = direct(kind, model, pictures)
    small, auto = load_encoder(str(folder), precision="int8"), load_encoder(str(folder))
    assert small.info.precision == "int8"
    assert ENOUGH < (small.encode_images(pictures) * expected).sum(axis=1).min() < 1
    assert (auto.encode_images(pictures) * expected).sum(axis=1).min() > ENOUGH
    assert auto.info.precision in {"fp32", "int8"}
    assert auto.info.precision_reason.startswith(f"pictures in {auto.info.precision}, as 8 bits")
    assert "texts" not in auto.info.precision_reason
    assert auto.info.rank_correlation > 0.9


def test_an_untrained_pooler_does_not_count(models, pictures, tmp_path):
    """Without its weights, as many checkpoints are saved, a ViT gives the same vectors."""
    folder, _ = models["vit"]
    copy = shutil.copytree(folder, tmp_path / "copy")
    tensors = load_file(copy / "model.safetensors")
    tensors = {name: rows for name, rows in tensors.items() if not name.startswith("pooler.")}
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    np.testing.assert_array_equal(
        on_torch(copy).encode_images(pictures), on_torch(folder).encode_images(pictures)
    )
    del tensors["layernorm.weight"]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match=r"lack 1 weights, layernorm\.weight"):
        load_encoder(str(copy))


def test_settings_of_older_transformers_are_read(models, pictures, tmp_path):
    """As the preprocessor_config.json of google/vit-base-patch16-224-in21k was first written."""
    folder, _ = models["vit"]
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "processor_config.json").unlink(missing_ok=True)
    settings = {
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "ViTFeatureExtractor",
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        "size": 32,
    }
    (copy / "preprocessor_config.json").write_text(json.dumps(settings))
    expected = on_torch(folder).encode_images(pictures)
    encoder = load_encoder(str(copy), precision="fp32")
    np.testing.assert_allclose(encoder.encode_images(pictures), expected, atol=1e-4)
    assert encoder.info.image_size == 32


def test_an_export_needs_neither_torch_nor_a_tokenizer(models):
    folder, _ = models["dinov2"]
    red = Image.new("RGB", (60, 60), "red")
    vector = load_encoder(str(folder), precision="fp32").encode_images([red])
    code = (
        "import sys; from relevance import load_encoder; from PIL import Image\n"
        f"encoder = load_encoder({str(folder)!r}, precision='fp32')\n"
        "print(encoder.encode_images([Image.new('RGB', (60, 60), 'red')]).tolist())\n"
        "assert not {'torch', 'transformers', 'scipy', 'sklearn', 'onnx'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    np.testing.assert_allclose(json.loads(done.stdout), vector, atol=1e-6)
    exports = [file.parent for file in models_folder().glob("*/fp32/manifest.json")]
    own = [json.loads((export / "manifest.json").read_text()) for export in exports]
    assert {frozenset(export["fingerprints"]) for export in own if not export["texts"]} == {
        frozenset({"pictures"})
    }


def test_half_precision_is_image_only_too(models, pictures):
    folder, _ = models["dinov2"]
    half = load_encoder(str(folder), precision="bf16")
    assert (half.info.precision, half.info.has_text) == ("bf16", False)
    cosines = (half.encode_images(pictures) * on_torch(folder).encode_images(pictures)).sum(axis=1)
    assert cosines.min() > 0.999


def test_a_tokenizer_beside_it_changes_nothing(models, pictures, tmp_path):
    folder, _ = models["vit"]
    copy = shutil.copytree(folder, tmp_path / "copy")
    clip_tokenizer().save_pretrained(copy)
    encoder = on_torch(copy)
    assert not encoder.info.has_text
    np.testing.assert_array_equal(
        encoder.encode_images(pictures), on_torch(folder).encode_images(pictures)
    )


def test_words_are_refused_in_one_sentence(models):
    folder, _ = models["vit"]
    expected = rf"^{folder} sees pictures only and knows no words: .*search --like.*CLIP family"
    for encoder in (on_torch(folder), load_encoder(str(folder), precision="fp32")):
        for ask in (encoder.encode_texts, encoder.count_tokens):
            for texts in (["almonds"], []):
                with pytest.raises(UsageError, match=expected):
                    ask(texts)


def test_what_is_missing_is_still_named(models, tmp_path):
    folder, _ = models["vit"]
    assert find(str(folder)).is_image_only
    copy = shutil.copytree(folder, tmp_path / "copy")
    for name in ("preprocessor_config.json", "processor_config.json"):
        (copy / name).unlink(missing_ok=True)
    with pytest.raises(ModelLoadError, match=r"not complete: it has no preprocessor_config\.json"):
        load_encoder(str(copy))
    (copy / "config.json").write_text("[]")
    assert find(str(copy)) is None
    with pytest.raises(ModelLoadError, match="not what a model's settings look like"):
        load_encoder(str(copy))
    save_clip(tmp_path / "clip")
    assert not fetch(str(tmp_path / "clip")).is_image_only


@pytest.mark.parametrize(
    "words",
    [
        ["score", "almonds", "PICTURES"],
        ["categories", "PICTURES", "--keyword", "almonds", "--keyword", "walnuts"],
        ["captions", "TABLE"],
        ["calibrate", "almonds", "PICTURES"],
    ],
)
def test_jobs_with_words_refuse_it_before_they_begin(words, models, tmp_path, red_and_blue):
    table = tmp_path / "table.csv"
    table.write_text(f"image,caption\n{next(red_and_blue.glob('*/*'))},a red thing\n")
    places = {"PICTURES": str(red_and_blue), "TABLE": str(table)}
    folder, _ = models["vit"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "relevance", *(places.get(word, word) for word in words)),
            *("--model", str(folder)),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == UsageError.exit_code
    assert done.stderr.splitlines()[-1].endswith("`relevance models` lists some.")
    assert f"{folder} sees pictures only and knows no words" in done.stderr
    assert "Traceback" not in done.stderr


def test_compare_goes_on_without_it(models, red_and_blue, tmp_path):
    folder, _ = models["vit"]
    found = relevance.compare(
        "almonds", red_and_blue, models=["compact", str(folder)], output_dir=tmp_path / "reports"
    )
    assert [failure.model for failure in found.failures] == [str(folder)]
    assert "sees pictures only and knows no words" in found.failures[0].reason


def test_an_encoder_of_ones_own_without_words_is_refused(red_and_blue):
    toy = ToyEncoder(has_text=False)
    with pytest.raises(UsageError, match="toy sees pictures only and knows no words"):
        relevance.score("almonds", red_and_blue, model=toy)
    assert toy.batches == []


def test_rank_correlation_of_pictures_with_pictures():
    three = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    one = Embedded(three, None)
    assert rank_correlation(one, one) == pytest.approx(1)
    swapped = Embedded(three[[1, 0, 2]], None)
    first, second = three @ three.T, three[[1, 0, 2]] @ three[[1, 0, 2]].T
    ranks = [np.argsort(np.argsort(rows)) for rows in (*first, *second)]
    by_hand = [1 - 6 * ((a - b) ** 2).sum() / 24 for a, b in zip(ranks[:3], ranks[3:], strict=True)]
    assert rank_correlation(one, swapped) == pytest.approx(np.mean(by_hand))
