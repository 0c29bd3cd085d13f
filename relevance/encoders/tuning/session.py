"""From a model's files and pairs to the tuned model's folder: check, train, choose, save."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import torch

from relevance.encoders.base import Description, Encoder, without_words
from relevance.encoders.devices import resolve
from relevance.encoders.hub import HubEncoder
from relevance.encoders.locating import explained
from relevance.encoders.snapshots import Snapshot
from relevance.encoders.tuning import keeping, results
from relevance.encoders.tuning.feeding import Feed
from relevance.encoders.tuning.loop import Material, Training
from relevance.encoders.tuning.methods import Trained
from relevance.encoders.tuning.mixing import Mixer, copy_whole, install, judged
from relevance.encoders.tuning.refusals import pictures_per_text
from relevance.encoders.tuning.settings import Pairs, Progress, Tuned, TuneSettings
from relevance.encoders.tuning.words import number_texts

CHECKPOINT = ".checkpoint"
"""The folder inside the tuned model's that a run goes on from."""


class Session:
    """One call of ``tune_model``, whose arguments it takes with the model's files found."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: Description,
        out: Path,
        settings: TuneSettings,
        pairs: Pairs,
        validation: Pairs | None,
    ) -> None:
        """Load the model and check that it can learn from the pairs; writes nothing.

        Raises:
            UsageError: There are too few pictures.
            ModelLoadError: It cannot be loaded, has no text tower, or sees the texts as one.
        """
        self._snapshot, self._model, self._out, self._settings = snapshot, model, out, settings
        self._pairs, self._validation = pairs, validation
        self._device = resolve(settings.device)
        with explained(model):
            self._encoder = HubEncoder(snapshot, model, device=self._device)
        if not self._encoder.info.has_text:
            raise without_words(model.name)
        both = (*pairs.texts, *(validation.texts if validation else ()))
        numbers = number_texts(self._encoder, both)
        self._numbers, self._validation_numbers = numbers[: len(pairs)], numbers[len(pairs) :]
        self._pictures_per_text = pictures_per_text(self._numbers, pairs.digests, settings.method)
        self._key = keeping.key_of(self._encoder.info.fingerprint, settings, pairs, validation)

    def run(self, judge: Callable[[Encoder], float], progress: Progress | None) -> Tuned:
        """Train, choose a share, and leave the model in its folder.

        Raises:
            UsageError: Another process is tuning into the folder.
            RelevanceError: The loss is no number any more.
            OSError: The folder cannot be written to.
        """
        work = self._out / CHECKPOINT
        work.mkdir(parents=True, exist_ok=True)
        with keeping.alone(work):
            known = results.read(work, self._key, self._out)
            return known or self._run(work, judge, progress)

    def _run(
        self, work: Path, judge: Callable[[Encoder], float], progress: Progress | None
    ) -> Tuned:
        start_figure = judged(judge, self._encoder)
        trained, done = self._train(work, progress)
        began, size = time.monotonic(), trained.size
        mixer = Mixer(self._snapshot, self._model, self._device, work)
        share, curve = mixer.choose(trained, start_figure, judge)
        if share == 0:
            copy_whole(self._snapshot, mixer.best)
        install(mixer.best, self._out)
        tuned = Tuned(
            share=share,
            shares=curve,
            history=tuple(done.history),
            start_fingerprint=self._encoder.info.fingerprint,
            trained_parameters=size,
            seconds=done.seconds + time.monotonic() - began,
        )
        results.write(work, self._key, self._out, tuned)
        keeping.forget(work)
        shutil.rmtree(mixer.best)
        return tuned

    def _train(self, work: Path, progress: Progress | None) -> tuple[Trained, keeping.Progressed]:
        settings, checkpoint = self._settings, self._encoder.checkpoint
        with torch.random.fork_rng():
            torch.manual_seed(settings.seed)
            trained = Trained(checkpoint.model, settings.method, self._pictures_per_text)
        seed = settings.seed if settings.augment else None
        material = Material(self._numbers, Feed(checkpoint, self._pairs, self._numbers, seed))
        validation = None
        if self._validation:
            numbers = self._validation_numbers
            validation = Material(numbers, Feed(checkpoint, self._validation, numbers, None))
        training = Training(checkpoint, trained, settings, self._device)
        return trained, training.run(material, validation, work, self._key, progress)
