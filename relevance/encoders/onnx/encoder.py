"""An exported encoder, on ONNX Runtime.

One picture or text is run at a time. 8-bit arithmetic scales activations by the largest value it
meets in a run, so in a batch one picture's vector would depend on its neighbours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import onnxruntime
from PIL import Image

from relevance.encoders.base import (
    EncoderInfo,
    FloatArray,
    IntArray,
    fingerprint,
    several_pictures,
    several_texts,
    size_on_disk,
    unit_rows,
    without_words,
)
from relevance.encoders.onnx.pictures import PictureRules
from relevance.encoders.onnx.texts import TextRules, TextTokens
from relevance.encoders.parallel import in_parallel, open_session
from relevance.encoders.pickling import check_arrived
from relevance.errors import ModelLoadError
from relevance.system.json_reader import JsonError, build, read_object

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
        info: The encoder's facts, as measured when and where it was exported.
        pictures: What happens to a picture before the graph.
        texts: What happens to a text before the graph; None where there is no text tower.
        fingerprints: Of each tower, "pictures" and "texts", with what goes before it.
    """

    info: EncoderInfo
    pictures: PictureRules
    texts: TextRules | None
    fingerprints: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write it into the folder of the export."""
        text = json.dumps(asdict(self), indent=2, allow_nan=False)
        (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read it again.

        Raises:
            ModelLoadError: It is damaged.
        """
        try:
            return build(cls, read_object(folder / MANIFEST_FILE))
        except (OSError, JsonError) as error:
            raise damaged(folder) from error


@dataclass(frozen=True, slots=True)
class Files:
    """Where the parts of an encoder lie; towers may be of different precisions.

    Without a text tower, those of the texts are not there.
    """

    image: Path
    text: Path
    tokenizer: Path

    @classmethod
    def of(cls, pictures: Path, texts: Path, tokenizer: Path) -> Files:
        """Take them from the folders of up to three exports."""
        return cls(pictures / IMAGE_FILE, texts / TEXT_FILE, tokenizer / TOKENIZER_FILE)

    def all(self) -> list[Path]:
        """Every file, those that large graphs keep their weights in among them."""
        return [
            file
            for part in (self.image, self.text, self.tokenizer)
            for file in part.parent.glob(f"{part.name}*")
        ]


class OnnxEncoder:
    """A text tower and an image tower, or the latter alone, from folders of exports.

    The towers are loaded when they are first needed: a keyword over cached pictures needs no
    image tower.
    """

    def __init__(self, files: Files, manifest: Manifest) -> None:
        self._files = files
        self._manifest = manifest
        self._info = replace(manifest.info, disk_bytes=size_on_disk(files.all()))
        self._loading = threading.Lock()  # threads that need a tower wait for the first to load it

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._files, self._manifest)

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 unit rows; what is too long is cut off."""
        return self._rows(self._embed_text, self._words(texts))

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures as ``(n_images, dim)`` float32 unit rows."""
        return self._rows(self._embed_image, several_pictures(images))

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count tokens before any cut, special tokens included: ``(n_texts,)`` int64."""
        counts = [self._tokens.count(text) for text in self._words(texts)]
        return np.array(counts, dtype=np.int64)

    def _words(self, texts: Sequence[str]) -> list[str]:
        if not self._info.has_text:
            raise without_words(self._info.name)
        return several_texts(texts)

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
        rules = self._manifest.texts
        assert rules is not None  # else nobody asks for tokens
        return _load(self._files.tokenizer, lambda file: TextTokens(file, rules))

    @cached_property
    def _text(self) -> Any:
        return _load(self._files.text, open_session)

    @cached_property
    def _image(self) -> Any:
        return _load(self._files.image, open_session)


def fingerprint_of(towers: Mapping[str, Manifest]) -> str:
    """Return the fingerprint of an encoder whose towers, by name, come from these exports."""
    return fingerprint([], {tower: own.fingerprints[tower] for tower, own in towers.items()})


def _arrived(files: Files, sent: Manifest) -> OnnxEncoder:
    """Open an encoder that another process pickled, from the same folders."""
    places = {"pictures": files.image} | ({"texts": files.text} if sent.info.has_text else {})
    is_there = all(file.is_file() for file in places.values())
    towers = {tower: Manifest.read(file.parent) for tower, file in places.items() if is_there}
    check_arrived(sent.info, fingerprint_of(towers) if is_there else "")
    return OnnxEncoder(files, sent)


def _load(file: Path, read: Callable[[Path], _Result]) -> _Result:
    try:
        return read(file)
    except Exception as error:  # neither library's errors share a base class but this
        raise damaged(file.parent) from error


def runtime() -> str:
    """Name the engine and its version."""
    return f"onnxruntime {onnxruntime.__version__}"


def damaged(folder: Path) -> ModelLoadError:
    """Return the error for files that cannot be read."""
    return ModelLoadError(
        f"The exported model in {folder} is damaged. Delete that folder, or run "
        "`relevance cache clear --models`; it will be exported again."
    )
