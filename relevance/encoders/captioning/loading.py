"""A captioning model as transformers loads it: weights and processor from a folder.

Importing this module imports torch and transformers; ``load_captioner`` does so on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers.utils import logging as transformers_logging

from relevance.encoders.quiet import quiet
from relevance.encoders.snapshots import Snapshot
from relevance.errors import ModelLoadError

_USUAL_SIDE = 384
_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Model and processor.

    Attributes:
        model: In evaluation mode, on its device.
        processor: Prepares pictures (Pillow backend) and prompts, and decodes answers.
        image_size: Side of the square that pictures are scaled to, in pixels.
    """

    model: Any
    processor: Any
    image_size: int

    @property
    def family(self) -> str:
        """Its ``model_type`` in transformers."""
        return str(self.model.config.model_type)

    @property
    def has_chat(self) -> bool:
        """Whether it follows instructions in a template of its own."""
        return bool(getattr(self.processor, "chat_template", None))


def load_captioning_model(snapshot: Snapshot, name: str, precision: str, device: str) -> Loaded:
    """Load a model from a folder; no code of a model is ever run.

    Args:
        snapshot: A complete one.
        name: What to call it in errors.
        precision: "fp32", "fp16" or "bf16": of weights and arithmetic.
        device: "cpu", "cuda" or "mps"; it has to be there.

    Raises:
        ModelLoadError: It is no captioning model.
        Exception: What transformers and the layers below it raise on foreign or damaged files.
    """
    place = str(snapshot.folder)
    config = transformers.AutoConfig.from_pretrained(
        place, local_files_only=True, trust_remote_code=False
    )
    if type(config) not in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise ModelLoadError(
            f"{name} is a {config.model_type} model, which writes no captions; --model takes one "
            "such as git, blip-large, florence-2 or smolvlm, and --encoder one of the CLIP family."
        )
    model = _weights(place, _DTYPES[precision]).eval().to(device)
    processor = _processor(place)
    return Loaded(model, processor, _side(processor.image_processor))


def _weights(place: str, dtype: torch.dtype) -> Any:
    """Load the model; weights that the files lack would be random, so they are an error."""
    was_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        with quiet("transformers"):
            load: Any = transformers.AutoModelForImageTextToText.from_pretrained
            model, report = load(
                place,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=dtype,
                output_loading_info=True,
            )
    finally:
        if was_on:
            transformers_logging.enable_progress_bar()
    lacking = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    if lacking:
        raise ValueError(f"its files lack {len(lacking)} weights, {lacking[0]} among them")
    return model


def _processor(place: str) -> Any:
    """Load the processor, with Pillow for pictures, since torchvision resizes differently.

    Models that look at a picture in tiles see it whole here: a product fills it anyhow, and each
    tile takes as long as a picture.
    """
    choices = {"local_files_only": True, "trust_remote_code": False}
    with quiet("transformers"):
        processor: Any = transformers.AutoProcessor.from_pretrained(place, **choices)
        processor.image_processor = transformers.AutoImageProcessor.from_pretrained(
            place, backend="pil", **choices
        )
    if hasattr(processor.image_processor, "do_image_splitting"):
        processor.image_processor.do_image_splitting = False
    processor.tokenizer.padding_side = "left"  # what is generated follows the prompt at once
    return processor


def _side(image_processor: Any) -> int:
    """Return the longer side of what an image processor makes of a picture, of a tile if it can."""
    tile = getattr(image_processor, "max_image_size", None)
    sizes = dict(tile or getattr(image_processor, "size", None) or {}).values()
    return max([int(size) for size in sizes if size], default=_USUAL_SIDE)
