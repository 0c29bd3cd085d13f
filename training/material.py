"""Everything the fit reads, and which classes are held out of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common import IMAGENET, TRAIN, WITHOUT_STATED_LICENCE, groups_of, read_pairs
from features import AS_SHIPPED, VIEWS
from towers import LAST_WIDTH

from relevance.encoders.compact.networks import standardise

N_FOLDS = 4
SMALLEST_SPREAD = 1e-3


@dataclass(frozen=True)
class Material:
    """Pictures, classes and their words.

    Attributes:
        views: View name -> ``(n_pictures, 2912)`` float16 standardised features.
        mean, spread: ``(2912,)`` of the training pictures' features before that.
        prototypes: ``(1000, 2912)`` float32 stand-ins for the ImageNet classes' mean features.
        label: ``(n_pictures,)`` class number of each picture.
        group: ``(n_pictures,)`` the source of each picture, kindred ones together.
        usable: bool ``(n_pictures,)``: may be fitted on.
        train: bool ``(n_pictures,)``: belongs to the train split, where choices are made.
        first_imagenet: Number of the first ImageNet class; the 1,000 come last.
        family: ``(n_classes,)`` word that kinds of one thing share.
        overlap: bool ``(n_classes, n_classes)``: a picture of one may show the other.
        names: ``(n_names,)`` texts.
        owner: ``(n_names,)`` class of each name.
        wording: ``(n_names, 2 numbers, n_templates, 384)`` float16 sentence features.
        vocabulary: ``(n_nouns, 3, 384)`` float16 sentence features.
    """

    views: dict[str, np.ndarray]
    mean: np.ndarray
    spread: np.ndarray
    prototypes: np.ndarray
    label: np.ndarray
    group: np.ndarray
    usable: np.ndarray
    train: np.ndarray
    first_imagenet: int
    family: np.ndarray
    overlap: np.ndarray
    names: np.ndarray
    owner: np.ndarray
    wording: np.ndarray
    vocabulary: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """The number of each class's first name."""
        return np.unique(self.owner, return_index=True)[1]

    def without(self, held: np.ndarray) -> Material:
        """Return the material whose held-out classes ``(n_classes,)`` may not be fitted on."""
        return replace(self, usable=self.usable & ~held[self.label])


def load_material(data: Path, work: Path, open_only: bool = False) -> Material:
    """Read what steps 1 and 2 stored.

    Args:
        data: Folder with ``pairs.csv``.
        work: Folder of the steps before.
        open_only: Leave out sources without a stated licence.
    """
    pairs, texts = read_pairs(data), np.load(work / "texts.npz")
    source = pairs["dataset"].to_numpy()
    train = (pairs["split"] == TRAIN).to_numpy()
    usable = train & ~np.isin(source, WITHOUT_STATED_LICENCE) if open_only else train
    raw = np.load(work / f"{AS_SHIPPED}.npy")
    known = raw[train].astype(np.float32)
    mean, spread = known.mean(0), known.std(0) + SMALLEST_SPREAD
    label, classifier = texts["label"], np.load(work / "classifier.npy")
    first_imagenet = int(label[source == IMAGENET].min())
    return Material(
        views={name: _standard(np.load(work / f"{name}.npy"), mean, spread) for name in VIEWS},
        mean=mean,
        spread=spread,
        prototypes=_prototypes(classifier, (known - mean) / spread, label[train], spread),
        label=label,
        group=groups_of(pairs),
        usable=usable,
        train=train,
        first_imagenet=first_imagenet,
        family=texts["family"],
        overlap=texts["overlap"],
        names=texts["names"],
        owner=texts["owner"],
        wording=texts["wording"],
        vocabulary=texts["vocabulary"],
    )


def held_out(material: Material, fold: int) -> np.ndarray:
    """Return bool ``(n_classes,)``: classes of the fold, whole families over all sources."""
    return np.array([zlib.crc32(f"{f}x".encode()) % N_FOLDS == fold for f in material.family])


def _standard(rows: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    for start in range(0, len(rows), 4096):
        part = rows[start : start + 4096].astype(np.float32)
        rows[start : start + 4096] = standardise(part, mean, spread)
    return rows


def _prototypes(
    classifier: np.ndarray, pictures: np.ndarray, label: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Turn classifier rows into stand-ins for class means, on the scale of standard features.

    With classes of one covariance S, the best linear classifier has rows ``S^-1 (m_c - m)``
    (Fisher); so ``k S w_c`` stands for a class mean. ``k`` gives them the length that pictures
    have. The classifier knows the last stage alone; what earlier stages would say stays at 0.
    """
    rows = pictures[:, :LAST_WIDTH]
    found, place, count = np.unique(label, return_inverse=True, return_counts=True)
    means = np.zeros((len(found), LAST_WIDTH), np.float32)
    np.add.at(means, place, rows)
    apart = (rows - (means / count[:, None])[place])[count[place] >= 4]
    covariance = apart.T @ apart / len(apart)
    covariance += 0.05 * np.trace(covariance) / LAST_WIDTH * np.eye(LAST_WIDTH)
    offsets = ((classifier - classifier.mean(0)) * spread[:LAST_WIDTH]) @ covariance
    offsets *= np.linalg.norm(rows, axis=1).mean() / np.linalg.norm(offsets, axis=1).mean()
    result = np.zeros((len(classifier), pictures.shape[1]), np.float32)
    result[:, :LAST_WIDTH] = offsets
    return result
