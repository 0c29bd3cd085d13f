"""The two heads of the compact encoder as arrays: out of a folder, over features, into a folder.

Names of arrays are those in the files: ``head.first.0.weight`` is the hidden layer of the first
network of the image head, ``head.maps.0.weight`` the first map of the text head; see
``networks`` for what they compute. A member is one network of each side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.special import ndtr

from relevance.encoders.base import FloatArray, unit_rows
from relevance.encoders.compact.graph import Graph
from relevance.encoders.packaged import CONFIG_FILE, IMAGE_FILE, TEXT_FILE, TOKENIZER_FILE
from relevance.exports.atomic import put_bytes, put_text
from relevance.system.json_reader import read_object

Weights: TypeAlias = Mapping[str, FloatArray]
"""Arrays of one head by name: weights ``(out, in)`` and biases ``(out,)``, float32."""

_PREFIX, _STORED, _SCALE = "head.", "_int8", "_scale"
_LARGEST = 127


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What turns features of pictures ``(n, 2912)`` and texts ``(n, 384)`` into one space."""

    image: Weights
    text: Weights

    @classmethod
    def read(cls, folder: Path) -> Heads:
        """Read the heads of an encoder.

        Raises:
            OSError, ValueError, IndexError: A file cannot be read or is of another kind.
        """
        return cls(*[_unpacked(Graph((folder / name).read_bytes())) for name in _FILES])

    @property
    def members(self) -> int:
        """How many networks stand side by side."""
        return sum(name.startswith("head.maps.") for name in self.text) // 2

    def pictures(self, features: FloatArray) -> FloatArray:
        """Return unit rows ``(n, dim)`` of standardised features ``(n, 2912)``."""
        return _side_by_side([self.outputs(features, n) for n in range(self.members)])

    def outputs(self, features: FloatArray, number: int) -> FloatArray:
        """Return the outputs ``(n, dim / members)`` of one network, of any length."""
        return _linear(self.hidden(features, number), self.image, f"head.second.{number}")

    def hidden(self, features: FloatArray, number: int) -> FloatArray:
        """Return the hidden units ``(n, hidden)`` of one network of the image head."""
        raw = _linear(features, self.image, f"head.first.{number}")
        return np.asarray(raw * ndtr(raw), dtype=np.float32)  # GELU

    def texts(self, features: FloatArray) -> FloatArray:
        """Return unit rows ``(n, dim)`` of sentence features ``(n, 384)``."""
        maps = range(self.members)
        return _side_by_side([_linear(features, self.text, f"head.maps.{n}") for n in maps])

    def between(self, other: Heads, share: float) -> Heads:
        """Go the share of the way to other heads, weight by weight, as stored in 8 bits."""
        return Heads(
            _stored_between(self.image, other.image, share),
            _stored_between(self.text, other.text, share),
        )

    def write(self, source: Path, folder: Path, revision: str) -> None:
        """Write an encoder: the towers of the one in ``source``, and these heads.

        Args:
            source: Folder of an encoder with heads of the same shapes.
            folder: Where the four files go; it must exist.
            revision: What the encoder's facts say of it.

        Raises:
            UsageError: The place cannot be written to.
            OutputError: The disk is full, for example.
        """
        for name, weights in zip(_FILES, (self.image, self.text), strict=True):
            graph = Graph((source / name).read_bytes())
            put_bytes(folder / name, graph.replaced(_packed(weights)))
        put_bytes(folder / TOKENIZER_FILE, (source / TOKENIZER_FILE).read_bytes())
        config = read_object(source / CONFIG_FILE) | {"revision": revision}
        put_text(folder / CONFIG_FILE, json.dumps(config, indent=2) + "\n")


_FILES = IMAGE_FILE, TEXT_FILE


def _unpacked(graph: Graph) -> dict[str, FloatArray]:
    """Return a head's arrays as float32, from 8 bits and a scale a row where they are so stored."""
    stored = graph.arrays(_PREFIX)
    found = {}
    for name, array in stored.items():
        if name.endswith(_STORED):
            plain = name.removesuffix(_STORED)
            found[plain] = array.astype(np.float32) * stored[plain + _SCALE]
        elif not name.endswith(_SCALE):
            found[name] = array.astype(np.float32)
    if not found:
        raise ValueError("the file has no head of a compact encoder")
    return found


def _packed(weights: Weights) -> dict[str, np.ndarray[Any, Any]]:
    """Undo ``_unpacked``."""
    found: dict[str, np.ndarray[Any, Any]] = {}
    for name, array in weights.items():
        if array.ndim == 1:
            found[name] = array
        else:
            values, scale = _quantised(array)
            found |= {name + _STORED: values, name + _SCALE: scale}
    return found


def _quantised(array: FloatArray) -> tuple[np.ndarray[Any, Any], FloatArray]:
    """Return int8 values and a float32 scale for each row, as ``training/quantise.py`` does."""
    scale = np.maximum(np.abs(array).max(1, keepdims=True), 1e-12) / _LARGEST
    return np.rint(array / scale).astype(np.int8), scale.astype(np.float32)


def _stored_between(one: Weights, other: Weights, share: float) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    for name, array in one.items():
        mixed = array + np.float32(share) * (other[name] - array)
        if mixed.ndim > 1:
            values, scale = _quantised(mixed)
            mixed = values.astype(np.float32) * scale
        found[name] = mixed
    return found


def _linear(rows: FloatArray, weights: Weights, name: str) -> FloatArray:
    return np.asarray(rows @ weights[name + ".weight"].T + weights[name + ".bias"], np.float32)


def _side_by_side(parts: list[FloatArray]) -> FloatArray:
    """Give each part the same length, and the whole length 1."""
    return unit_rows(np.concatenate([unit_rows(part) for part in parts], axis=1))
