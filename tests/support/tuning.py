"""Pictures to tune on, and judges; run as a program, it is killed while it tunes.

The program's arguments are the model's folder, the folder for the result, and the step after which
the process kills itself.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from relevance.encoders.tuning import Pairs, TuneSettings, tune_model

COLOURS = {"red apples": (200, 60, 50), "blue boxes": (50, 60, 200)}
TEXTS = [text for text in COLOURS for _ in range(8)]
SETTINGS = TuneSettings(epochs=3, batch_size=8, learning_rate=1e-3, checkpoint_every=2)


def coloured() -> Pairs:
    """Return 16 pictures of two texts; the last is the first again, under both texts."""
    rng = np.random.default_rng(0)
    pictures = [
        Image.fromarray(
            np.clip(np.array(COLOURS[text]) + rng.normal(0, 40, (40, 50, 3)), 0, 255).astype("u1")
        )
        for text in TEXTS
    ]
    pictures[-1] = pictures[0]
    digests = (*map(str, range(15)), "0")
    return Pairs(tuple(TEXTS), digests, pictures.__getitem__)


class Judge:
    """Gives figures in turn, whatever it is shown; without any, each higher than the one before."""

    def __init__(self, *figures: float) -> None:
        self._figures = iter(figures or itertools.count())

    def __call__(self, encoder: object) -> float:
        return next(self._figures)


if __name__ == "__main__":
    start, out, last = sys.argv[1:]

    def die(step: int, total: int) -> None:
        """End as if the power had gone."""
        if step == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    tune_model(start, coloured(), Path(out), SETTINGS, judge=Judge(), progress=die)
