"""A deterministic toy encoder that understands colours, for fast tests without a model."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray, unit_rows

COLOURS = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "white": (1, 1, 1),
    "yellow": (1, 1, 0),
}
_DIM = 8

INFO = EncoderInfo(
    name="toy",
    revision="1",
    dim=_DIM,
    image_size=8,
    max_tokens=8,
    logit_scale=10.0,
    logit_bias=None,
    runtime="numpy",
    precision="fp32",
    licence="Apache-2.0",
    languages="English",
    fingerprint="0" * 32,
)


class ToyEncoder:
    """Pictures become their mean colour; a text the colour it names, or noise of its own."""

    def __init__(self, **changes: object) -> None:
        self.info = replace(INFO, **changes)
        self.batches: list[int] = []

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        return unit_rows([self._text(text) for text in texts]).reshape(-1, _DIM)

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        self.batches.append(len(images))
        rows = np.zeros((len(images), _DIM))
        for row, image in enumerate(images):
            assert image.mode == "RGB"
            rows[row, :3] = np.asarray(image, dtype=float).mean(axis=(0, 1)) / 255
            rows[row, 3] = 0.2
        return unit_rows(rows)

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        return np.array([len(text.split()) + 2 for text in texts])

    def _text(self, text: str) -> np.ndarray:
        row = np.zeros(_DIM)
        named = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
        if named:
            row[:3] = np.mean(named, axis=0)
        else:
            row[3:] = np.random.default_rng(zlib.crc32(text.encode())).normal(size=_DIM - 3)
        return row
