"""An exported encoder, on ONNX Runtime.

One picture or text is run at a time. 8-bit arithmetic scales activations by the largest value it
meets in a run, so in a batch one picture's vector would depend on its neighbours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import onnxruntime
from PIL import Image

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray, size_on_disk, unit_rows
from relevance.encoders.onnx.pictures import PictureRules
from relevance.encoders.onnx.texts import TextRules, TextTokens
from relevance.encoders.parallel import in_parallel, open_session
from relevance.errors import ModelLoadError

IMAGE_FILE, TEXT_FILE, TOKENIZER_FILE, MANIFEST_FILE = (
    "image.onnx",
    "text.onnx",
    "tokenizer.json",
    "manifest.json",
)

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is written beside the graphs of an export.

    Attributes:
        info: The encoder's facts.
        pictures: What happens to a picture before the graph.
        texts: What happens to a text before the graph.
        refused: One sentence for each tower whose 8-bit form was not good enough.
    """

    info: EncoderInfo
    pictures: PictureRules
    texts: TextRules
    refused: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write it into the folder of the export."""
        (folder / MANIFEST_FILE).write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read it again.

        Raises:
            ModelLoadError: It is damaged.
        """
        try:
            stored = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
            return cls(
                EncoderInfo(**stored["info"]),
                PictureRules(**stored["pictures"]),
                TextRules(**stored["texts"]),
                tuple(stored["refused"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged(folder) from error


class OnnxEncoder:
    """A text tower and an image tower from the folder of an export; see ``export``.

    The towers are loaded when they are first needed: a keyword over cached pictures needs no
    image tower.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        files = (path for path in folder.iterdir() if path.is_file())
        self._info = replace(manifest.info, disk_bytes=size_on_disk(files))
        self._loading = threading.Lock()  # threads that need a tower wait for the first to load it

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 unit rows; what is too long is cut off."""
        return self._rows(self._embed_text, texts)

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures as ``(n_images, dim)`` float32 unit rows."""
        return self._rows(self._embed_image, images)

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count tokens before any cut, special tokens included: ``(n_texts,)`` int64."""
        return np.array([self._tokens.count(text) for text in texts], dtype=np.int64)

    def _embed_text(self, text: str) -> FloatArray:
        with self._loading:
            session, tokens = self._text, self._tokens
        features = session.run(None, {"input_ids": tokens.ids(text)})[0]
        return cast("FloatArray", features[0])

    def _embed_image(self, image: Image.Image) -> FloatArray:
        pixels = self._manifest.pictures.apply(image.convert("RGB"))
        with self._loading:
            session = self._image
        features = session.run(None, {"pixels": pixels[None]})[0]
        return cast("FloatArray", features[0])

    def _rows(self, embed: Callable[[_Item], FloatArray], items: Sequence[_Item]) -> FloatArray:
        rows = in_parallel(embed, items)
        return unit_rows(rows) if rows else np.empty((0, self._info.dim), np.float32)

    @cached_property
    def _tokens(self) -> TextTokens:
        return self._load(TOKENIZER_FILE, lambda file: TextTokens(file, self._manifest.texts))

    @cached_property
    def _text(self) -> Any:
        return self._load(TEXT_FILE, open_session)

    @cached_property
    def _image(self) -> Any:
        return self._load(IMAGE_FILE, open_session)

    def _load(self, name: str, read: Callable[[Path], _Result]) -> _Result:
        try:
            return read(self._folder / name)
        except Exception as error:  # neither library's errors share a base class but this
            raise damaged(self._folder) from error


def runtime() -> str:
    """Name the engine and its version."""
    return f"onnxruntime {onnxruntime.__version__}"


def damaged(folder: Path) -> ModelLoadError:
    """Return the error for files that cannot be read."""
    return ModelLoadError(
        f"The exported model in {folder} is damaged. Delete that folder, or run "
        "`relevance cache clear --models`; it will be exported again."
    )
