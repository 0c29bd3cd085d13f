"""``HubCaptioner``: BLIP, GIT, Florence-2, SmolVLM and their like, by greedy decoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers
from PIL import Image

from relevance.encoders.base import Description, fingerprint, several_pictures
from relevance.encoders.captioning.base import CaptionerInfo
from relevance.encoders.captioning.loading import load_captioning_model
from relevance.encoders.captioning.prompts import INSTRUCTIONS, LENGTHS, TASKS
from relevance.encoders.quiet import quiet
from relevance.encoders.snapshots import Snapshot

FILES = ("generation_config.json", "chat_template.*")
"""What captioning models have besides weights, tokenizer and settings."""


class HubCaptioner:
    """Writes the likeliest word each time, so that a picture's caption is always the same."""

    def __init__(
        self, snapshot: Snapshot, model: Description, *, precision: str, device: str
    ) -> None:
        """Load the model from a folder.

        Args:
            snapshot: The model's files.
            model: What to call it.
            precision: "fp32", "fp16" or "bf16": of weights and arithmetic.
            device: "cpu", "cuda" or "mps"; it has to be there.

        Raises:
            ModelLoadError: The folder's files do not make up a captioning model.
            Exception: What transformers raises on foreign or damaged files.
        """
        snapshot.check()
        self._loaded = load_captioning_model(snapshot, model.name, precision, device)
        files = [*snapshot.files(), *(f for name in FILES for f in snapshot.folder.glob(name))]
        settings = {"precision": precision, "device": device, "decoding": "greedy"}
        self._info = CaptionerInfo(
            name=model.name,
            revision=snapshot.revision,
            family=self._loaded.family,
            image_size=self._loaded.image_size,
            runtime=f"torch {torch.__version__}, transformers {transformers.__version__}",
            precision=precision,
            device=device,
            licence=model.licence,
            fingerprint=fingerprint(files, settings),
        )

    @property
    def info(self) -> CaptionerInfo:
        """Facts about this model."""
        return self._info

    def caption(self, images: Sequence[Image.Image], style: str) -> list[str]:
        """Return a caption for each of some RGB pictures, in one batch.

        Args:
            images: The pictures.
            style: A name in ``STYLES``: which task or instruction the model is given, where it
                knows several, and how long its answer may be.
        """
        images = several_pictures(images)
        if not images:
            return []
        inputs = self._inputs(images, style)
        with torch.inference_mode(), quiet("transformers"):
            written = self._loaded.model.generate(
                **inputs, max_new_tokens=LENGTHS[style], do_sample=False, num_beams=1
            )
        if self._loaded.has_chat:  # what comes out begins with what went in
            written = written[:, inputs["input_ids"].shape[1] :]
        texts = self._loaded.processor.batch_decode(written, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]

    def _inputs(self, images: list[Image.Image], style: str) -> dict[str, Any]:
        """Prepare pictures, and the prompt of each where the model takes one."""
        processor, tasks = self._loaded.processor, TASKS.get(self._loaded.family)
        if tasks:
            prompts = [tasks[style]] * len(images)
            made = processor(text=prompts, images=images, return_tensors="pt", padding=True)
        elif self._loaded.has_chat:
            asked = [{"type": "image"}, {"type": "text", "text": INSTRUCTIONS[style]}]
            prompt = processor.apply_chat_template(
                [{"role": "user", "content": asked}], add_generation_prompt=True
            )
            made = processor(
                text=[prompt] * len(images),
                images=[[image] for image in images],
                return_tensors="pt",
                padding=True,
            )
        else:
            made = processor(images=images, return_tensors="pt")
        model = self._loaded.model
        return {
            name: value.to(model.device, model.dtype if value.is_floating_point() else None)
            for name, value in made.items()
        }
