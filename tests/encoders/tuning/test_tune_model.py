"""Tuned models against plain PyTorch, killed and resumed, mixed, refused."""

from __future__ import annotations

import copy
import dataclasses
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from relevance.encoders.base import Description
from relevance.encoders.catalog import CATALOG
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from relevance.encoders.tuning import Pairs, TuneSettings, keeping, tune_model
from relevance.encoders.tuning.refusals import check_licence
from relevance.errors import ModelLoadError, RelevanceError, UsageError
from tests.support.models import save_image_only, save_little_clip, save_siglip
from tests.support.tuning import SETTINGS, TEXTS, Judge, coloured

RATE = 1e-3


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return save_little_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def siglip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("siglip")
    save_siglip(folder)
    return folder


@pytest.fixture(scope="module")
def tuned(clip, tmp_path_factory):
    """A LoRA that ran through: its folder and what came of it."""
    out = tmp_path_factory.mktemp("tuned")
    return out, tune_model(str(clip), coloured(), out, SETTINGS, judge=Judge())


def opened(folder):
    return HubEncoder(fetch(str(folder)), Description(str(folder)))


def plain_inputs(folder, *, is_sigmoid):
    """All pairs for the towers, and the truth, each written out by hand."""
    pairs = coloured()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    length = {"padding": "max_length", "max_length": 16} if is_sigmoid else {"padding": True}
    tokens = tokenizer(list(pairs.texts), return_tensors="pt", truncation=True, **length)
    if is_sigmoid:
        del tokens["attention_mask"]
    tokens.pop("token_type_ids", None)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = processor(images=[pairs.read(i) for i in range(16)], return_tensors="pt")
    truth = torch.tensor([[i // 8 == j // 8 or i in (0, 15) for j in range(16)] for i in range(16)])
    return tokens, pixels, truth


def plain_loss(model, tokens, pixels, truth):
    texts = model.get_text_features(**tokens).pooler_output
    pictures = model.get_image_features(**pixels).pooler_output
    cosines = functional.cosine_similarity(pictures[:, None], texts[None], dim=2)
    logits = cosines * model.logit_scale.exp()
    if hasattr(model, "logit_bias"):
        logits = logits + model.logit_bias
        return functional.binary_cross_entropy_with_logits(
            logits, truth.float(), reduction="sum"
        ) / len(logits)
    rows = functional.cross_entropy(logits, truth / truth.sum(1, keepdim=True))
    columns = functional.cross_entropy(logits.T, truth.T / truth.T.sum(1, keepdim=True))
    return (rows + columns) / 2


def adapters_by_hand(model):
    """Low-rank additions by hooks; only where they begin is asked of peft."""
    names = [n for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
    names = [name for name in names if ".self_attn." in name]
    torch.manual_seed(SETTINGS.seed)
    twin = get_peft_model(copy.deepcopy(model), LoraConfig(r=8, target_modules=names))
    model.requires_grad_(False)
    moved = []
    for name in names:
        begun = twin.base_model.model.get_submodule(name).lora_A["default"].weight
        down = begun.detach().clone().requires_grad_()
        up = torch.zeros(model.get_submodule(name).out_features, 8, requires_grad=True)
        moved += [down, up]

        def add(module, inputs, output, down=down, up=up):
            return output + 2 * inputs[0] @ down.T @ up.T

        model.get_submodule(name).register_forward_hook(add)
    return moved


def moved_by_hand(model, method):
    """What the method moves, its decay, and what it adds to the loss."""
    if method == "full":
        return list(model.parameters()), 0.1, lambda: 0
    if method == "lora":
        return adapters_by_hand(model), 0.01, lambda: 0
    model.requires_grad_(False)
    moved = [model.visual_projection.weight, model.text_projection.weight]
    begun = [weight.clone() for weight in moved]
    for weight in moved:
        weight.requires_grad_()
    pull = lambda: sum((w - b).square().sum() for w, b in zip(moved, begun, strict=True)) / 8  # noqa: E731
    return moved, 0.0, pull


def train_by_hand(folder, method):
    """Three steps on all pairs; returns the model, its inputs and the losses."""
    model = AutoModel.from_pretrained(folder).train()
    inputs = plain_inputs(folder, is_sigmoid=hasattr(model, "logit_bias"))
    moved, decay, pull = moved_by_hand(model, method)
    groups = [
        {"params": [w for w in moved if w.ndim > 1], "weight_decay": decay},
        {"params": [w for w in moved if w.ndim < 2], "weight_decay": 0},
    ]
    optimiser = torch.optim.AdamW(groups)
    losses = []
    for share in (1, 1, 0.5):  # one step of warm-up, then half a cosine over two
        for group in optimiser.param_groups:
            group["lr"] = RATE * share
        loss = plain_loss(model, *inputs)
        losses.append(loss.item())
        optimiser.zero_grad()
        (loss + pull()).backward()
        optimiser.step()
    return model.eval(), inputs, losses


@pytest.mark.parametrize(
    ("family", "method"), [("clip", "lora"), ("clip", "projection"), ("siglip", "full")]
)
def test_three_steps_equal_a_plain_loop(family, method, request, tmp_path):
    start = request.getfixturevalue(family)
    settings = TuneSettings(method, 3, batch_size=16, learning_rate=RATE, augment=False)
    outcome = tune_model(str(start), coloured(), tmp_path, settings, judge=Judge())
    model, (tokens, pixels, _), losses = train_by_hand(start, method)
    assert [epoch.loss for epoch in outcome.history] == pytest.approx(losses, abs=1e-4)
    assert losses[-1] < losses[0] - 0.01
    made = AutoModel.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        for ask in (
            lambda m: m.get_text_features(**tokens).pooler_output,
            lambda m: m.get_image_features(**pixels).pooler_output,
        ):
            torch.testing.assert_close(ask(made), ask(model), atol=1e-4, rtol=1e-4)
    if method == "lora":  # the adapter on the start is the model
        apart = PeftModel.from_pretrained(AutoModel.from_pretrained(start), tmp_path / "adapter")
        with torch.no_grad():
            texts = apart.get_text_features(**tokens).pooler_output
            torch.testing.assert_close(texts, made.get_text_features(**tokens).pooler_output)


def test_a_killed_run_goes_on_as_if_nothing_had_been(clip, tuned, tmp_path):
    """Killed in the second epoch, one step after a checkpoint."""
    program = [sys.executable, "-m", "tests.support.tuning", str(clip), str(tmp_path), "3"]
    killed = subprocess.run(program, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "config.json").exists()
    steps = []
    outcome = tune_model(
        str(clip),
        coloured(),
        tmp_path,
        SETTINGS,
        judge=Judge(),
        progress=lambda *step: steps.append(step),
    )
    assert steps == [(3, 6), (4, 6), (5, 6), (6, 6)]
    whole, through = tuned
    for record, other in zip(outcome.history, through.history, strict=True):
        assert dataclasses.astuple(record) == pytest.approx(dataclasses.astuple(other), nan_ok=True)
    weights, others = (load_file(folder / "model.safetensors") for folder in (tmp_path, whole))
    for name, weight in weights.items():
        torch.testing.assert_close(weight, others[name], atol=1e-6, rtol=0)
    assert not (tmp_path / ".checkpoint" / "training.pt").exists()


def test_a_run_that_is_over_is_not_run_again(clip, tuned):
    out, through = tuned
    assert tune_model(str(clip), coloured(), out, SETTINGS, judge=None) == through
    assert through.trained_parameters == 2 * 4 * 8 * (32 + 32)  # towers, projections, rank, sides
    assert through.share == 1
    assert through.shares == ((0, 0), (0.25, 1), (0.5, 2), (0.75, 3), (1, 4))


def test_two_runs_do_not_tune_into_one_folder(clip, tuned):
    out, _ = tuned
    with (
        keeping.alone(out / ".checkpoint"),
        pytest.raises(UsageError, match="Another run is tuning into"),
    ):
        tune_model(str(clip), coloured(), out, SETTINGS, judge=Judge())


def test_the_best_share_is_saved(clip, tuned, tmp_path):
    settings = dataclasses.replace(SETTINGS, seed=0)
    judge = Judge(0.5, 0.7, 0.9, 0.9, 0.1)
    outcome = tune_model(str(clip), coloured(), tmp_path, settings, judge=judge)
    assert outcome.share == 0.5
    files = (clip, tmp_path, tuned[0])
    start, half, end = (load_file(folder / "model.safetensors") for folder in files)
    for name, weight in half.items():
        torch.testing.assert_close(weight, (start[name] + end[name]) / 2)
    adapter = PeftModel.from_pretrained(AutoModel.from_pretrained(clip), tmp_path / "adapter")
    merged = adapter.merge_and_unload().state_dict()
    name = "text_model.encoder.layers.0.self_attn.q_proj.weight"
    torch.testing.assert_close(merged[name], half[name])
    assert (merged[name] - start[name]).abs().max() > 1e-3
    # another training whose end the judge likes no better than the start takes the folder over
    again = dataclasses.replace(SETTINGS, seed=1, epochs=1)
    worse = tune_model(
        str(clip), coloured(), tmp_path, again, judge=Judge(1, 0, 0, 0, 1), validation=coloured()
    )
    assert worse.is_start
    assert worse.history[0].loss != outcome.history[0].loss
    assert worse.history[0].validation_loss == pytest.approx(worse.history[0].loss, abs=1)
    assert opened(tmp_path).info.fingerprint == worse.start_fingerprint
    assert not (tmp_path / "adapter").exists()


def test_texts_that_a_model_cannot_tell_apart_are_no_training(tmp_path):
    """Its text tower looks for another end-of-text token than its tokenizer sets."""
    start = save_little_clip(tmp_path / "start", eos=399)
    with pytest.raises(ModelLoadError, match=r"boxes.*apples.*have the same vector.*end-of-text"):
        tune_model(str(start), coloured(), tmp_path / "out", SETTINGS, judge=Judge())
    assert not (tmp_path / "out").exists()


def few(texts):
    """A picture for each text."""
    return Pairs(tuple(texts), tuple(map(str, range(len(texts)))), coloured().read)


@pytest.mark.parametrize(
    ("model", "pairs", "changes", "words"),
    [
        ("", few(["nuts", " Nuts "]), {}, "at least two different texts"),
        ("", few(TEXTS[1:]), {"method": "full"}, "7.5 pictures a text.* needs 8"),
        ("", coloured(), {"method": "some"}, "no method"),
        ("", coloured(), {"batch_size": 1}, "batch size must be at least 2"),
        ("compact", coloured(), {}, "choose a hub model"),
    ],
)
def test_what_is_no_training_is_refused(model, pairs, changes, words, clip, tmp_path):
    settings = dataclasses.replace(SETTINGS, **changes)
    with pytest.raises(UsageError, match=words):
        tune_model(model or str(clip), pairs, tmp_path, settings, judge=Judge())
    assert not any(tmp_path.iterdir())


def test_models_that_may_not_or_cannot_be_tuned_are_refused(clip, tmp_path):
    forbidden = dataclasses.replace(CATALOG["clip"], licence="CC-BY-NC-ND-4.0")
    with pytest.raises(UsageError, match="forbids derivatives"):
        check_licence(forbidden)
    for entry in CATALOG.values():
        check_licence(entry)
    with pytest.raises(UsageError, match="choose another folder"):
        tune_model(str(clip), coloured(), clip, SETTINGS, judge=Judge())
    save_image_only(tmp_path / "vit", "vit")
    with pytest.raises(UsageError, match="knows no words"):
        tune_model(str(tmp_path / "vit"), coloured(), tmp_path / "o", SETTINGS, judge=Judge())


def test_a_loss_that_is_no_number_ends_the_training(clip, tmp_path):
    """Its logit scale, e to the power of 200, is more than float32 holds."""
    start = shutil.copytree(clip, tmp_path / "start")
    weights = load_file(start / "model.safetensors") | {"logit_scale": torch.tensor(200.0)}
    save_file(weights, start / "model.safetensors", {"format": "pt"})
    with pytest.raises(RelevanceError, match=r"after 0 steps; choose a learning rate lower than"):
        tune_model(str(start), coloured(), tmp_path / "out", SETTINGS, judge=Judge())
