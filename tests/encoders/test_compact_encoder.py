"""The encoder inside the package: values against PyTorch, invariance, damage, real pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance.encoders.compact as compact
from relevance.encoders.compact import CompactEncoder
from relevance.encoders.compact.encoder import MODEL_FILES
from relevance.errors import ModelLoadError
from tests.conftest import ROOT

SAMPLES = ROOT / "data" / "google_images"
GOLDEN = json.loads((ROOT / "tests" / "golden" / "compact.json").read_text(encoding="utf-8"))
PACKAGE = Path(compact.__file__).parent
DIM = 512


@pytest.fixture(scope="module")
def encoder():
    return CompactEncoder()


@pytest.fixture
def model_copy(tmp_path):
    for name in MODEL_FILES:
        shutil.copy(PACKAGE / name, tmp_path / name)
    return tmp_path


def sample_pictures(category, count=5):
    paths = sorted(SAMPLES.joinpath(category).glob("*.jpg"))[:count]
    assert len(paths) == count
    pictures = []
    for path in paths:
        with Image.open(path) as picture:
            pictures.append(picture.convert("RGB"))
    return pictures


def gradient():
    across, down = np.meshgrid(np.linspace(0, 255, 320), np.linspace(0, 255, 200))
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8))


def test_info_states_the_model(encoder):
    info = encoder.info
    assert (info.name, info.revision, info.dim, info.image_size) == ("compact", "2.0", DIM, 260)
    assert (info.max_tokens, info.logit_bias, info.licence) == (64, None, "Apache-2.0")
    assert info.runtime.startswith("onnxruntime ")
    assert 3 < info.logit_scale < 60


def test_rows_are_float32_of_unit_norm(encoder):
    words = encoder.encode_texts(["almonds", "a photo of a car"])
    rows = encoder.encode_images([gradient(), gradient().convert("L")])
    for part in (words, rows):
        assert part.shape == (2, DIM)
        assert part.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), 1, atol=1e-5)


def test_nothing_gives_no_rows(encoder):
    assert encoder.encode_texts([]).shape == (0, DIM)
    assert encoder.encode_images([]).shape == (0, DIM)
    assert encoder.encode_images([]).dtype == np.float32
    assert encoder.count_tokens([]).shape == (0,)


def test_texts_match_pytorch_fp32(encoder):
    expected = np.array(GOLDEN["text_embeddings"])
    cosine = (encoder.encode_texts(GOLDEN["texts"]) * expected).sum(1)
    assert cosine.min() > 0.998  # what weights in 8 bits cost


def test_picture_matches_pytorch_fp32(encoder):
    row = encoder.encode_images([gradient()])[0]
    expected = np.array(GOLDEN["picture_embedding"])
    assert row @ expected > 0.9999
    np.testing.assert_allclose(row[:8], expected[:8], atol=2e-3)


def test_pictures_do_not_depend_on_their_batch(encoder):
    pictures = sample_pictures("apples", 3) + sample_pictures("lemons", 4)
    together = encoder.encode_images(pictures)
    for size in (1, 3):
        parts = [encoder.encode_images(pictures[i : i + size]) for i in range(0, 7, size)]
        np.testing.assert_allclose(np.concatenate(parts), together, atol=1e-4)


def test_texts_do_not_depend_on_their_batch(encoder):
    texts = ["", "almonds", "a product photo of running shoes", "apple " * 100, "a red bell pepper"]
    together = encoder.encode_texts(texts)
    for size in (1, 3):
        parts = [encoder.encode_texts(texts[i : i + size]) for i in range(0, 5, size)]
        np.testing.assert_allclose(np.concatenate(parts), together, atol=1e-4)


def test_long_runs_keep_their_order(encoder):
    texts = [f"a photo of {number} almonds" for number in range(300)]
    many = encoder.encode_texts(texts)
    np.testing.assert_allclose(
        many[[0, 299]], encoder.encode_texts([texts[0], texts[299]]), atol=1e-4
    )


def test_tokens_are_counted_before_the_cut(encoder):
    counts = encoder.count_tokens(["almonds", "a photo of a car", "apple " * 100, ""])
    assert counts.tolist() == [4, 7, 102, 2]  # "almonds" is two word pieces
    assert counts.dtype == np.int64


def test_a_text_is_cut_at_the_stated_length(encoder):
    limit = encoder.info.max_tokens - 2
    cut, exact = encoder.encode_texts(["apple " * 100, "apple " * limit])
    np.testing.assert_allclose(cut, exact, atol=1e-5)


def test_the_whole_of_a_wide_picture_counts(encoder):
    wide = Image.new("RGB", (900, 200), "white")
    marked = wide.copy()
    marked.paste(gradient().resize((150, 150)), (10, 25))
    plain, changed = encoder.encode_images([wide, marked])
    assert plain @ changed < 0.99  # a centre crop would miss the mark: 1.0


def test_fingerprint_follows_content_not_place(encoder, model_copy):
    assert CompactEncoder(model_copy).info.fingerprint == encoder.info.fingerprint
    config = model_copy / "config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert CompactEncoder(model_copy).info.fingerprint != encoder.info.fingerprint


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_missing_file_is_named(model_copy, name):
    (model_copy / name).unlink()
    with pytest.raises(ModelLoadError, match=rf"{name} is missing .* Install the package again"):
        CompactEncoder(model_copy)


def encode_both(encoder):
    """Towers are loaded when they are first needed."""
    encoder.encode_images([Image.new("RGB", (9, 9))])
    encoder.encode_texts(["nuts"])


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_truncated_file_is_named(model_copy, name):
    path = model_copy / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelLoadError, match=rf"{name} in .* cannot be read: it is damaged"):
        encode_both(CompactEncoder(model_copy))


@pytest.mark.parametrize(("category", "other"), [("apples", "lemons"), ("lemons", "apples")])
def test_the_right_keyword_lies_nearer(encoder, category, other):
    rows = encoder.encode_images(sample_pictures(category))
    right, wrong = encoder.encode_texts([f"a photo of {category}", f"a photo of {other}"])
    assert (rows @ right).mean() > (rows @ wrong).mean() + 0.02


def test_files_fit_into_the_package():
    assert sum((PACKAGE / name).stat().st_size for name in MODEL_FILES) <= 40_000_000


def test_import_and_use_leave_torch_alone():
    code = (
        "import sys; from relevance.encoders.compact import CompactEncoder; "
        "CompactEncoder().encode_texts(['almonds']); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
