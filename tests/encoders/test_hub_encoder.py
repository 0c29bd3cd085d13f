"""Hub models on PyTorch against transformers called directly: real classes, random weights."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    AutoImageProcessor,
    AutoTokenizer,
    CLIPImageProcessorPil,
    SiglipImageProcessorPil,
)

import relevance
from relevance.encoders.base import Description, unit_rows
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from relevance.errors import ModelLoadError
from tests.support.models import (
    SIGLIP_LENGTH,
    clip_tokenizer,
    save_clip,
    save_relative,
    save_siglip,
)

TEXTS = ["almonds", "a photo of Red Apples", "a close-up photo of walnuts in a bowl"]


def load(folder, **options):
    return HubEncoder(fetch(str(folder)), Description(str(folder)), **options)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    return folder, save_clip(folder), load(folder)


@pytest.fixture(scope="module")
def siglip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("siglip")
    return folder, save_siglip(folder), load(folder)


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    sizes = [(40, 60), (64, 64), (100, 37), (33, 90), (32, 32)]
    return [
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


def direct_clip(model, size, pictures):
    """What a user of transformers would write, with the processor's class and not our loading."""
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size={"height": size, "width": size}
    )
    tokens = clip_tokenizer()(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        texts = model.get_text_features(**tokens).pooler_output
        pixels = processor(images=pictures, return_tensors="pt")
        images = model.get_image_features(**pixels).pooler_output
    return unit_rows(texts), unit_rows(images)


def test_clip_equals_transformers(clip, pictures):
    _, model, encoder = clip
    texts, images = direct_clip(model, 32, pictures)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), texts, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(pictures), images, atol=1e-5)
    assert encoder.info.logit_scale == pytest.approx(model.logit_scale.exp().item())
    assert encoder.info.logit_bias is None
    assert (encoder.info.dim, encoder.info.image_size, encoder.info.max_tokens) == (16, 32, 77)
    assert encoder.info.revision == "local"


def test_full_size_clip_equals_transformers(tmp_path, pictures):
    model = save_clip(tmp_path, tiny=False)
    encoder = load(tmp_path)
    texts, images = direct_clip(model, 224, pictures[:2])
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), texts, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(pictures[:2]), images, atol=1e-5)
    assert encoder.info.dim == 512


def test_siglip_equals_transformers_with_fixed_padding_and_lower_case(siglip, pictures):
    folder, model, encoder = siglip
    tokens = AutoTokenizer.from_pretrained(folder)(
        [text.lower() for text in TEXTS],
        padding="max_length",
        truncation=True,
        max_length=SIGLIP_LENGTH,
        return_tensors="pt",
    )
    with torch.no_grad():
        texts = model.get_text_features(input_ids=tokens["input_ids"]).pooler_output
        pixels = SiglipImageProcessorPil(size={"height": 32, "width": 32})(
            images=pictures, return_tensors="pt"
        )
        images = model.get_image_features(**pixels).pooler_output
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), unit_rows(texts), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(pictures), unit_rows(images), atol=1e-5)
    assert encoder.info.logit_bias == pytest.approx(model.logit_bias.item())
    assert encoder.info.max_tokens == SIGLIP_LENGTH


def test_siglip_ignores_case(siglip):
    _, _, encoder = siglip
    lower, upper = encoder.encode_texts(["a photo of nuts", "A Photo of NUTS"])
    np.testing.assert_array_equal(lower, upper)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_batch_size_does_not_matter(name, pictures, request):
    _, _, encoder = request.getfixturevalue(name)
    for encode, items in ((encoder.encode_texts, TEXTS), (encoder.encode_images, pictures)):
        together = encode(items)
        alone = np.concatenate([encode([item]) for item in items])
        np.testing.assert_allclose(together, alone, atol=1e-4)
        np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
        assert together.dtype == np.float32
        assert encode([]).shape == (0, encoder.info.dim)


@pytest.mark.parametrize("kind", ["metaclip2", "altclip", "siglip2-naflex"])
def test_relatives_of_clip(kind, tmp_path, pictures):
    """Other dual encoders: equal to transformers for one text and picture, whatever the batch."""
    model = save_relative(tmp_path, kind)
    encoder = load(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    processor = AutoImageProcessor.from_pretrained(tmp_path, backend="pil")
    padding = {"padding": "max_length", "max_length": SIGLIP_LENGTH} if "siglip" in kind else {}
    for text, own in zip(TEXTS, encoder.encode_texts(TEXTS), strict=True):
        cased = text.lower() if "siglip" in kind else text
        ids = tokenizer(cased, return_tensors="pt", **padding)["input_ids"]
        with torch.no_grad():
            expected = model.get_text_features(input_ids=ids).pooler_output
        np.testing.assert_allclose(own, unit_rows(expected)[0], atol=1e-4)
    for picture, own in zip(pictures, encoder.encode_images(pictures), strict=True):
        with torch.no_grad():
            pixels = processor(images=[picture], return_tensors="pt")
            expected = model.get_image_features(**pixels).pooler_output
        np.testing.assert_allclose(own, unit_rows(expected)[0], atol=1e-4)
    assert (encoder.info.logit_bias is not None) == ("siglip" in kind)
    assert encoder.info.image_size == 32


def test_half_precision_says_so_and_stays_near(clip, pictures):
    folder, _, full = clip
    half = load(folder, precision="bf16")
    assert (half.info.precision, half.info.device) == ("bf16", "cpu")
    assert half.info.fingerprint != full.info.fingerprint
    assert half.info.logit_scale == full.info.logit_scale
    for encode, items in (("encode_texts", TEXTS), ("encode_images", pictures)):
        cosines = (getattr(half, encode)(items) * getattr(full, encode)(items)).sum(axis=1)
        assert cosines.min() > 0.999
        assert cosines.min() < 1


def test_several_threads_may_encode_at_once(clip, pictures):
    _, _, encoder = clip
    with ThreadPoolExecutor(4) as pool:
        rows = pool.map(lambda picture: encoder.encode_images([picture])[0], pictures * 4)
    np.testing.assert_allclose(
        list(rows), np.tile(encoder.encode_images(pictures), (4, 1)), atol=1e-5
    )


def test_a_copy_of_the_folder_is_the_same_encoder(clip, tmp_path, pictures):
    folder, _, encoder = clip
    copy = load(shutil.copytree(folder, tmp_path / "copy"))
    assert copy.info.fingerprint == encoder.info.fingerprint
    np.testing.assert_array_equal(copy.encode_images(pictures), encoder.encode_images(pictures))


def test_other_preprocessing_is_another_fingerprint(clip, tmp_path):
    folder, _, encoder = clip
    copy = shutil.copytree(folder, tmp_path / "copy")
    settings = copy / "preprocessor_config.json"
    if not settings.exists():
        settings = copy / "processor_config.json"
    settings.write_text(settings.read_text().replace("0.48145466", "0.5"))
    assert load(copy).info.fingerprint != encoder.info.fingerprint


def test_long_prompts_are_counted_and_reported(clip, tmp_path, caplog):
    _, _, encoder = clip
    assert encoder.count_tokens(["almonds", "word " * 90]).tolist() == [3, 92]
    Image.new("RGB", (40, 40), "red").save(tmp_path / "red.png")
    scores = relevance.score("word " * 90, tmp_path, model=encoder, templates=["{}", "{} {}"])
    assert len(scores.provenance["truncated_prompts"]) == 2
    assert "longer than the encoder's 77 tokens" in caplog.text
    assert "2 of 2 prompts are longer" in scores.to_html(tmp_path / "r.html").read_text()


def test_unsafe_weights_are_refused(clip, tmp_path):
    folder, model, _ = clip
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "model.safetensors").unlink()
    torch.save(model.state_dict(), copy / "pytorch_model.bin")
    with pytest.raises(ModelLoadError, match="no safetensors weights"):
        relevance.load_encoder(str(copy))


def test_damaged_weights_are_one_sentence(clip, tmp_path):
    copy = shutil.copytree(clip[0], tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelLoadError, match="cannot be loaded"):
        relevance.load_encoder(str(copy))


def test_weights_that_are_missing_are_not_made_up(clip, tmp_path):
    copy = shutil.copytree(clip[0], tmp_path / "copy")
    tensors = load_file(copy / "model.safetensors")
    del tensors["text_projection.weight"]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match=r"lack 1 weights, text_projection\.weight"):
        relevance.load_encoder(str(copy))


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (["tokenizer.json", "vocab.json", "merges.txt"], "it has no tokenizer.json or vocab.json"),
        (["config.json"], "it has no config.json"),
        (["preprocessor_config.json", "processor_config.json"], "it has no preprocessor_config"),
    ],
)
def test_files_that_are_missing_are_named(clip, tmp_path, gone, message):
    copy = shutil.copytree(clip[0], tmp_path / "copy")
    for name in gone:
        (copy / name).unlink(missing_ok=True)
    with pytest.raises(ModelLoadError, match=message):
        relevance.load_encoder(str(copy))


def test_a_missing_shard_is_named(clip, tmp_path):
    folder, model, _ = clip
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "model.safetensors").unlink()
    model.save_pretrained(copy, max_shard_size="1MB")
    sharded = load(copy)
    np.testing.assert_array_equal(sharded.encode_texts(TEXTS), clip[2].encode_texts(TEXTS))
    sorted(copy.glob("model-*.safetensors"))[-1].unlink()
    with pytest.raises(ModelLoadError, match="is not complete: it has no model-"):
        relevance.load_encoder(str(copy))


def test_a_model_with_one_tower_is_refused(tmp_path, clip):
    from transformers import CLIPVisionConfig, CLIPVisionModel

    shutil.copytree(clip[0], tmp_path / "copy")
    CLIPVisionModel(
        CLIPVisionConfig(hidden_size=24, num_hidden_layers=1, image_size=32)
    ).save_pretrained(tmp_path / "copy")
    with pytest.raises(ModelLoadError, match="not a dual encoder of the CLIP family, nor a ViT"):
        relevance.load_encoder(str(tmp_path / "copy"))


def test_an_unknown_name_is_explained():
    with pytest.raises(ModelLoadError, match="There is no encoder"):
        relevance.load_encoder("no such model!")


def test_hub_path_scores_pictures(siglip, tmp_path):
    """SigLIP's probability is the sigmoid of scale × cosine + bias, each picture by itself."""
    for name, colour in (("a", "red"), ("b", "blue")):
        Path(tmp_path / name).mkdir()
        Image.new("RGB", (50, 50), colour).save(tmp_path / name / "x.png")
    _, _, encoder = siglip
    scores = relevance.score("nuts", tmp_path, model=encoder)
    info = encoder.info
    expected = 1 / (1 + np.exp(-(info.logit_scale * scores.images["score"] + info.logit_bias)))
    np.testing.assert_allclose(scores.images["probability"], expected, atol=1e-6)
