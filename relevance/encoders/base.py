"""What an encoder is: a protocol, the facts about it, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from relevance.errors import UsageError

FloatArray = npt.NDArray[np.float32]
HalfArray = npt.NDArray[np.float16]
IntArray = npt.NDArray[np.int64]

PRECISIONS = ("auto", "fp32", "int8", "bf16", "fp16")
DEVICES = ("auto", "cpu", "cuda", "mps")

_HASH_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Facts about one loaded encoder; nothing outside ``encoders/`` needs to know more.

    Attributes:
        name: Short name, hub id or folder it was loaded by.
        revision: Commit or version of the weights; ``"local"`` for a local folder.
        dim: Length of an embedding.
        image_size: Side of the square the image tower sees, in pixels.
        max_tokens: Longest prompt in tokens, special tokens included; more is cut off. 0 where
            there is no text tower.
        logit_scale: Factor on cosine before softmax or sigmoid, as trained (1/temperature). 0
            where there is no text tower.
        logit_bias: Bias of a sigmoid-trained encoder; ``None`` says it was trained with softmax.
        runtime: Engine and its version, for example ``"onnxruntime 1.32.0"``.
        precision: Arithmetic of the towers, for example ``"fp32"``.
        licence: Licence of the weights, as an SPDX id where there is one.
        languages: Languages the text tower was trained on: "English", "many" or "not stated".
        fingerprint: Hash over weights, preprocessing and precision. Encoders with one
            fingerprint give the same vectors.
        device: Where it runs: "cpu", "cuda" or "mps".
        least_cosine: Smallest cosine between a vector of this encoder and the one that the
            unexported float32 model gives, over the export's sample pictures and texts; None
            where nothing was exported.
        rank_correlation: Spearman's correlation of the order in which both rank the sample
            pictures, mean over the sample texts, or over the sample pictures where there is no
            text tower; None where nothing was exported.
        disk_bytes: Size of the files that are loaded: weights, graphs and vocabulary.
        precision_reason: Why this arithmetic, where the program chose it by measuring; else empty.
        has_text: Whether there is a text tower. Without one, pictures are compared with pictures
            alone.
    """

    name: str
    revision: str
    dim: int
    image_size: int
    max_tokens: int
    logit_scale: float
    logit_bias: float | None
    runtime: str
    precision: str
    licence: str
    languages: str
    fingerprint: str
    device: str = "cpu"
    least_cosine: float | None = None
    rank_correlation: float | None = None
    disk_bytes: int = 0
    precision_reason: str = ""
    has_text: bool = True


def size_on_disk(files: Iterable[Path]) -> int:
    """Add up the bytes of files."""
    return sum(file.stat().st_size for file in files)


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a model before it is loaded: what to call it, licence, languages."""

    name: str
    licence: str = "not stated; see the model's card"
    languages: str = "not stated"


class Encoder(Protocol):
    """Turns texts and pictures into rows of one space.

    ``encode_images`` and ``encode_texts`` may be called from several threads at once, and a row
    does not depend on what else is encoded in the same call. Without a text tower,
    ``encode_texts`` and ``count_tokens`` raise ``without_words``.
    """

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 rows of unit L2 norm."""

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures as ``(n_images, dim)`` float32 rows of unit L2 norm."""

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count each text's tokens before any cut, special tokens included: ``(n_texts,)``."""


def without_words(name: str) -> UsageError:
    """Return what an encoder without a text tower raises when it is asked about texts."""
    return UsageError(
        f"{name} sees pictures only and knows no words: look for pictures like others with "
        "`relevance index` and `relevance search --like`, or choose a model of the CLIP family; "
        "`relevance models` lists some."
    )


def several_texts(texts: Sequence[str]) -> list[str]:
    """Return texts as a list; one text, which would pass as its letters, is a ``TypeError``."""
    if isinstance(texts, str | bytes) or not all(isinstance(text, str) for text in texts):
        raise TypeError('texts must be a list of texts, such as ["almonds"]')
    return list(texts)


def several_pictures(images: Sequence[Image.Image]) -> list[Image.Image]:
    """Return pictures as a list; one picture, or a path, is a ``TypeError``."""
    if isinstance(images, Image.Image | str | bytes | Path) or not all(
        isinstance(image, Image.Image) for image in images
    ):
        raise TypeError("images must be a list of Pillow pictures, such as [Image.open(path)]")
    return list(images)


def unit_rows(vectors: npt.ArrayLike) -> FloatArray:
    """Scale rows to unit L2 norm as float32; an all-zero row stays zero."""
    rows = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: FloatArray = np.divide(rows, norms, out=np.zeros_like(rows), where=norms != 0)
    return scaled


def fingerprint(files: Iterable[Path], settings: Mapping[str, object]) -> str:
    """Hash weight and tokenizer files and the settings that shape vectors.

    Args:
        files: Files whose content decides the vectors. Their folder does not count, so a copy
            of a model has the fingerprint of the original; their names and bytes do.
        settings: JSON-like facts such as preprocessing and precision.

    Returns:
        32 hexadecimal digits (128 bits of SHA-256).
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in sorted(files, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as stream:
            while chunk := stream.read(_HASH_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()[:32]
