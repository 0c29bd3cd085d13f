"""Dual and image-only encoders on PyTorch: for GPUs, half precision, and as the source of exports.

Importing this module imports torch and transformers; ``load_encoder`` does so on demand.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image

from relevance.encoders.base import (
    Description,
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
from relevance.encoders.checkpoint import image_features, load_checkpoint, not_dual, pooled
from relevance.encoders.pickling import check_arrived
from relevance.encoders.snapshots import Snapshot
from relevance.errors import ModelLoadError

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


class HubEncoder:
    """A text tower and an image tower with one space, or the latter alone, from safetensors."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: Description,
        *,
        precision: str = "fp32",
        device: str = "cpu",
    ) -> None:
        """Load model, tokenizer and image processor from a folder.

        Args:
            snapshot: The model's files.
            model: What to call it.
            precision: "fp32", "fp16" or "bf16": of weights and arithmetic.
            device: "cpu", "cuda" or "mps"; it has to be there.

        Raises:
            ModelLoadError: The folder's files do not make up an encoder.
            Exception: What transformers raises on foreign or damaged files.
        """
        snapshot.check()
        self._source = snapshot, model
        self.checkpoint = load_checkpoint(snapshot, model.name)
        scale, bias = self.checkpoint.logit_scale, self.checkpoint.logit_bias  # as float32
        self._dtype = _DTYPES[precision]
        self._device = device
        self._model: Any = self.checkpoint.model.to(device=device, dtype=self._dtype)
        self._turn = threading.Lock()
        settings = {
            "precision": precision,
            "device": device,
            "max_tokens": self.checkpoint.max_tokens,
            "text": self._text_rule(),
            "pictures": "transformers, Pillow backend",
        }
        self._info = EncoderInfo(
            name=model.name,
            revision=snapshot.revision,
            dim=self._tried_dim(model.name),
            image_size=self.checkpoint.image_size,
            max_tokens=self.checkpoint.max_tokens,
            logit_scale=scale,
            logit_bias=bias,
            runtime=f"torch {torch.__version__}, transformers {transformers.__version__}",
            precision=precision,
            licence=model.licence,
            languages=model.languages,
            fingerprint=fingerprint(snapshot.files(), settings),
            device=device,
            disk_bytes=size_on_disk(snapshot.files()),
            has_text=self.checkpoint.has_text,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (*self._source, self._info)

    def _tried_dim(self, name: str) -> int:
        """Try the towers: what has their methods need not have one space."""
        picture = self._encode_images([Image.new("RGB", (8, 8), "teal")])
        text = self._encode_texts(["a"]) if self.checkpoint.has_text else picture
        if text.ndim != 2 or text.shape != picture.shape:
            raise not_dual(name, self.checkpoint.model)
        if not (np.isfinite(text).all() and np.isfinite(picture).all()):
            raise ModelLoadError(
                f"{name} gives vectors that are no numbers; its weights are damaged. Download or "
                "convert it again."
            )
        return int(picture.shape[1])

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 unit rows; ``Checkpoint`` says by which rules.

        Text beyond ``info.max_tokens`` is cut off; ``count_tokens`` tells which texts that meets.
        """
        texts = self._words(texts)
        if not texts:
            return np.empty((0, self._info.dim), dtype=np.float32)
        return self._encode_texts(texts)

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures, in one batch, as ``(n_images, dim)`` float32 unit rows."""
        images = several_pictures(images)
        if not images:
            return np.empty((0, self._info.dim), dtype=np.float32)
        return self._encode_images(images)

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count tokens before any cut, special tokens included: ``(n_texts,)`` int64."""
        cased = self.checkpoint.cased(self._words(texts))
        if not cased:
            return np.empty(0, dtype=np.int64)
        encoded = self.checkpoint.tokenizer(cased, truncation=False, verbose=False)
        return np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)

    def _words(self, texts: Sequence[str]) -> list[str]:
        if not self.checkpoint.has_text:
            raise without_words(self._info.name)
        return several_texts(texts)

    def _encode_texts(self, texts: Sequence[str]) -> FloatArray:
        return self._forward(self._model.get_text_features, self.checkpoint.tokens(texts))

    def _encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        return self._forward(partial(image_features, self._model), self.checkpoint.pixels(images))

    def _forward(self, tower: Any, inputs: Mapping[str, torch.Tensor]) -> FloatArray:
        """Run a tower, one thread at a time; what goes in is prepared by several."""
        placed = {
            name: value.to(self._device, self._dtype if value.is_floating_point() else None)
            for name, value in inputs.items()
        }
        with self._turn, torch.inference_mode():
            return unit_rows(pooled(tower(**placed)).float().cpu().numpy())

    def _text_rule(self) -> str:
        if not self.checkpoint.has_text:
            return "none"
        if self.checkpoint.is_sigmoid:
            return "lower case, padded to the maximum"
        return "padding masked"


def _arrived(snapshot: Snapshot, model: Description, sent: EncoderInfo) -> HubEncoder:
    """Load an encoder that another process pickled."""
    if not snapshot.folder.is_dir():
        check_arrived(sent, "")
    encoder = HubEncoder(snapshot, model, precision=sent.precision, device=sent.device)
    check_arrived(sent, encoder.info.fingerprint)
    return encoder
