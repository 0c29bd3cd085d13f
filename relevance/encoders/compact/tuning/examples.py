"""What heads are fitted on: features of pictures, and which text each has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from relevance.encoders.base import FloatArray, IntArray
from relevance.encoders.compact.features import Towers
from relevance.encoders.parallel import in_parallel
from relevance.encoders.tuning import Pairs

_BATCH = 16
View = Callable[[Image.Image], Image.Image]
VIEWS: tuple[View, ...] = (lambda picture: picture, ImageOps.mirror)
"""How a picture is seen: as it is, and mirrored."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Features of n pictures and k different texts.

    Attributes:
        views: For each view of the pictures ``(n, 2912)`` float32 features.
        label: ``(n,)``, the number of each picture's text.
        words: ``(k, 384)`` unit features of the texts.
    """

    views: tuple[FloatArray, ...]
    label: IntArray
    words: FloatArray

    @property
    def balance(self) -> FloatArray:
        """What a picture weighs, ``(n,)`` with mean 1: all texts weigh the same together."""
        weight = 1 / np.bincount(self.label)[self.label]
        return np.asarray(weight / weight.mean(), dtype=np.float32)


def read_examples(
    towers: Towers,
    pairs: Pairs,
    texts: Sequence[str],
    views: Sequence[View],
    told: Callable[[], None],
) -> Examples:
    """Look at all pictures of pairs.

    Args:
        towers: What gives features.
        pairs: The pictures, and texts among ``texts``.
        texts: The different texts.
        views: How pictures are seen.
        told: Called after each batch of pictures in one view.
    """
    number = {text: at for at, text in enumerate(texts)}
    seen: list[list[FloatArray]] = [[] for _ in views]
    for start in range(0, len(pairs), _BATCH):
        pictures = in_parallel(pairs.read, range(start, min(start + _BATCH, len(pairs))))
        for view, rows in zip(views, seen, strict=True):
            rows.append(towers.pictures([view(picture) for picture in pictures]))
            told()
    label = np.array([number[text] for text in pairs.texts], dtype=np.int64)
    return Examples(tuple(map(np.concatenate, seen)), label, towers.texts(texts))


def n_batches(pairs: Pairs) -> int:
    """Count the batches that ``read_examples`` tells of, in each view."""
    return -(-len(pairs) // _BATCH)
