"""What of a model is trained: adapters, everything, or the projections into the common space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn

from relevance.encoders.quiet import quiet
from relevance.errors import ModelLoadError

_RANK, _ALPHA = 8, 16
_ATTENTION = ("q_proj", "k_proj", "v_proj", "out_proj")
_ROBERTA_ATTENTION = ("self.query", "self.key", "self.value", "attention.output.dense")
_PROJECTIONS = (
    *("visual_projection.", "text_projection."),  # CLIP and its relatives
    *("vision_model.head.", "text_model.head."),  # SigLIP
)
_MOST_SCALE = 4.6052  # ln 100, where CLIP's pre-training stops the logit scale


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a method sets; see ``Trained`` for the terms.

    Attributes:
        learning_rate: The highest. LoRA's is that of CLIP-LoRA (Zanella and Ben Ayed 2024).
        decay: Of AdamW, on matrices alone.
    """

    learning_rate: float
    decay: float


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "lora": Recipe(2e-4, 0.01),
        "full": Recipe(1e-5, 0.1),
        "projection": Recipe(1e-4, 0.0),  # the pull takes the decay's place
    }
)


class Trained:
    """A model in training: which of its weights move, and what pulls them back."""

    def __init__(self, model: Any, method: str, pictures_per_text: float) -> None:
        """Choose the weights, and put adapters in for LoRA, which torch's generator starts.

        Args:
            model: A dual encoder of transformers; changed in place.
            method: A name in ``METHODS``.
            pictures_per_text: On average; the pull of ``projection`` is its inverse, as ProLIP's
                (Fahes et al. 2024) is, so that the more is known the farther weights may go.

        Raises:
            ModelLoadError: The model has no part that the method trains.
        """
        self.model = model
        self._adapted: PeftModel | None = None
        self._pull = 1 / pictures_per_text if method == "projection" else 0.0
        if method == "lora":
            self._adapted = _with_adapters(model)
        elif method == "projection":
            for name, weight in model.named_parameters():
                weight.requires_grad_(name.startswith(_PROJECTIONS))
        self.weights = {n: w for n, w in model.named_parameters() if w.requires_grad}
        if not self.weights:
            raise _untrainable(model, method)
        self._start = {n: w.detach().clone() for n, w in self.weights.items()} if self._pull else {}
        self._most_scale = max(_MOST_SCALE, model.logit_scale.item())

    @property
    def size(self) -> int:
        """How many numbers are trained."""
        return sum(weight.numel() for weight in self.weights.values())

    def pull(self) -> Tensor | float:
        """Return what is added to the loss: the squared way from the start times a coefficient."""
        way = [(weight - self._start[name]).square().sum() for name, weight in self.weights.items()]
        return self._pull * torch.stack(way).sum()

    @property
    def is_pulled(self) -> bool:
        """Whether ``pull`` is part of the loss."""
        return bool(self._pull)

    def clamp(self) -> None:
        """Keep the logit scale where pre-training keeps it."""
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=self._most_scale)

    def groups(self, decay: float) -> list[dict[str, Any]]:
        """Return what the optimiser takes: norms, biases and the scale do not decay."""
        weights = list(self.weights.values())
        return [
            {"params": [w for w in weights if w.ndim >= 2], "weight_decay": decay},
            {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
        ]

    def save_adapter(self, folder: Path, share: float) -> bool:
        """Write what was added to the start, scaled to a share; say whether that is kept apart."""
        if self._adapted is None:
            return False
        config: Any = self._adapted.peft_config["default"]
        config.lora_alpha = _ALPHA * share
        self._adapted.save_pretrained(str(folder))
        config.lora_alpha = _ALPHA
        return True

    def merged(self) -> dict[str, Tensor]:
        """Return all weights on the CPU by the names that they had at the start; ends training."""
        model = self.model
        if self._adapted is not None:
            model = self._adapted.merge_and_unload()
            self._adapted = None
        return {name: weight.detach().cpu() for name, weight in model.state_dict().items()}


def _with_adapters(model: Any) -> PeftModel:
    targets = [
        name
        for name, module in model.named_modules()
        # exactly, since the attention of SigLIP's head only looks as if it called its projection
        if type(module) is nn.Linear and _is_attention(name)
    ]
    if not targets:
        raise _untrainable(model, "lora")
    settings = LoraConfig(r=_RANK, lora_alpha=_ALPHA, target_modules=targets, bias="none")
    with quiet():  # peft asks transformers by a name that the latter calls old
        adapted: PeftModel = get_peft_model(model, settings)
    return adapted


def _is_attention(name: str) -> bool:
    return name.rpartition(".")[2] in _ATTENTION or name.endswith(_ROBERTA_ATTENTION)


def _untrainable(model: Any, method: str) -> ModelLoadError:
    return ModelLoadError(
        f"{type(model).__name__} has no part that the method {method} is known to train; "
        "choose the method full."
    )
