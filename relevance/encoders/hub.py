"""CLIP-family dual encoders that transformers loads, on PyTorch.

Importing this module imports torch and transformers; ``load_encoder`` does so on demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import transformers
from huggingface_hub.errors import StrictDataclassError
from PIL import Image
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray, fingerprint, unit_rows
from relevance.encoders.snapshots import Snapshot
from relevance.errors import ModelLoadError

_PRECISION = "fp32"
_ROBERTA_LIKE = frozenset({"altclip_text_model", "roberta", "xlm-roberta"})

# What transformers raises on missing, foreign or damaged files, down to the layers below it.
_LOAD_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    ImportError,
    RuntimeError,
    SafetensorError,
    StrictDataclassError,
)


class HubEncoder:
    """A text tower and an image tower with one space, from safetensors weights.

    Text rules follow how the checkpoints were trained. Softmax-trained models (Radford et al.
    2021, CLIP) mask padding and get none beyond the longest text. Sigmoid-trained ones (Zhai et
    al. 2023, SigLIP; Tschannen et al. 2025, SigLIP 2) saw lower-case text padded to a fixed
    length without a mask.
    """

    def __init__(self, snapshot: Snapshot, name: str, licence: str, languages: str) -> None:
        """Load model, tokenizer and image processor from a folder.

        Raises:
            ModelLoadError: The folder's files do not make up a dual encoder.
        """
        folder = str(snapshot.folder)
        try:
            self._model: Any = _load_weights(folder)
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            # The Pillow backend, since the torchvision one resizes differently.
            self._processor: Any = transformers.AutoImageProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, backend="pil"
            )
        except _LOAD_ERRORS as error:
            raise ModelLoadError(
                f"{name} cannot be loaded: {' '.join(str(error).split())[:300]}"
            ) from error
        for part in ("get_text_features", "get_image_features", "logit_scale"):
            if not hasattr(self._model, part):
                raise ModelLoadError(
                    f"{name} ({type(self._model).__name__}) is not a dual encoder of the CLIP "
                    "family; `relevance models` lists some that are."
                )
        self._is_sigmoid = hasattr(self._model, "logit_bias")
        self._max_tokens = self._text_length()
        self._info = self._facts(snapshot, name, licence, languages)

    @property
    def info(self) -> EncoderInfo:
        """Facts about this encoder."""
        return self._info

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts as ``(n_texts, dim)`` float32 unit rows; see the class on padding and case.

        Text beyond ``info.max_tokens`` is cut off; ``count_tokens`` tells which texts that meets.
        """
        if not texts:
            return np.empty((0, self._info.dim), dtype=np.float32)
        return self._encode_texts(texts)

    def encode_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed RGB pictures, in one batch, as ``(n_images, dim)`` float32 unit rows."""
        if not images:
            return np.empty((0, self._info.dim), dtype=np.float32)
        inputs = self._processor(images=list(images), return_tensors="pt")
        with torch.inference_mode():
            return _rows(self._model.get_image_features(**inputs))

    def count_tokens(self, texts: Sequence[str]) -> IntArray:
        """Count tokens before any cut, special tokens included: ``(n_texts,)`` int64."""
        encoded = self._tokenizer(self._cased(texts), truncation=False, verbose=False)
        return np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)

    def _encode_texts(self, texts: Sequence[str]) -> FloatArray:
        inputs = self._tokenizer(
            self._cased(texts),
            padding="max_length" if self._is_sigmoid else "longest",
            truncation=True,
            max_length=self._max_tokens,
            return_tensors="pt",
        )
        if self._is_sigmoid:
            inputs = {"input_ids": inputs["input_ids"]}
        with torch.inference_mode():
            return _rows(self._model.get_text_features(**inputs))

    def _cased(self, texts: Sequence[str]) -> list[str]:
        return [text.lower() if self._is_sigmoid else text for text in texts]

    def _text_length(self) -> int:
        text = self._model.config.text_config
        # RoBERTa counts positions from behind the padding token's number.
        reserved = text.pad_token_id + 1 if text.model_type in _ROBERTA_LIKE else 0
        longest = text.max_position_embeddings - reserved
        return min(int(longest), int(self._tokenizer.model_max_length))

    def _facts(self, snapshot: Snapshot, name: str, licence: str, languages: str) -> EncoderInfo:
        bias = self._model.logit_bias.item() if self._is_sigmoid else None
        settings = {
            "precision": _PRECISION,
            "max_tokens": self._max_tokens,
            "text": "lower case, padded to the maximum" if self._is_sigmoid else "padding masked",
            "pictures": "transformers, Pillow backend",
        }
        return EncoderInfo(
            name=name,
            revision=snapshot.revision,
            dim=self._encode_texts(["a"]).shape[1],
            image_size=_image_size(self._model.config.vision_config),
            max_tokens=self._max_tokens,
            logit_scale=self._model.logit_scale.exp().item(),
            logit_bias=bias,
            runtime=f"torch {torch.__version__}, transformers {transformers.__version__}",
            precision=_PRECISION,
            licence=licence,
            languages=languages,
            fingerprint=fingerprint(snapshot.files(), settings),
        )


def _load_weights(folder: str) -> Any:
    """Load the model; weights that the files lack would be random, so they are an error."""
    with _no_weight_bar():
        model, report = transformers.AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
    lacking = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    if lacking:
        raise ValueError(f"its files lack {len(lacking)} weights, {lacking[0]} among them")
    return model.eval()


@contextmanager
def _no_weight_bar() -> Iterator[None]:
    """Keep transformers from drawing a bar for the half second in which it reads weights."""
    was_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            transformers_logging.enable_progress_bar()


def _rows(output: Any) -> FloatArray:
    """Take the pooled, projected features, which newer transformers wrap in an output object."""
    features = output if isinstance(output, torch.Tensor) else output.pooler_output
    return unit_rows(features.float().numpy())


def _image_size(vision: Any) -> int:
    """Side of the input in pixels; models with free aspect ratio state a number of patches."""
    size = getattr(vision, "image_size", 0)
    return int(size or round(vision.num_patches**0.5) * vision.patch_size)
