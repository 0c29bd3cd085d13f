"""The heads of the compact encoder as PyTorch modules, and the loss that fits them.

``training/`` fits those that ship, ``tuning`` those of somebody's own pictures.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

TEXT_WIDTH = 384
OUTLIER = 8.0  # deviations
DROPOUT = 0.5
NEVER = -1e4
Rows = TypeVar("Rows", Tensor, np.ndarray[Any, Any])


def standardise(features: Rows, mean: Rows, spread: Rows) -> Rows:
    """Scale features to mean 0 and deviation 1 over the training pictures, without outliers."""
    scaled: Rows = ((features - mean) / spread).clip(-OUTLIER, OUTLIER)
    return scaled


class ImageHead(nn.Module):
    """Networks with one hidden layer side by side, over standardised features.

    Each network's outputs get the same length; the whole has length 1, so a cosine is the mean of
    the networks' cosines.
    """

    def __init__(
        self, width: int, members: int, hidden: int, dim: int, dropout: float = DROPOUT
    ) -> None:
        """Start ``members`` networks from ``width`` features to ``dim`` outputs each.

        ``dropout`` is the share of features, and of hidden units, that training leaves out.
        """
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.first = nn.ModuleList(nn.Linear(width, hidden) for _ in range(members))
        self.second = nn.ModuleList(nn.Linear(hidden, dim) for _ in range(members))
        self.before, self.between = nn.Dropout(dropout), nn.Dropout(dropout)

    def member(self, number: int, standard: Tensor) -> Tensor:
        """Return one network's unit rows ``(n, dim)`` for standardised features."""
        hidden = functional.gelu(self.first[number](self.before(standard)))
        return functional.normalize(self.second[number](self.between(hidden)), dim=-1)

    def embed(self, standard: Tensor) -> Tensor:
        """Return unit rows ``(n, members * dim)`` for standardised features ``(n, width)``."""
        return _side_by_side([self.member(i, standard) for i in range(len(self.first))])

    def forward(self, features: Tensor) -> Tensor:
        """Return unit rows ``(n, members * dim)`` for features ``(n, width)``."""
        return self.embed(standardise(features, self.mean, self.spread))


class TextHead(nn.Module):
    """Linear maps side by side, each with outputs of the same length; the whole has length 1."""

    def __init__(self, members: int, dim: int) -> None:
        """Start ``members`` maps from 384 features to ``dim`` outputs each."""
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(TEXT_WIDTH, dim) for _ in range(members))

    def member(self, number: int, features: Tensor) -> Tensor:
        """Return one map's unit rows ``(n, dim)``."""
        return functional.normalize(self.maps[number](features), dim=-1)

    def forward(self, features: Tensor) -> Tensor:
        """Return unit rows ``(n, members * dim)`` for sentence features ``(n, 384)``."""
        return _side_by_side([self.member(i, features) for i in range(len(self.maps))])


def _side_by_side(parts: list[Tensor]) -> Tensor:
    whole: Tensor = torch.cat(parts, dim=-1) / len(parts) ** 0.5
    return whole


def contrast(logits: Tensor, target: Tensor, n_classes: int) -> Tensor:
    """InfoNCE both ways over ``(n_pictures, n_texts)``; all pictures of a class are positives.

    Texts after the first ``n_classes`` have no picture: they are negatives of pictures alone.
    """
    own = functional.one_hot(target, n_classes).bool()
    with_pictures = logits[:, :n_classes]
    matched = with_pictures.masked_fill(~own, NEVER)
    to_picture = with_pictures.logsumexp(0) - matched.logsumexp(0)
    return functional.cross_entropy(logits, target) + to_picture.mean()
