"""What this processor makes of an export: how right its towers are here, and how fast."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import product
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from relevance.encoders.base import Encoder
from relevance.encoders.onnx.agreement import Embedded, least_cosine, rank_correlation
from relevance.encoders.onnx.choosing import TOWERS, Form, Measured
from relevance.encoders.onnx.encoder import OnnxEncoder, runtime
from relevance.encoders.onnx.samples import TEXTS, sample_pictures
from relevance.encoders.processor import processor

_SAMPLES_FILE = "samples.npz"
_ROUNDS = 7


def measure(encoders: Mapping[str, OnnxEncoder], wanted: Embedded) -> Measured:
    """Compare the towers of each precision with their source, and with each other.

    Args:
        encoders: By precision.
        wanted: What the source gives for the samples, in float32.
    """
    found = {name: embed(encoder) for name, encoder in encoders.items()}
    seconds = _seconds(encoders)
    forms = {
        tower: {
            name: Form(
                _number(least_cosine(rows.rows()[tower], right)) or 0.0, seconds[tower][name]
            )
            for name, rows in found.items()
        }
        for tower, right in wanted.rows().items()
    }
    ranks = {
        " ".join(taken): _number(
            rank_correlation(Embedded(found[taken[0]].pictures, found[taken[-1]].texts), wanted)
        )
        for taken in product(found, repeat=len(forms))
    }
    return Measured(processor(), runtime(), forms, ranks)


def embed(encoder: Encoder) -> Embedded:
    """Embed the samples."""
    texts = encoder.encode_texts(TEXTS) if encoder.info.has_text else None
    return Embedded(encoder.encode_images(sample_pictures()), texts)


def write_samples(wanted: Embedded, folder: Path) -> None:
    """Keep what the source gives, so that other processors need no source to be measured."""
    rows: dict[str, Any] = {**wanted.rows()}
    np.savez(folder / _SAMPLES_FILE, **rows)


def read_samples(folder: Path) -> Embedded:
    """Read it again; raises what ``np.load`` does where it is damaged."""
    with np.load(folder / _SAMPLES_FILE, allow_pickle=False) as stored:
        return Embedded(stored["pictures"], stored.get("texts"))


def _seconds(encoders: Mapping[str, OnnxEncoder]) -> dict[str, dict[str, float]]:
    """Time one sample by tower and precision: the best of some rounds in which they take turns.

    What else the machine does slows all of them, and some rounds not at all.
    """
    picture, text = sample_pictures()[:1], [max(TEXTS, key=len)]
    best: dict[str, dict[str, float]] = {tower: {} for tower in TOWERS}
    for _ in range(_ROUNDS):
        for name, encoder in encoders.items():
            marks = [time.perf_counter()]
            encoder.encode_images(picture)
            marks.append(time.perf_counter())
            if encoder.info.has_text:
                encoder.encode_texts(text)
                marks.append(time.perf_counter())
            for tower, start, end in zip(TOWERS, marks, marks[1:], strict=False):
                best[tower][name] = min(end - start, best[tower].get(name, end - start))
    return best


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
