"""What the towers of the compact encoder see before its heads: features of pictures and texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray, several_pictures
from relevance.encoders.compact.encoder import CompactEncoder, square
from relevance.encoders.compact.graph import Graph
from relevance.encoders.compact.heads import Heads
from relevance.encoders.packaged import IMAGE_FILE, TEXT_FILE
from relevance.encoders.parallel import in_parallel, open_session

_IMAGE_FEATURES, _TEXT_FEATURES = "/head/Clip_output_0", "/Div_1_output_0"
"""Values in the graphs that the heads begin with, as ``training/export.py`` names them."""


class Towers:
    """The two towers of a compact encoder without their heads."""

    def __init__(self, folder: Path, encoder: CompactEncoder) -> None:
        """Open them; ``encoder`` is the one in that folder."""
        self._encoder = encoder
        self._image = _opened(folder / IMAGE_FILE, _IMAGE_FEATURES)
        self._text = _opened(folder / TEXT_FILE, _TEXT_FEATURES)
        self._known: dict[bytes, FloatArray] = {}
        self._known_texts: dict[str, FloatArray] = {}

    def pictures(self, images: Sequence[Image.Image]) -> FloatArray:
        """Return standardised features ``(n, 2912)`` of RGB pictures; known ones at once."""
        side = self._encoder.info.image_size
        squares = [square(image, side) for image in several_pictures(images)]
        digests = [hashlib.blake2b(pixels.tobytes(), digest_size=16).digest() for pixels in squares]
        new = {
            digest: pixels
            for digest, pixels in zip(digests, squares, strict=True)
            if digest not in self._known
        }
        rows = in_parallel(lambda pixels: self._features(pixels[None]), list(new.values()))
        self._known |= dict(zip(new, rows, strict=True))
        return np.stack([self._known[digest] for digest in digests]).astype(np.float32)

    def texts(self, texts: Sequence[str]) -> FloatArray:
        """Return unit features ``(n, 384)`` of texts; known ones at once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known_texts]
        rows = in_parallel(self._text_features, new)
        self._known_texts |= dict(zip(new, rows, strict=True))
        return np.stack([self._known_texts[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """See ``Encoder``."""
        return self._encoder.count_tokens(texts)

    def _text_features(self, text: str) -> FloatArray:
        row: FloatArray = self._text.run([_TEXT_FEATURES], self._encoder.tokenised([text]))[0][0]
        return row

    def _features(self, pixels: Any) -> FloatArray:
        row: FloatArray = self._image.run([_IMAGE_FEATURES], {"pixels": pixels})[0][0]
        return row.astype(np.float16)  # kept for every picture


def _opened(file: Path, value: str) -> Any:
    return open_session(Graph(file.read_bytes()).with_output(value))


class Trial:
    """An encoder with other heads over towers that remember what they saw, before it is written."""

    def __init__(self, towers: Towers, heads: Heads, info: EncoderInfo) -> None:
        self._towers, self._heads, self._info = towers, heads, info

    @property
    def info(self) -> EncoderInfo:
        """Facts about the encoder that it comes from."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """See ``Encoder``."""
        return self._heads.texts(self._towers.texts(texts))

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See ``Encoder``."""
        return self._heads.pictures(self._towers.pictures(images))

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """See ``Encoder``."""
        return self._towers.count_tokens(texts)
