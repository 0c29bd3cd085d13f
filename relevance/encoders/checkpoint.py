"""A model as transformers loads it: towers, tokenizer, image processor, and its text rules.

Importing this module imports torch and transformers; ``load_encoder`` does so on demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from PIL import Image
from transformers.utils import logging as transformers_logging

from relevance.encoders.snapshots import Snapshot
from relevance.errors import ModelLoadError

_ROBERTA_LIKE = frozenset({"altclip_text_model", "roberta", "xlm-roberta"})
_MODEL_PARTS = ("get_text_features", "get_image_features", "logit_scale")
_CONFIG_PARTS = ("text_config", "vision_config")
_POOLER = "pooler."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model with one space for texts and pictures, or for pictures alone, in float32 on the CPU.

    Text rules follow how the checkpoints were trained. Softmax-trained models (Radford et al.
    2021, CLIP) mask padding and get none beyond the longest text. Sigmoid-trained ones (Zhai et
    al. 2023, SigLIP; Tschannen et al. 2025, SigLIP 2) saw lower-case text padded to a fixed
    length without a mask. An image-only model has no text rules.

    Attributes:
        model: The transformers model, in evaluation mode.
        tokenizer: Its tokenizer; None for an image-only model.
        processor: Its image processor, of the Pillow backend.
        is_sigmoid: Whether it was trained with a sigmoid loss.
        max_tokens: Longest text in tokens, special tokens included; 0 for an image-only model.
    """

    model: Any
    tokenizer: Any
    processor: Any
    is_sigmoid: bool
    max_tokens: int

    @property
    def has_text(self) -> bool:
        """Whether there is a text tower."""
        return self.tokenizer is not None

    @property
    def logit_scale(self) -> float:
        """Factor on cosine before softmax or sigmoid; 0 for an image-only model."""
        return float(self.model.logit_scale.exp().item()) if self.has_text else 0.0

    @property
    def logit_bias(self) -> float | None:
        """Bias of a sigmoid-trained model, None otherwise."""
        return float(self.model.logit_bias.item()) if self.is_sigmoid else None

    @property
    def image_size(self) -> int:
        """Side of the input in pixels; models with free aspect ratio state a number of patches.

        Of an image-only model the processor decides it: DINOv2 states the larger side with which
        its training ended, and its positions are stretched to what comes.
        """
        if not self.has_text:
            return _side(self.processor)
        vision = self.model.config.vision_config
        size = getattr(vision, "image_size", 0)
        return int(size or round(vision.num_patches**0.5) * vision.patch_size)

    def cased(self, texts: Sequence[str]) -> list[str]:
        """Return texts in the letters that the text tower was trained on."""
        return [text.lower() if self.is_sigmoid else text for text in texts]

    def tokens(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Turn texts into what the text tower takes, ``(n, length)`` int64 each."""
        inputs = self.tokenizer(
            self.cased(texts),
            padding="max_length" if self.is_sigmoid else "longest",
            truncation=True,
            max_length=self.max_tokens,
            return_tensors="pt",
        )
        return {"input_ids": inputs["input_ids"]} if self.is_sigmoid else dict(inputs)

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, torch.Tensor]:
        """Turn RGB pictures into what the image tower takes, n rows each."""
        return dict(self.processor(images=list(images), return_tensors="pt"))


def load_checkpoint(snapshot: Snapshot, name: str) -> Checkpoint:
    """Load model, tokenizer and image processor from a folder; no code of a model is ever run.

    Args:
        snapshot: A complete one.
        name: What to call it in errors.

    Raises:
        ModelLoadError: The model is neither a dual encoder nor one of ``IMAGE_ONLY``.
        Exception: What transformers and the layers below it raise on foreign or damaged files.
    """
    place = str(snapshot.folder)
    if snapshot.is_image_only:
        return Checkpoint(_load_weights(place, but=_POOLER), None, _processor(place), False, 0)
    model = _load_weights(place)
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        place, local_files_only=True, trust_remote_code=False
    )
    processor = _processor(place)
    known = all(hasattr(model, part) for part in _MODEL_PARTS)
    if not known or not all(hasattr(model.config, part) for part in _CONFIG_PARTS):
        raise not_dual(name, model)
    length = _text_length(model.config.text_config, tokenizer)
    return Checkpoint(model, tokenizer, processor, hasattr(model, "logit_bias"), length)


def not_dual(name: str, model: Any) -> ModelLoadError:
    """Return the error for a model without one space for texts and pictures."""
    return ModelLoadError(
        f"{name} ({type(model).__name__}) is not a dual encoder of the CLIP family, nor a ViT or "
        "DINOv2; `relevance models` lists some that are."
    )


def image_features(model: Any, **inputs: torch.Tensor) -> torch.Tensor:
    """Embed prepared pictures: ``(n, dim)``, not normalised.

    Of a dual encoder these are the projected features. Of an image-only one it is the class token
    behind the last layer norm, which is "the image representation y" of Dosovitskiy et al. 2021
    (ViT, equation 4) and what Oquab et al. 2024 compare pictures by (DINOv2, instance
    recognition). ViT's tanh pooler is left out: it served a head for training, and many
    checkpoints come without its weights.
    """
    if hasattr(model, "get_image_features"):
        return pooled(model.get_image_features(**inputs))
    states: torch.Tensor = model(**inputs).last_hidden_state
    return states[:, 0]


def pooled(output: Any) -> torch.Tensor:
    """Take the pooled, projected features, which newer transformers wrap in an output object."""
    features: torch.Tensor = output if isinstance(output, torch.Tensor) else output.pooler_output
    return features


def _side(processor: Any) -> int:
    """Return the height of what an image processor makes of a picture."""
    size = dict(processor.crop_size if processor.do_center_crop else processor.size)
    return int(size.get("height") or size["shortest_edge"])


def _processor(folder: str) -> Any:
    """Load the Pillow backend, since the torchvision one resizes differently."""
    return transformers.AutoImageProcessor.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, backend="pil"
    )


def _load_weights(folder: str, *, but: str | None = None) -> Any:
    """Load the model; weights that the files lack would be random, so they are an error.

    Args:
        folder: A complete snapshot.
        but: How the names of weights begin that are not used.
    """
    with no_weight_bar():
        model, report = transformers.AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
        )
    lacking = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    lacking = [name for name in lacking if not (but and name.startswith(but))]
    if lacking:
        raise ValueError(f"its files lack {len(lacking)} weights, {lacking[0]} among them")
    return model.eval()


def _text_length(config: Any, tokenizer: Any) -> int:
    # RoBERTa counts positions from behind the padding token's number.
    reserved = config.pad_token_id + 1 if config.model_type in _ROBERTA_LIKE else 0
    return min(int(config.max_position_embeddings - reserved), int(tokenizer.model_max_length))


@contextmanager
def no_weight_bar() -> Iterator[None]:
    """Keep transformers from drawing a bar for the half second that weights take."""
    was_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            transformers_logging.enable_progress_bar()
