"""Fits the heads: CLIP's loss (InfoNCE, Radford et al. 2021) on networks over frozen towers.

What matters most is what is done against knowing the training words by heart: half of the features
are dropped on the way in, each picture comes in four views, ImageNet's classifier rows stand for
another thousand classes, and nouns of WordNet join the negatives. Members differ in their seed
alone; their mean generalises better than any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from common import SEED, unit
from features import VIEWS
from heads import Heads
from material import Material
from torch import Tensor, nn
from torch.nn import functional

from relevance.encoders.compact.networks import NEVER, ImageHead, TextHead, contrast

FIRST_SCALE = 14.3  # 1 / 0.07, where CLIP starts; learnt from there


@dataclass(frozen=True)
class Settings:
    """What was chosen on held-out classes; see README.md.

    Attributes:
        members: Networks side by side.
        hidden, dim: Hidden units and outputs of each.
        epochs, batch, rate, decay: Of AdamW with one cycle of the rate.
        balance: A class of n pictures weighs n to the power of 1 less this.
        prototypes: How often an ImageNet classifier row is drawn, against a picture.
        nouns: Nouns of WordNet among the negatives of a batch.
    """

    members: int = 2
    hidden: int = 768
    dim: int = 256
    epochs: int = 10
    batch: int = 512
    rate: float = 1e-3
    decay: float = 0.1
    balance: float = 0.35
    prototypes: float = 0.5
    nouns: int = 512


def fit(material: Material, settings: Settings, seed: int = SEED) -> Heads:
    """Fit all members on the usable pictures."""
    image = ImageHead(len(material.mean), settings.members, settings.hidden, settings.dim)
    text = TextHead(settings.members, settings.dim)
    image.mean.copy_(torch.from_numpy(material.mean))
    image.spread.copy_(torch.from_numpy(material.spread))
    for member in range(settings.members):
        _fit_member(image, text, member, material, settings, seed + member)
    return Heads(image.eval(), text.eval())


def _fit_member(
    image: ImageHead,
    text: TextHead,
    member: int,
    material: Material,
    settings: Settings,
    seed: int,
) -> None:
    torch.manual_seed(seed)
    layers = (image.first[member], image.second[member], text.maps[member])
    for layer in layers:
        layer.reset_parameters()
    scale = nn.Parameter(torch.tensor(FIRST_SCALE).log())
    draw = _Draw(material, settings, np.random.default_rng(seed))
    steps = settings.epochs * (draw.n_pictures // settings.batch)
    optimiser = torch.optim.AdamW(
        [
            {"params": [layer.weight for layer in layers], "weight_decay": settings.decay},
            {"params": [scale, *(layer.bias for layer in layers)], "weight_decay": 0.0},
        ],
        lr=settings.rate,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, steps + 1, pct_start=0.15
    )
    image.train()
    for _ in range(steps):
        pictures, label = draw.pictures()
        found, target = np.unique(label, return_inverse=True)
        words = torch.cat([draw.words(found), draw.nouns()])
        cosines = image.member(member, pictures) @ text.member(member, words).T
        overlap = torch.from_numpy(material.overlap[np.ix_(label, found)])
        overlap = functional.pad(overlap, (0, settings.nouns))
        logits = (scale.exp() * cosines).masked_fill(overlap, NEVER)
        loss = contrast(logits, torch.from_numpy(target), len(found))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


class _Draw:
    """Batches of pictures in random views, and random wordings of their classes."""

    def __init__(self, material: Material, settings: Settings, rng: np.random.Generator) -> None:
        self._material, self._settings, self._rng = material, settings, rng
        self._rows = np.flatnonzero(material.usable)
        self.n_pictures = len(self._rows)
        label = material.label[self._rows]
        weight = np.bincount(label)[label] ** -settings.balance
        self._weight = weight / weight.sum()
        self._prototypes = self._kept_prototypes()
        total = settings.prototypes * len(self._prototypes)
        share = total / (total + self.n_pictures)
        self._n_prototypes = int(settings.batch * share)
        self._names = np.split(np.arange(len(material.owner)), material.first[1:])

    def _kept_prototypes(self) -> np.ndarray:
        """Those whose ImageNet class is not held out: its sample picture tells."""
        imagenet = np.arange(len(self._material.prototypes)) + self._material.first_imagenet
        usable = self._material.label[self._rows]
        return np.flatnonzero(np.isin(imagenet, usable))

    def pictures(self) -> tuple[Tensor, np.ndarray]:
        """Return features ``(batch, 2912)`` in one view, and their classes."""
        material, rng = self._material, self._rng
        count = self._settings.batch - self._n_prototypes
        rows = self._rows[rng.choice(self.n_pictures, count, p=self._weight)]
        view = list(VIEWS)[rng.integers(len(VIEWS))]
        chosen = self._prototypes[rng.integers(len(self._prototypes), size=self._n_prototypes)]
        features = np.concatenate([material.views[view][rows], material.prototypes[chosen]])
        label = np.concatenate([material.label[rows], chosen + material.first_imagenet])
        return torch.from_numpy(features.astype(np.float32)), label

    def words(self, classes: np.ndarray) -> Tensor:
        """Return a random wording of a random own name of each class ``(n, 384)``."""
        rng, wording = self._rng, self._material.wording
        names = np.array([rng.choice(self._names[number]) for number in classes])
        number = rng.integers(wording.shape[1], size=len(names))
        template = rng.integers(wording.shape[2], size=len(names))
        return _unit(wording[names, number, template])

    def nouns(self) -> Tensor:
        """Return random nouns in a random form each ``(nouns, 384)``."""
        rng, vocabulary, count = self._rng, self._material.vocabulary, self._settings.nouns
        noun = rng.integers(len(vocabulary), size=count)
        return _unit(vocabulary[noun, rng.integers(vocabulary.shape[1], size=count)])


def _unit(rows: np.ndarray) -> Tensor:
    return torch.from_numpy(unit(rows.astype(np.float32)))
