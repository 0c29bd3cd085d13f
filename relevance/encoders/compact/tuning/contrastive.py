"""Heads by CLIP's loss, from the start's weights on; needs PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from relevance.encoders.base import FloatArray
from relevance.encoders.compact.heads import Heads, Weights
from relevance.encoders.compact.networks import ImageHead, TextHead, contrast
from relevance.encoders.compact.tuning.examples import Examples
from relevance.encoders.tuning import Epoch, TuneSettings

RATE = 3e-4
PULL = 1.0
"""What it costs, in nats, to move the weights of a layer by as much as they are long."""
_DROPOUT = 0.2
_WARM_UP = 0.15  # of all steps
_PREFIX = "head."
_Head = TypeVar("_Head", bound=nn.Module)


def fit_contrastive(
    start: Heads,
    examples: Examples,
    validation: Examples | None,
    scale: float,
    settings: TuneSettings,
    told: Callable[[], None],
) -> tuple[Heads, tuple[Epoch, ...]]:
    """Train all layers of both heads with InfoNCE (Radford et al. 2021) in class-balanced batches.

    Pictures come as they are and mirrored, with a fifth of the features and hidden units left out;
    pairs that share a text are positives of each other; and each layer is pulled towards the start
    (L2-SP, Li et al. 2018).

    Args:
        start: Where the weights begin.
        examples: What they are trained on.
        validation: What their loss is followed on, of the same texts.
        scale: Factor on the cosine, as the encoder was fitted with; it stays.
        settings: Epochs, pairs a batch, rate and seed.
        told: Called after each epoch.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(settings.seed)
        training = _Training(start, examples, scale, settings)
        history = []
        for number in range(1, settings.epochs + 1):
            loss = training.epoch()
            follow = training.loss_of(validation) if validation else None
            rate = training.rate
            history.append(Epoch(number, number * training.steps, loss, rate, follow))
            told()
        return training.heads(), tuple(history)


class _Training:
    """The modules, what they were, and how far they are."""

    def __init__(
        self, start: Heads, examples: Examples, scale: float, settings: TuneSettings
    ) -> None:
        self._examples, self._scale, self._start = examples, scale, start
        hidden, width = start.image["head.first.0.weight"].shape
        dim = len(start.text["head.maps.0.bias"])
        self._image = _filled(
            ImageHead(width, start.members, hidden, dim, dropout=_DROPOUT), start.image
        )
        self._text = _filled(TextHead(start.members, dim), start.text)
        self._begun = [weights.detach().clone() for weights in self._weights()]
        self._rng = np.random.default_rng(settings.seed)
        n = len(examples.label)
        self._batch = min(settings.batch_size, n)
        self.steps = -(-n // self._batch)
        highest = settings.learning_rate or RATE
        self._optimiser = torch.optim.AdamW(self._weights(), lr=highest, weight_decay=0.0)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, highest, self.steps * settings.epochs + 1, pct_start=_WARM_UP
        )

    @property
    def rate(self) -> float:
        return float(self._schedule.get_last_lr()[0])

    def epoch(self) -> float:
        """Draw as many pictures as there are; return the mean loss of the steps."""
        self._image.train()
        weight = self._examples.balance.astype(np.float64)
        losses = []
        for _ in range(self.steps):
            drawn = self._rng.choice(len(weight), self._batch, p=weight / weight.sum())
            view = self._examples.views[self._rng.integers(len(self._examples.views))]
            loss = self._loss(view[drawn], self._examples.label[drawn])
            self._optimiser.zero_grad()
            (loss + PULL * self._moved()).backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            self._schedule.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def loss_of(self, examples: Examples) -> float:
        """Return the loss of pictures that are not trained on."""
        self._image.eval()
        with torch.inference_mode():
            return self._loss(examples.views[0], examples.label).item()

    def heads(self) -> Heads:
        return Heads(_arrays(self._image, self._start.image), _arrays(self._text, self._start.text))

    def _loss(
        self, features: FloatArray, label: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> Tensor:
        """Mean over the members of the loss of each, in nats a pair and direction."""
        found, target = np.unique(label, return_inverse=True)
        pictures = torch.from_numpy(features)
        words = torch.from_numpy(self._examples.words[found])
        losses = [
            contrast(
                self._scale
                * self._image.member(number, pictures)
                @ self._text.member(number, words).T,
                torch.from_numpy(target),
                len(found),
            )
            for number in range(self._start.members)
        ]
        return torch.stack(losses).mean() / 2

    def _moved(self) -> Tensor:
        """How far each weight is from where it began, squared, by its length there."""
        pairs = zip(self._weights(), self._begun, strict=True)
        return torch.stack(
            [functional.mse_loss(now, then) / then.square().mean() for now, then in pairs]
        ).sum()

    def _weights(self) -> list[nn.Parameter]:
        return [*self._image.parameters(), *self._text.parameters()]


def _filled(module: _Head, weights: Weights) -> _Head:
    state = {
        name.removeprefix(_PREFIX): torch.from_numpy(np.copy(w)) for name, w in weights.items()
    }
    module.load_state_dict(state, strict=False)  # mean and spread are in the tower's features
    return module


def _arrays(module: nn.Module, like: Weights) -> dict[str, FloatArray]:
    state = module.state_dict()
    return {name: state[name.removeprefix(_PREFIX)].numpy().copy() for name in like}
