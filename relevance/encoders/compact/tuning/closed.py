"""Heads in closed form: one ridge regression, which needs no PyTorch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from relevance.encoders.base import FloatArray, unit_rows
from relevance.encoders.compact.heads import Heads
from relevance.encoders.compact.tuning.examples import Examples

Floats = npt.NDArray[np.float64]

PULL = 3.0
"""How hard the start pulls, against the mean strength of a hidden unit."""


def fit_closed(start: Heads, examples: Examples, scale: float) -> Heads:
    """Fit the last layer of each network of the image head by ridge regression.

    Each picture's output is to move, by its own length, from the texts that the start takes it for
    towards its own: by the text's direction less the mean of all texts' directions, weighted with
    the softmax of ``scale`` times the cosines, which is how CLIP's loss falls fastest. The change
    of the layer is what a ridge regression on the hidden units makes of that, so that without
    evidence there is no change. The text head stays.
    """
    image = dict(start.image)
    texts = _member_texts(start, examples.words)
    for number, directions in enumerate(texts):
        layer = f"head.second.{number}"
        units = start.hidden(examples.views[0], number)
        units = np.hstack([units, np.ones((len(units), 1), np.float32)])
        outputs = start.outputs(examples.views[0], number)
        wanted = _moves(outputs, directions, examples, scale)
        weighted = (units * examples.balance[:, None]).T.astype(np.float64)
        found = np.linalg.solve(_pulled(weighted @ units), weighted @ wanted)
        change = found.astype(np.float32)
        image[layer + ".weight"] = image[layer + ".weight"] + change[:-1].T
        image[layer + ".bias"] = image[layer + ".bias"] + change[-1]
    return Heads(image, start.text)


def _member_texts(heads: Heads, words: FloatArray) -> list[FloatArray]:
    """Return the unit rows that each map of the text head gives ``(k, dim / members)``."""
    parts = np.split(heads.texts(words), heads.members, axis=1)
    return [unit_rows(part) for part in parts]


def _moves(
    outputs: FloatArray, directions: FloatArray, examples: Examples, scale: float
) -> FloatArray:
    lengths = np.linalg.norm(outputs, axis=1, keepdims=True)
    taken_for = softmax(scale * unit_rows(outputs) @ directions.T, axis=1)
    return np.asarray(lengths * (directions[examples.label] - taken_for @ directions), np.float32)


def _pulled(gram: Floats) -> Floats:
    pulled: Floats = gram + np.eye(len(gram)) * (PULL * np.trace(gram) / len(gram))
    return pulled
