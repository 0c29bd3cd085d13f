"""What a fine-tuning is asked for, what it learns from and what came of it: frozen data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from relevance.encoders.base import DEVICES
from relevance.errors import UsageError, check_choice

METHODS = ("lora", "full", "projection")
"""Adapters on the attention of both towers; every weight; the projections into the common space."""

Progress = Callable[[int, int], None]
"""Is told how many steps of training are done, and how many there are in all."""


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """How a model is fine-tuned; the defaults are a start, and none was tuned on anything.

    Attributes:
        method: A name in ``METHODS``.
        epochs: How often as many pairs are drawn as there are.
        batch_size: Pairs that are one another's negatives.
        learning_rate: The highest, after the warm-up; None takes the method's own.
        seed: Decides which pairs meet, how pictures are varied and where adapters start.
        device: A name in ``DEVICES``.
        checkpoint_every: Steps from one checkpoint to the next; there is one after each epoch too.
        augment: Whether pictures are cropped, mirrored and tinted a little, anew each time.
    """

    method: str = "lora"
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float | None = None
    seed: int = 0
    device: str = "auto"
    checkpoint_every: int = 100
    augment: bool = True

    def check(self) -> None:
        """Raise ``UsageError`` where a setting is none."""
        check_choice("method", self.method, METHODS)
        check_choice("device", self.device, DEVICES)
        least = {"epochs": 1, "batch_size": 2, "seed": 0, "checkpoint_every": 1}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise UsageError(f"{name.replace('_', ' ')} must be at least {bound}.")
        if self.learning_rate is not None and not 0 < self.learning_rate < 1:
            raise UsageError("learning rate must lie between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pictures with a text each; pictures are read when their turn comes, and again each time.

    Attributes:
        texts: ``(n,)``, what picture i shows; several pairs may share one.
        digests: ``(n,)``, what tells pictures apart: pairs with one digest have one picture.
        read: Gives the RGB picture of pair i; is called from several threads at once.
    """

    texts: tuple[str, ...]
    digests: tuple[str, ...]
    read: Callable[[int], Image.Image]

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.digests):
            raise ValueError(f"{len(self.texts)} texts and {len(self.digests)} digests")

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of a training.

    Attributes:
        epoch: Its number, from 1.
        step: Steps taken by its end, since the training began.
        loss: Mean over its steps, in nats a pair.
        learning_rate: Of its last step.
        validation_loss: Of the validation pairs at its end, without variations; None without any.
    """

    epoch: int
    step: int
    loss: float
    learning_rate: float
    validation_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of a fine-tuning.

    Attributes:
        share: How far the kept weights lie on the way from the start, 0, to the trained ones, 1.
        shares: The judge's figure for each share that was tried, in their order.
        history: One record an epoch.
        start_fingerprint: Of the model it started from, in float32 on the device.
        trained_parameters: How many numbers were trained.
        seconds: What training and choosing the share took, all resumed runs together.
    """

    share: float
    shares: tuple[tuple[float, float], ...]
    history: tuple[Epoch, ...]
    start_fingerprint: str
    trained_parameters: int
    seconds: float

    @property
    def is_start(self) -> bool:
        """Whether no share was better than the start, which was therefore kept."""
        return self.share == 0
