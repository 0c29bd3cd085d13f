"""JSON that others wrote, in every way that it can be wrong: a plain sentence, no traceback."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relevance
from relevance.encoders.compact import CompactEncoder
from relevance.encoders.compact.encoder import MODEL_FILES
from relevance.errors import ModelLoadError, UsageError
from relevance.judging.calibration import Calibration
from relevance.system.json_reader import DEEPEST, JsonError, build, parse
from tests.conftest import ROOT
from tests.support.models import save_clip

NO_JSON = {
    "empty": b"",
    "cut off": b'{"weight_map": {"a": "model',
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 200_000,
    "deep and whole": b"[" * 500 + b"]" * 500,
    "infinity": b'{"a": Infinity}',
    "NaN": b'{"a": NaN}',
    "too large": b'{"a": 1e999}',
    "endless digits": b'{"a": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "zeros": b"\0" * 100,
}
NO_OBJECT = {"list": b"[]", "null": b"null", "text": b'"a"', "number": b"1", "true": b"true"}
ODD_OBJECTS = {
    "nothing in it": b"{}",
    "odd types": b'{"weight_map": [1], "model_type": 3, "size": "a", "text_config": []}',
    "a mark in front": b"\xef\xbb\xbf{}",
    "others": b'{"weight_map": {"a": 1}, "model_type": "clip", "vision_config": {"size": "x"}}',
}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_is_half_a_sentence(text):
    with pytest.raises(JsonError, match=r"^[a-zA-Z].*[^.]$") as caught:
        parse(text)
    assert len(str(caught.value)) < 120


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**200), 10**200)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(values)
def test_what_is_json_comes_through(value):
    assert parse(json.dumps(value)) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1])
def test_depth_is_bounded(levels):
    text = "[" * levels + "]" * levels
    if levels <= DEEPEST:
        parse(text)
        return
    with pytest.raises(JsonError, match="nested more than 100 levels deep"):
        parse(text)


def test_tables_may_hold_numbers_that_are_none():
    assert parse('{"price": NaN, "a": -Infinity}', any_number=True)["a"] == float("-inf")


@dataclass(frozen=True)
class Inner:
    n: int


@dataclass(frozen=True)
class Outer:
    name: str
    share: float
    inner: Inner
    words: tuple[str, ...]
    by_name: Mapping[str, Inner]
    maybe: float | None
    flag: bool = False


GOOD = {
    "name": "a",
    "share": 1,
    "inner": {"n": 3},
    "words": ["b"],
    "by_name": {"c": {"n": 4}},
    "maybe": None,
    "from another version": 1,
}


def test_a_dataclass_is_built_of_what_it_declares():
    assert build(Outer, GOOD) == Outer("a", 1.0, Inner(3), ("b",), {"c": Inner(4)}, None)
    assert type(build(Outer, GOOD).share) is float
    assert build(Outer, {}, **vars(build(Outer, GOOD))) == build(Outer, GOOD)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": 1}, "name is a number"),
        ({"share": True}, "share is true or false"),
        ({"share": "1"}, "share is a text"),
        ({"inner": {"n": 1.5}}, "inner.n is a number"),
        ({"inner": []}, "inner is a list and not an object"),
        ({"words": "letters"}, "words is a text"),
        ({"words": ["a", None]}, r"words\[1\] is null"),
        ({"by_name": {"c": {}}}, "by_name.c.n is missing"),
        ({"maybe": "x"}, "maybe is a text"),
        ({"flag": 1}, "flag is a number"),
    ],
)
def test_a_field_of_another_type_is_named(wrong, message):
    with pytest.raises(JsonError, match=f"^{message}"):
        build(Outer, GOOD | wrong)


@pytest.mark.parametrize("data", [None, [], 3, "a"])
def test_no_object_makes_no_dataclass(data):
    with pytest.raises(JsonError, match="not an object"):
        build(Outer, data)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


def load(folder):
    """Load it without an export, which would take seconds each time."""
    return relevance.load_encoder(str(folder), precision="bf16")


SETTINGS = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
INDEX = "model.safetensors.index.json"
MALFORMED = NO_JSON | NO_OBJECT
ANYTHING = MALFORMED | ODD_OBJECTS


@pytest.fixture
def model(clip, tmp_path):
    """A copy whose large files are links."""
    for file in clip.iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def replace(model, name, content):
    (model / name).unlink(missing_ok=True)
    (model / name).write_bytes(content)


@pytest.mark.parametrize("name", [*SETTINGS, INDEX])
@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_models_settings_that_are_none_are_named(model, name, content):
    replace(model, name, content)
    with pytest.raises(ModelLoadError, match=r"is not what a model's settings look like: .*again"):
        load(model)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", INDEX])
@pytest.mark.parametrize("content", ODD_OBJECTS.values(), ids=ODD_OBJECTS.keys())
def test_a_models_settings_with_other_facts(model, name, content):
    """What libraries make of it differs with their versions; none of it may be a traceback."""
    replace(model, name, content)
    with contextlib.suppress(ModelLoadError):
        load(model)


@pytest.mark.parametrize("content", ANYTHING.values(), ids=ANYTHING.keys())
def test_a_vocabulary_that_is_none(model, content):
    replace(model, "tokenizer.json", content)
    for other in ("vocab.json", "merges.txt"):
        (model / other).unlink(missing_ok=True)
    with pytest.raises(ModelLoadError, match=r"cannot be loaded \(\w+"):
        load(model)


@pytest.mark.parametrize("size", [0, 7, 8, 100, 5000])
def test_weights_that_are_cut_off(clip, model, size):
    replace(model, "model.safetensors", (clip / "model.safetensors").read_bytes()[:size])
    with pytest.raises(ModelLoadError, match=r"cannot be loaded \(\w+"):
        load(model)


def test_weights_that_are_no_numbers(clip, model):
    from safetensors.torch import load_file, save_file

    tensors = load_file(clip / "model.safetensors")
    tensors["visual_projection.weight"][:] = float("nan")
    (model / "model.safetensors").unlink()
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match=r"vectors that are no numbers.*again"):
        load(model)


def test_flava_is_no_dual_encoder(model):
    from transformers import FlavaConfig, FlavaModel

    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    tower |= {"num_attention_heads": 4}
    images = tower | {"image_size": 32, "patch_size": 8}
    config = FlavaConfig(
        text_config=tower | {"vocab_size": 49408},
        image_config=images,
        multimodal_config=tower,
        hidden_size=32,
        projection_dim=16,
    )
    for name in ("model.safetensors", "config.json"):
        (model / name).unlink()
    FlavaModel(config).save_pretrained(model)
    with pytest.raises(ModelLoadError, match=r"\(FlavaModel\) is not a dual encoder"):
        load(model)


@pytest.mark.parametrize("content", ANYTHING.values(), ids=ANYTHING.keys())
def test_facts_of_the_compact_encoder(tmp_path, content):
    package = ROOT / "relevance" / "encoders" / "compact"
    for name in MODEL_FILES:
        (tmp_path / name).symlink_to(package / name)
    replace(tmp_path, "config.json", content)
    with pytest.raises(ModelLoadError, match=r"config\.json .* damaged.*Install the package again"):
        CompactEncoder(tmp_path)


def places(value, at=()):
    """Every place in a JSON value, as keys that lead there."""
    if at:
        yield at
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from places(item, (*at, key))


@pytest.mark.parametrize("content", ANYTHING.values(), ids=ANYTHING.keys())
def test_what_is_no_calibration(tmp_path, content):
    file = tmp_path / "c.json"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"c\.json .*`relevance calibrate`") as caught:
        Calibration.load(file)
    assert caught.value.exit_code == 2


ODD = (None, True, -1, 10**299, "x", [], [1], {}, {"a": []})


def test_a_calibration_with_one_odd_fact(red_and_blue, toy, tmp_path):
    """Each is refused with a sentence, or is as good as the one it took the place of."""
    text = relevance.calibrate("red", red_and_blue, model=toy).json_text()
    file, refused = tmp_path / "c.json", 0
    for place, odd in product(places(json.loads(text)), ODD):
        data = json.loads(text)
        inner = data
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = odd
        file.write_text(json.dumps(data))
        try:
            loaded = Calibration.load(file)
        except UsageError:
            refused += 1
            continue
        assert 0 <= loaded.threshold <= 1
        assert np.isfinite(loaded.probability(np.array([0.1, 0.9]))).all()
        shown = loaded.summary()["figures"]["cross_validated"]
        assert isinstance(shown["brier"], float | int)
        assert {"precision", "recall"} <= shown["verdicts"].keys()
    assert refused > 100
