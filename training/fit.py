"""Step 4: fit the heads on everything that may be fitted, with a logit scale from held-out classes.

Run: python fit.py [--data FOLDER] [--work FOLDER]
Writes work/heads.pt, what ships; work/heads-train.pt, the same without the later sources' unseen
rows, through which evaluate.py measures those; and the heads of every fold, for what is measured on
held-out classes.

The scale is the one factor on cosine that makes the softmax over held-out classes most likely
(lowest mean negative log-likelihood over sources and folds), as in temperature scaling (Guo et al.
2017); those classes take no part in the fit that it is measured on. Only the two sources of unlike
things decide. The others are printed: their held-out classes are few and kinds of one thing (milk
cartons, shirts), where the best scale only says that they look alike.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from common import IMAGENET, arguments, fitted, read_pairs
from contrastive import Settings, fit
from features import AS_SHIPPED
from heads import fold_file
from material import N_FOLDS, held_out, load_material
from scipy.special import log_softmax
from validate import held_out_scores, measure, show

SCALES = np.exp(np.linspace(np.log(3), np.log(60), 60))
DECISIVE = ("caltech101", IMAGENET)
SHOWN = (*DECISIVE, "grocery", "products", "objects", "fashion")
Part = tuple[np.ndarray, np.ndarray]


def choose_scale(parts: list[Part]) -> float:
    """Return the scale with the lowest mean negative log-likelihood over (cosines, truth)."""

    def loss(scale: float) -> float:
        rows = [log_softmax(scale * cos, 1)[np.arange(len(truth)), truth] for cos, truth in parts]
        return float(-np.mean([row.mean() for row in rows]))

    losses = [loss(scale) for scale in SCALES]
    best = int(np.argmin(losses))
    uniform = np.mean([np.log(cos.shape[1]) for cos, _ in parts])
    print(f"scale {SCALES[best]:.2f}: {losses[best]:.3f} nats a picture, chance {uniform:.3f}")
    return float(SCALES[best])


def main() -> None:
    """Choose the scale over all folds, fit twice, write both."""
    args = arguments(__doc__ or "").parse_args()
    material, settings = load_material(args.data, args.work), Settings()
    parts: dict[str, list[Part]] = {source: [] for source in SHOWN}
    figures = []
    for fold in range(N_FOLDS):
        held = held_out(material, fold)
        heads = fit(material.without(held), settings)
        heads.save(fold_file(args.work, fold), 1.0)
        rows = heads.pictures(material, AS_SHIPPED)
        figures.append(measure(heads, material, rows, held))
        for source, found in parts.items():
            classes, label, cosines = held_out_scores(heads, material, rows, held, source)
            own = held[label]
            found.append((cosines[own], np.searchsorted(classes, label[own])))
    show(figures)
    for source, found in parts.items():
        print(f"{source} alone:", end=" ")
        choose_scale(found)
    scale = choose_scale([part for source in DECISIVE for part in parts[source]])
    fit(material, settings).save(args.work / "heads-train.pt", scale)
    everything = replace(material, usable=fitted(read_pairs(args.data)))
    fit(everything, settings).save(args.work / "heads.pt", scale)


if __name__ == "__main__":
    main()
