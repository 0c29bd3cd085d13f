"""The training itself: batches in, weights moved, checkpoints left."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from relevance.encoders.base import IntArray
from relevance.encoders.checkpoint import Checkpoint, pooled
from relevance.encoders.quiet import quiet
from relevance.encoders.tuning import keeping
from relevance.encoders.tuning.draws import epoch_batches, steps_per_epoch
from relevance.encoders.tuning.feeding import Batch, Feed
from relevance.encoders.tuning.losses import sigmoid_loss, softmax_loss
from relevance.encoders.tuning.methods import RECIPES, Trained
from relevance.encoders.tuning.settings import Epoch, Progress, TuneSettings
from relevance.errors import RelevanceError

_WARM_UP = 0.1  # of all steps
_STEP_SEEDS = 1_000_003  # a prime apart, so that no two seeds share the numbers of their steps


@dataclass(frozen=True, slots=True)
class Material:
    """What batches are made of: ``(n,)`` numbers of texts, and what reads the pairs."""

    numbers: IntArray
    feed: Feed


class Training:
    """One training from its start, or from its checkpoint, to its end."""

    def __init__(
        self, checkpoint: Checkpoint, trained: Trained, settings: TuneSettings, device: str
    ) -> None:
        """Take a model that is on its device.

        Args:
            checkpoint: The model, and how it takes texts and pictures.
            trained: Which of its weights move.
            settings: How.
            device: "cpu", "cuda" or "mps".
        """
        recipe = RECIPES[settings.method]
        self._checkpoint, self._trained, self._settings = checkpoint, trained, settings
        self._device = device
        self._rate = settings.learning_rate or recipe.learning_rate
        self._optimiser = torch.optim.AdamW(trained.groups(recipe.decay), lr=self._rate)
        self._loss = sigmoid_loss if checkpoint.is_sigmoid else softmax_loss
        if device != "cpu":
            with quiet():  # transformers has a new name for it, which its versions before lack
                checkpoint.model.gradient_checkpointing_enable({"use_reentrant": False})

    def run(
        self,
        material: Material,
        validation: Material | None,
        folder: Path,
        key: str,
        progress: Progress | None,
    ) -> keeping.Progressed:
        """Train to the end, from the folder's checkpoint where it has one of this key.

        Raises:
            RelevanceError: The loss is no number any more.
            OSError: A checkpoint cannot be written.
        """
        began = time.monotonic()
        done = keeping.resume(folder, key, self._trained.weights, self._optimiser)
        before = done.seconds
        settings, steps = self._settings, self._steps(material)
        total = settings.epochs * steps
        drawn = self._drawn(material, done.step)
        for batch in material.feed.batches(drawn):
            done.losses.append(self._step(batch, done.step, total))
            done.step += 1
            ends = done.step % steps == 0
            if ends:
                done.history.append(self._epoch(done, steps, total, validation))
                done.losses.clear()
            if ends or done.step % settings.checkpoint_every == 0:
                done.seconds = before + time.monotonic() - began
                keeping.save(folder, key, done, self._trained.weights, self._optimiser)
            if progress:
                progress(done.step, total)
        self._checkpoint.model.eval()
        return done

    def _steps(self, material: Material) -> int:
        return steps_per_epoch(len(material.numbers), self._settings.batch_size)

    def _drawn(self, material: Material, first: int) -> Iterator[tuple[int, IntArray]]:
        """Yield step and rows from a step on, without reading what comes before it."""
        settings, steps = self._settings, self._steps(material)
        for epoch in range(first // steps, settings.epochs):
            batches = epoch_batches(material.numbers, settings.batch_size, settings.seed, epoch)
            for step, rows in enumerate(batches, epoch * steps):
                if step >= first:
                    yield step, rows

    def _step(self, batch: Batch, step: int, total: int) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * _share_of_rate(step, total)
        self._checkpoint.model.train()
        with _seeded(self._settings.seed * _STEP_SEEDS + step):  # for dropout, where there is any
            loss = self._loss_of(batch)
            if not math.isfinite(value := loss.item()):
                raise RelevanceError(
                    f"The loss is no number any more after {step} steps; choose a learning rate "
                    f"lower than {self._rate:g}."
                )
            if self._trained.is_pulled:
                loss = loss + self._trained.pull()
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._trained.clamp()
        return value

    def _loss_of(self, batch: Batch) -> Tensor:
        model, place = self._checkpoint.model, partial(_placed, device=self._device)
        with self._arithmetic():
            pictures = pooled(model.get_image_features(**place(batch.pixels)))
            texts = pooled(model.get_text_features(**place(batch.tokens)))
        pictures = functional.normalize(pictures.float(), dim=1)
        texts = functional.normalize(texts.float(), dim=1)[batch.columns.to(self._device)]
        logits = model.logit_scale.float().exp() * pictures @ texts.T
        if self._checkpoint.is_sigmoid:
            logits = logits + model.logit_bias.float()
        return self._loss(logits, batch.same.to(self._device))

    def _arithmetic(self) -> contextlib.AbstractContextManager[Any]:
        """Return where the towers calculate with 16 bits; weights keep their 32."""
        if self._device == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return contextlib.nullcontext()

    def _epoch(
        self, done: keeping.Progressed, steps: int, total: int, validation: Material | None
    ) -> Epoch:
        return Epoch(
            epoch=done.step // steps,
            step=done.step,
            loss=sum(done.losses) / len(done.losses),
            learning_rate=self._rate * _share_of_rate(done.step - 1, total),
            validation_loss=self._validate(validation) if validation else None,
        )

    def _validate(self, material: Material) -> float:
        """Return the mean loss over batches that are the same after every epoch."""
        self._checkpoint.model.eval()
        batches = epoch_batches(
            material.numbers, self._settings.batch_size, self._settings.seed, epoch=0
        )
        with torch.no_grad():
            losses = [self._loss_of(b).item() for b in material.feed.batches(enumerate(batches))]
        return sum(losses) / len(losses)


def _share_of_rate(step: int, total: int) -> float:
    """Rise in a tenth of all steps, then fall along half a cosine; never 0."""
    warm = math.ceil(_WARM_UP * total)
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / (total - warm))) / 2


def _placed(inputs: dict[str, Tensor], device: str) -> dict[str, Tensor]:
    return {name: value.to(device) for name, value in inputs.items()}


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let torch's generators start from a seed, and leave those of the program alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
