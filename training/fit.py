"""Step 4: fit the heads on the whole train split, with a logit scale from held-out classes.

Run: python fit.py [--data FOLDER] [--work FOLDER]
Writes work/heads.npz. The scale is the one factor on cosine that makes the softmax over held-out
classes most likely (lowest mean negative log-likelihood over sources and folds), as in temperature
scaling (Guo et al. 2017); those classes take no part in the fit that it is measured on. Only the
two sources of unlike things decide. The others are printed: their held-out classes are few and
kinds of one thing (milk cartons, shirts), where the best scale only says that they look alike.
"""

from __future__ import annotations

import numpy as np
from common import IMAGENET, arguments, read_pairs
from contrastive import fit_both
from heads import Heads, Material, Settings, load_material
from scipy.special import log_softmax
from texts import TEMPLATES, classes_of
from validate import N_FOLDS, families, held_out

SCALES = np.exp(np.linspace(np.log(3), np.log(60), 40))
PHOTO = [number for number, template in enumerate(TEMPLATES) if template != "{}"]
DECISIVE = ("caltech101", IMAGENET)
SOURCES = (*DECISIVE, "grocery", "clothing")


def held_out_cosines(
    heads: Heads, material: Material, held: np.ndarray, dataset: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return cosines of held-out pictures with their source's held-out keywords, and the truth."""
    chosen = (material.split == "train") & (material.dataset == dataset) & held[material.label]
    label = material.label[chosen]
    classes = np.unique(label)
    names = material.specific.argmax(1)[classes]
    number = np.arange(len(names)) % 2
    words = heads.keywords(material.wording[names, number][:, PHOTO])
    return heads.images(material.views["pad"][chosen]) @ words.T, np.searchsorted(classes, label)


def choose_scale(parts: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the scale with the lowest mean negative log-likelihood over the parts."""

    def loss(scale: float) -> float:
        rows = [log_softmax(scale * cos, 1)[np.arange(len(truth)), truth] for cos, truth in parts]
        return float(-np.mean([row.mean() for row in rows]))

    losses = [loss(scale) for scale in SCALES]
    best = int(np.argmin(losses))
    uniform = np.mean([np.log(cos.shape[1]) for cos, _ in parts])
    print(f"scale {SCALES[best]:.2f}: {losses[best]:.3f} nats a picture, chance {uniform:.3f}")
    return float(SCALES[best])


def main() -> None:
    """Choose the scale over all folds, fit on everything, write ``heads.npz``."""
    args = arguments(__doc__ or "").parse_args()
    material = load_material(args.data, args.work)
    keys = families(material, classes_of(read_pairs(args.data)))
    usable = np.isin(np.arange(len(keys)), material.label[material.split == "train"])
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {source: [] for source in SOURCES}
    for fold in range(N_FOLDS):
        held = held_out(keys, usable, fold)
        heads = fit_both(material, held, Settings())
        for source, found in parts.items():
            found.append(held_out_cosines(heads, material, held, source))
    for source, found in parts.items():
        print(f"{source} alone:", end=" ")
        choose_scale(found)
    scale = choose_scale([part for source in DECISIVE for part in parts[source]])
    heads = fit_both(material, np.zeros(len(keys), bool), Settings())
    np.savez(args.work / "heads.npz", logit_scale=scale, **vars(heads))


if __name__ == "__main__":
    main()
