"""What tuning does to a small CLIP: loss, held-out pictures, keywords it was not tuned on.

    python benchmarks/tuning.py --data ../shared/alignment [--epochs 8]

Pretrained weights are not needed: a CLIP of two and three layers, initialised at random, is trained
on `train` pictures of Caltech-101 and clothing, and then tuned on those of groceries by each
method. The share of the way from start to end is chosen on pictures of `train` that were laid
aside; the figures are of `seen-test`, other pictures of the same texts, which no choice looked at.
Learning rates suit a model of this size and were set before the first run.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, PreTrainedTokenizerFast

from relevance.encoders.base import Encoder
from relevance.encoders.tuning import Pairs, Tuned, TuneSettings, tune_model

GENERAL, OWN = ("caltech101", "clothing"), "grocery"
MOST = 20  # pictures a text that are trained on
ASIDE = 4  # of them every how many-th helps to choose the share
SIDE, PATCH, WIDTH = 48, 8, 64
SEED = 0
PRETRAINING = TuneSettings("full", epochs=8, batch_size=128, learning_rate=1e-3)
TUNINGS = (
    TuneSettings("lora", epochs=10, learning_rate=2e-3),
    TuneSettings("full", epochs=10, learning_rate=5e-4),
    TuneSettings("projection", epochs=10, learning_rate=2e-3),
)


@dataclass(frozen=True)
class Part:
    """Pictures in memory and their texts."""

    texts: tuple[str, ...]
    pictures: tuple[Image.Image, ...]

    def rows(self, chosen: Iterable[int]) -> Part:
        """Return some of the rows."""
        rows = list(chosen)
        return Part(
            tuple(self.texts[row] for row in rows), tuple(self.pictures[row] for row in rows)
        )

    def split(self) -> tuple[Part, Part]:
        """Return what is trained on, and what is laid aside."""
        number = range(len(self.texts))
        return (
            self.rows(row for row in number if row % ASIDE),
            self.rows(row for row in number if row % ASIDE == 0),
        )

    def pairs(self) -> Pairs:
        """Return what ``tune_model`` takes; no two pictures are one."""
        return Pairs(self.texts, tuple(map(str, range(len(self.texts)))), self.pictures.__getitem__)


def main() -> None:
    """Train a start, tune it by each method, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=PRETRAINING.epochs)
    options = parser.parse_args()
    rows = pd.read_csv(options.data / "pairs.csv")
    general, own = (_parts(options.data, rows, names) for names in (GENERAL, (OWN,)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, parts in (("general", general), ("own", own)):
            print(name, {split: len(part.texts) for split, part in parts.items()})
        _save_random(folder / "random", [*general["train"].texts, *own["train"].texts])
        learnt, aside = general["train"].split()
        settings = TuneSettings(
            "full", options.epochs, PRETRAINING.batch_size, PRETRAINING.learning_rate
        )
        judge = Curve({"Caltech-101, clothing": (aside, general["seen-test"])})
        began = tune_model(
            str(folder / "random"), learnt.pairs(), folder / "start", settings, judge=judge
        )
        _print("From random weights", began, judge)
        learnt, own_aside = own["train"].split()
        for settings in TUNINGS:
            judge = Curve(
                {
                    "groceries": (own_aside, own["seen-test"]),
                    "Caltech-101, clothing": (aside, general["seen-test"]),
                },
            )
            tuned = tune_model(
                str(folder / "start"),
                learnt.pairs(),
                folder / settings.method,
                settings,
                judge=judge,
                validation=own_aside.pairs(),
            )
            _print(f"Tuned on groceries, {settings.method}", tuned, judge)


class Curve:
    """Judges encoders on pictures laid aside, and notes what they make of those for testing."""

    def __init__(self, parts: dict[str, tuple[Part, Part]]) -> None:
        self._parts = parts
        self.figures: list[dict[str, float]] = []

    def __call__(self, encoder: Encoder) -> float:
        """Return the mean over all parts laid aside of the mean AUC of their texts."""
        self.figures.append({})
        for name, (_, test) in self._parts.items():
            auc, top = _quality(encoder, test)
            self.figures[-1] |= {f"{name}: AUC": auc, f"{name}: top-1": top}
        return float(np.mean([_quality(encoder, aside)[0] for aside, _ in self._parts.values()]))


def _quality(encoder: Encoder, part: Part) -> tuple[float, float]:
    """Return the mean AUC of the texts over all pictures, and the share of right first texts."""
    texts = sorted(set(part.texts))
    truth = np.array([texts.index(text) for text in part.texts])
    chunks = np.array_split(np.arange(len(truth)), -(-len(truth) // 64))
    seen = [encoder.encode_images([part.pictures[row] for row in rows]) for rows in chunks]
    cosines = np.concatenate(seen) @ encoder.encode_texts(texts).T
    aucs = [roc_auc_score(truth == n, cosines[:, n]) for n in range(len(texts))]
    return float(np.mean(aucs)), float((cosines.argmax(axis=1) == truth).mean())


def _parts(data: Path, rows: pd.DataFrame, names: tuple[str, ...]) -> dict[str, Part]:
    chosen = rows[rows["dataset"].isin(names) & rows["split"].isin(["train", "seen-test"])]
    chosen = chosen.groupby(["split", "text"]).head(MOST)
    files: dict[str, Image.Image] = {}
    for name in names:
        with tarfile.open(data / f"{name}.tar") as tar:
            for member in tar:
                if member.isfile():
                    files[member.name.removeprefix("./")] = _small(tar.extractfile(member).read())
    return {
        split: Part(tuple(some["text"]), tuple(files[path] for path in some["path"]))
        for split, some in chosen.groupby("split")
    }


def _small(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))
    picture.thumbnail((2 * SIDE, 2 * SIDE))
    return picture.convert("RGB")


def _save_random(folder: Path, texts: list[str]) -> None:
    torch.manual_seed(SEED)
    tower = {"hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_attention_heads": 4}
    tokens = {"vocab_size": 1000, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}
    text = tower | tokens | {"num_hidden_layers": 2, "max_position_embeddings": 24}
    vision = tower | {"num_hidden_layers": 3, "image_size": SIDE, "patch_size": PATCH}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    CLIPModel(config).save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    CLIPImageProcessorPil(size=square, crop_size=square, do_center_crop=False).save_pretrained(
        folder
    )
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        model_max_length=24,
    ).save_pretrained(folder)


def _print(title: str, tuned: Tuned, curve: Curve) -> None:
    print(f"\n{title}: {tuned.trained_parameters} weights, {tuned.seconds:.0f} s\n")
    losses = [
        f"{e.loss:.2f}" + (f" ({e.validation_loss:.2f})" if e.validation_loss is not None else "")
        for e in tuned.history
    ]
    print(f"Loss by epoch (laid aside): {', '.join(losses)}\n")
    table = pd.DataFrame(curve.figures).round(3)
    table.insert(0, "share", [share for share, _ in tuned.shares])
    table.insert(1, "laid aside", [round(figure, 3) for _, figure in tuned.shares])
    kept = ["**kept**" if share == tuned.share else "" for share, _ in tuned.shares]
    names = [*table.columns, ""]
    print("| " + " | ".join(names) + " |\n" + "| --- " * len(names) + "|")
    for row, mark in zip(table.to_numpy(), kept, strict=True):
        print("| " + " | ".join(f"{value:g}" for value in row) + f" | {mark} |")


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"\n{time.monotonic() - started:.0f} s in all, {time.process_time():.0f} s of processors")
