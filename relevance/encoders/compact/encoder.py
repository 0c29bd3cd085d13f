"""The compact encoder: EfficientNet-Lite2 and MiniLM in one space, on ONNX Runtime.

The image tower is EfficientNet-Lite2 (Tan and Le 2019, "EfficientNet"; the Lite form drops
squeeze-and-excitation and uses ReLU6) up to its pooled features. The text tower is MiniLM-L6 (Wang
et al. 2020, "MiniLM"), mean-pooled as in Sentence-BERT (Reimers and Gurevych 2019). One linear
head on each side brings them into one space, in which cosine compares a picture with a text as in
CLIP (Radford et al. 2021). Half of it was fitted in closed form, as in DeViSE (Frome et al. 2013),
half with CLIP's InfoNCE loss; MODEL_CARD.md and ``training/`` say how.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

from relevance.encoders.base import (
    EncoderInfo,
    FloatArray,
    IntArray,
    fingerprint,
    several_pictures,
    several_texts,
    size_on_disk,
    unit_rows,
)
from relevance.encoders.packaged import (
    CONFIG_FILE,
    IMAGE_FILE,
    MODEL_FILES,
    NAME,
    PACKAGED,
    TEXT_FILE,
    TOKENIZER_FILE,
)
from relevance.encoders.parallel import in_parallel, open_session
from relevance.encoders.pickling import check_arrived
from relevance.errors import ModelLoadError
from relevance.system.json_reader import JsonError, build, read_object

_IMAGE_BATCH = 4  # a thread each; more is no faster and takes more memory
_TEXT_BATCH = 32
_WHITE = (255, 255, 255)
# What this module does to a picture before the graph, for the fingerprint; change one, change both.
_PREPROCESSING = {"resize": "contain", "padding": "white, centred", "resample": "bicubic"}
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _Config:
    """What the model's file says of it; see ``EncoderInfo``."""

    revision: str
    dim: int
    image_size: int
    max_tokens: int
    logit_scale: float
    precision: str
    licence: str


class CompactEncoder:
    """Texts and pictures as unit rows of one space, from files of about 38 MB, on the CPU.

    Rows do not depend on what else is encoded in the same call: padding is masked, weights are
    stored in 8 or 16 bits but all arithmetic is float32.
    """

    def __init__(self, folder: Path | None = None, name: str = NAME) -> None:
        """Load the model.

        Args:
            folder: Where the files lie; those next to this module unless given.
            name: What it was asked for by.

        Raises:
            ModelLoadError: A file is missing or damaged.
        """
        folder = folder or PACKAGED
        for file in MODEL_FILES:
            if not (folder / file).is_file():
                raise ModelLoadError(
                    f"The compact encoder's file {file} is missing from {folder}. "
                    "Install the package again."
                )
        config = _read_config(folder / CONFIG_FILE)
        self._tokenizer = _read_tokenizer(folder / TOKENIZER_FILE)
        self._counter = _read_tokenizer(folder / TOKENIZER_FILE)
        self._tokenizer.enable_truncation(config.max_tokens)
        self._tokenizer.enable_padding()
        self._folder = folder
        self._loading = threading.Lock()  # threads that need a tower wait for the first to load it
        self._info = EncoderInfo(
            name=name,
            logit_bias=None,
            languages="English",
            runtime=f"onnxruntime {onnxruntime.__version__}",
            fingerprint=fingerprint([folder / file for file in MODEL_FILES], _PREPROCESSING),
            disk_bytes=size_on_disk(folder / file for file in MODEL_FILES),
            **asdict(config),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._folder, self._info)

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 rows of unit L2 norm.

        A text of more than ``info.max_tokens`` tokens is cut off there.
        """
        return self._stack(
            in_parallel(self._embed_texts, _batches(several_texts(texts), _TEXT_BATCH))
        )

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures as ``(n_images, dim)`` float32 rows of unit L2 norm.

        A picture is scaled to fit a square of ``info.image_size`` and centred on white, so the
        whole product stays in view whatever the picture's proportions.
        """
        return self._stack(
            in_parallel(self._embed_images, _batches(several_pictures(images), _IMAGE_BATCH))
        )

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count each text's tokens before any cut, special tokens included: ``(n_texts,)``."""
        coded = self._counter.encode_batch(several_texts(texts))
        return np.array([len(item.ids) for item in coded], dtype=np.int64)

    def tokenised(self, texts: list[str]) -> dict[str, IntArray]:
        """Return what the text tower takes for a batch of texts: ``(n, length)`` each."""
        coded = self._tokenizer.encode_batch(texts)
        return {
            "input_ids": np.array([item.ids for item in coded], dtype=np.int64),
            "attention_mask": np.array([item.attention_mask for item in coded], dtype=np.int64),
        }

    def _embed_texts(self, texts: list[str]) -> FloatArray:
        inputs = self.tokenised(texts)
        with self._loading:
            session = self._text
        return unit_rows(session.run(None, inputs)[0])

    def _embed_images(self, images: list[Image.Image]) -> FloatArray:
        pixels = np.stack([square(image, self._info.image_size) for image in images])
        with self._loading:
            session = self._image
        return unit_rows(session.run(None, {"pixels": pixels})[0])

    @cached_property
    def _text(self) -> Any:
        return _open_session(self._folder / TEXT_FILE)

    @cached_property
    def _image(self) -> Any:
        """The image tower; a keyword over cached pictures does not need it."""
        return _open_session(self._folder / IMAGE_FILE)

    def _stack(self, rows: list[FloatArray]) -> FloatArray:
        return np.concatenate(rows) if rows else np.empty((0, self._info.dim), np.float32)


def _arrived(folder: Path, sent: EncoderInfo) -> CompactEncoder:
    """Load an encoder that another process pickled."""
    encoder = CompactEncoder(folder, sent.name)
    check_arrived(sent, encoder.info.fingerprint)
    return encoder


def square(image: Image.Image, side: int) -> npt.NDArray[np.uint8]:
    """Return a picture as ``(side, side, 3)`` uint8; the graph scales the values itself."""
    padded = ImageOps.pad(
        image.convert("RGB"), (side, side), Image.Resampling.BICUBIC, color=_WHITE
    )
    return np.asarray(padded, dtype=np.uint8)


def _batches(items: Sequence[_Item], size: int) -> Iterator[list[_Item]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _read_config(path: Path) -> _Config:
    try:
        return build(_Config, read_object(path))
    except JsonError as error:
        raise _damaged(path) from error


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more exact
        raise _damaged(path) from error


def _open_session(path: Path) -> Any:
    try:
        return open_session(path)
    except Exception as error:  # its errors share no base class but this
        raise _damaged(path) from error


def _damaged(path: Path) -> ModelLoadError:
    return ModelLoadError(
        f"The compact encoder's file {path.name} in {path.parent} cannot be read: it is damaged "
        "or of another version. Install the package again."
    )
