"""The contrastive half of the heads: CLIP's loss (InfoNCE, Radford et al. 2021) on linear maps.

It ranks what it has seen better than the ridge regression, which in turn ranks names it has not
seen better; both together beat either (README.md).
"""

from __future__ import annotations

import numpy as np
import torch
from common import SEED, unit
from heads import TRAIN_VIEWS, Heads, Material, Settings, fit_ridge, join
from torch import Tensor, nn
from torch.nn import functional

DIM = 256
EPOCHS = 10
BATCH = 256
RATE = 1e-3
DECAY = 0.01
FIRST_SCALE = 14.3  # 1 / 0.07, where CLIP starts; learnt from there


def fit_both(material: Material, held: np.ndarray, settings: Settings) -> Heads:
    """Fit both halves without the held-out classes and join them with equal weight."""
    return join([fit_ridge(material, held, settings), fit_contrastive(material, held)])


def fit_contrastive(material: Material, held: np.ndarray, seed: int = SEED) -> Heads:
    """Fit a pair of linear maps on the train split without the held-out classes.

    Each ImageNet classifier row, at unit length, stands for one more picture of its class.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    used = np.flatnonzero((material.split == "train") & ~held[material.label])
    kept = np.flatnonzero(~held[material.first_imagenet :])
    label = np.concatenate([material.label[used], kept + material.first_imagenet])
    length = float(np.linalg.norm(material.views["pad"][used], axis=1).mean())
    rows = {view: material.views[view][used] / length for view in TRAIN_VIEWS}
    prototypes = unit(material.classifier[kept]).astype(np.float32)
    image, text = nn.Linear(1280, DIM), nn.Linear(384, DIM)
    scale = nn.Parameter(torch.tensor(FIRST_SCALE).log())
    optimiser = torch.optim.AdamW(
        [*image.parameters(), *text.parameters(), scale], lr=RATE, weight_decay=DECAY
    )
    per_epoch = len(label) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, EPOCHS * per_epoch + 1)
    for _ in range(EPOCHS):
        order = rng.permutation(len(label))
        for chosen in order[: per_epoch * BATCH].reshape(per_epoch, BATCH):
            pictures = rows[TRAIN_VIEWS[rng.integers(len(TRAIN_VIEWS))]]
            inside = chosen < len(used)
            x = np.empty((BATCH, 1280), np.float32)
            x[inside] = pictures[chosen[inside]]
            x[~inside] = prototypes[chosen[~inside] - len(used)]
            wording, target = _texts(material, label[chosen], rng)
            z = functional.normalize(image(torch.from_numpy(x)), dim=-1)
            t = functional.normalize(text(wording), dim=-1)
            loss = contrast(scale.exp() * z @ t.T, target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    arrays = [p.detach().numpy() for layer in (image, text) for p in (layer.weight, layer.bias)]
    return Heads(arrays[0] / length, *arrays[1:], blocks=(DIM,))


def _texts(
    material: Material, label: np.ndarray, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return a wording of each distinct name ``(n, 384)`` and every picture's place in it."""
    names, target = np.unique(material.specific.argmax(1)[label], return_inverse=True)
    number = rng.integers(0, material.wording.shape[1], len(names))
    template = rng.integers(0, material.wording.shape[2], len(names))
    return torch.from_numpy(material.wording[names, number, template]), torch.from_numpy(target)


def contrast(logits: Tensor, target: Tensor) -> Tensor:
    """InfoNCE both ways over ``(n_pictures, n_names)``; all pictures of a name are positives."""
    own = functional.one_hot(target, logits.shape[1]).bool()
    to_picture = logits.logsumexp(0) - logits.masked_fill(~own, -1e4).logsumexp(0)
    return functional.cross_entropy(logits, target) + to_picture.mean()
