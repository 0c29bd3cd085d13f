"""The heads of the compact encoder: read, fitted, written, without the onnx package."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from PIL import Image
from scipy.stats import norm

from relevance import UsageError, load_encoder
from relevance.encoders.base import unit_rows
from relevance.encoders.compact import CompactEncoder
from relevance.encoders.compact.features import Towers, Trial
from relevance.encoders.compact.graph import Graph
from relevance.encoders.compact.heads import Heads
from relevance.encoders.compact.tuning import tune_heads
from relevance.encoders.compact.tuning.closed import PULL, fit_closed
from relevance.encoders.compact.tuning.contrastive import fit_contrastive
from relevance.encoders.compact.tuning.examples import Examples
from relevance.encoders.packaged import MODEL_FILES, PACKAGED
from relevance.encoders.tuning import Pairs, TuneSettings

SCALE = 11.82


@pytest.fixture(scope="module")
def start():
    return Heads.read(PACKAGED)


@pytest.fixture(scope="module")
def small():
    """Heads of the same build, of 30 features, 20 hidden units and twice 8 outputs."""
    rng = np.random.default_rng(0)
    shapes = {"first": (20, 30), "second": (8, 20), "maps": (8, 384)}
    made = {
        f"head.{layer}.{number}.{kind}": rng.normal(size=size).astype(np.float32) / 4
        for layer, shape in shapes.items()
        for number in range(2)
        for kind, size in (("weight", shape), ("bias", shape[:1]))
    }
    return Heads(
        {name: array for name, array in made.items() if ".maps." not in name},
        {name: array for name, array in made.items() if ".maps." in name},
    )


@pytest.fixture(scope="module")
def examples():
    """Made-up features of 12 pictures of three texts, the third with half of them."""
    rng = np.random.default_rng(1)
    label = np.repeat([0, 1, 2], (3, 3, 6))
    views = rng.normal(size=(2, 12, 30)).astype(np.float32)
    return Examples(tuple(views), label, unit_rows(rng.normal(size=(3, 384))))


def pictures(count):
    rng = np.random.default_rng(2)
    return [
        Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)) for _ in range(count)
    ]


def test_weights_are_those_that_onnx_reads(start):
    file = onnx.load(PACKAGED / "image.onnx")
    stored = {item.name: numpy_helper.to_array(item) for item in file.graph.initializer}
    found = Graph((PACKAGED / "image.onnx").read_bytes()).arrays("head.")
    assert found.keys() == {name for name in stored if name.startswith("head.")}
    for name, array in found.items():
        np.testing.assert_array_equal(array, stored[name])
    assert start.members == 2


def test_other_heads_are_written_and_are_what_was_tried(tmp_path, start):
    rng = np.random.default_rng(3)
    other = Heads(
        *(
            {name: array + 0.01 * rng.normal(size=array.shape) for name, array in side.items()}
            for side in (start.image, start.text)
        )
    )
    halfway = start.between(other, 0.5)
    halfway.write(PACKAGED, tmp_path, "tuned")
    encoder = load_encoder(str(tmp_path))
    packaged = CompactEncoder()
    trial = Trial(Towers(PACKAGED, packaged), halfway, packaged.info)
    seen, texts = pictures(3), ["almonds", "a red shoe"]
    cosines = (encoder.encode_images(seen) * trial.encode_images(seen)).sum(1)
    assert cosines.min() > 0.9999  # features are remembered in 16 bits
    np.testing.assert_allclose(encoder.encode_texts(texts), trial.encode_texts(texts), atol=1e-5)
    assert encoder.info.fingerprint != packaged.info.fingerprint
    assert (encoder.info.revision, encoder.info.dim) == ("tuned", packaged.info.dim)
    onnx.checker.check_model(onnx.load(tmp_path / "image.onnx"))


def test_nothing_on_the_way_is_the_start(start):
    """Weights stored in 8 bits come out of that as they went in."""
    same = start.between(start, 1.0)
    for name, array in start.image.items():
        np.testing.assert_allclose(same.image[name], array, atol=1e-6)


def test_the_closed_form_is_the_ridge_regression(small, examples):
    """As least squares over the pictures and, for the pull, a row for each hidden unit."""
    fitted = fit_closed(small, examples, SCALE)
    for number in range(2):
        raw = examples.views[0] @ small.image[f"head.first.{number}.weight"].T
        raw = raw + small.image[f"head.first.{number}.bias"]
        units = np.hstack([raw * norm.cdf(raw), np.ones((12, 1))])
        layer = f"head.second.{number}"
        out = units[:, :-1] @ small.image[layer + ".weight"].T + small.image[layer + ".bias"]
        texts = examples.words @ small.text[f"head.maps.{number}.weight"].T
        texts = unit_rows(texts + small.text[f"head.maps.{number}.bias"])
        weight = np.array([4 / 3] * 6 + [2 / 3] * 6)
        moves = []
        for row, own in zip(out, examples.label, strict=True):
            length = np.linalg.norm(row)
            chance = np.exp(SCALE * texts @ row / length)
            chance /= chance.sum()
            moves.append(length * (texts[own] - chance @ texts))
        root = np.sqrt(weight)[:, None]
        pull = PULL * (weight[:, None] * units**2).sum() / units.shape[1]
        system = np.vstack([root * units, np.sqrt(pull) * np.eye(units.shape[1])])
        wanted = np.vstack([root * np.array(moves), np.zeros((units.shape[1], len(texts[0])))])
        change = np.linalg.lstsq(system, wanted, rcond=None)[0]
        np.testing.assert_allclose(
            fitted.image[layer + ".weight"] - small.image[layer + ".weight"],
            change[:-1].T,
            atol=2e-5,
        )
    assert fitted.text is small.text


def test_the_contrastive_fit_falls_and_repeats(small, examples):
    settings = TuneSettings(epochs=4, seed=5)
    told = []
    heads, history = fit_contrastive(
        small, examples, examples, SCALE, settings, lambda: told.append(1)
    )
    again, _ = fit_contrastive(small, examples, None, SCALE, settings, lambda: None)
    assert len(told) == len(history) == 4
    assert history[-1].validation_loss < history[0].validation_loss < 3
    for name, array in heads.image.items():
        np.testing.assert_array_equal(again.image[name], array)


def colours(shades):
    """Pictures of three colours, several of each."""
    made = [Image.new("RGB", (30, 30), tone) for tone in shades]
    return lambda at: made[at]


TEXTS = ("a red square", "a blue square") * 3
SHADES = [(200, 0, 9 * n) if not n % 2 else (9 * n, 0, 200) for n in range(6)]
PAIRS = Pairs(TEXTS, tuple(map(str, range(6))), colours(SHADES))


def test_the_judge_decides_how_far_to_go(tmp_path):
    """Where it likes the start best the folder holds the start's very bytes."""
    start = CompactEncoder()
    row = start.encode_images([PAIRS.read(0)])

    def near(encoder):
        return float((encoder.encode_images([PAIRS.read(0)]) @ row.T).item())

    settings = TuneSettings(epochs=1)
    kept = tune_heads(PACKAGED, PAIRS, tmp_path / "kept", settings, judge=near)
    assert (kept.share, kept.is_start) == (0, True)
    for name in MODEL_FILES:
        assert (tmp_path / "kept" / name).read_bytes() == (PACKAGED / name).read_bytes()
    far = tune_heads(
        PACKAGED, PAIRS, tmp_path / "far", settings, judge=lambda e: -near(e), validation=PAIRS
    )
    assert far.share == 1
    assert dict(far.tried)[far.way] == far.shares
    assert load_encoder(str(tmp_path / "far")).info.fingerprint != far.start_fingerprint


def test_texts_must_differ(tmp_path):
    one = Pairs(("a square",) * 6, PAIRS.digests, PAIRS.read)
    with pytest.raises(UsageError, match="fewer than two"):
        tune_heads(PACKAGED, one, tmp_path, TuneSettings(), judge=lambda encoder: 0.0)
