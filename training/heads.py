"""A fitted pair of heads, as NumPy in and out, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from common import unit
from material import Material
from torch.nn import functional

from relevance.encoders.compact.networks import ImageHead, TextHead

BATCH = 4096


@dataclass(frozen=True)
class Heads:
    """Heads for pictures and texts, in eval mode."""

    image: ImageHead
    text: TextHead

    def pictures(self, material: Material, view: str) -> np.ndarray:
        """Return unit rows ``(n_pictures, dim)`` of one view."""
        rows = material.views[view]
        with torch.inference_mode():
            return np.concatenate(
                [
                    self.image.embed(torch.from_numpy(part.astype(np.float32))).numpy()
                    for part in (rows[i : i + BATCH] for i in range(0, len(rows), BATCH))
                ]
            )

    def texts(self, features: np.ndarray) -> np.ndarray:
        """Return unit rows ``(..., dim)`` for sentence features ``(..., 384)``."""
        with torch.inference_mode():
            rows = functional.normalize(torch.from_numpy(features.astype(np.float32)), dim=-1)
            return self.text(rows).numpy()

    def keywords(self, wording: np.ndarray) -> np.ndarray:
        """Return unit means ``(n, dim)`` over the templates of ``(n, n_templates, 384)``."""
        return unit(self.texts(wording).mean(1))

    def save(self, path: Path, logit_scale: float) -> None:
        """Write both heads and the scale."""
        sizes = {"members": len(self.image.first), "hidden": self.image.first[0].out_features}
        torch.save(
            {
                "image": self.image.state_dict(),
                "text": self.text.state_dict(),
                "sizes": sizes | {"dim": self.image.second[0].out_features},
                "logit_scale": logit_scale,
            },
            path,
        )


def fold_file(work: Path, fold: int) -> Path:
    """Return where fit.py keeps the heads that did not see a fold's classes."""
    return work / f"heads-fold{fold}.pt"


def load_heads(path: Path) -> tuple[Heads, float]:
    """Return stored heads and their logit scale."""
    stored = torch.load(path, weights_only=True)
    sizes = stored["sizes"]
    image = ImageHead(len(stored["image"]["mean"]), **sizes)
    text = TextHead(sizes["members"], sizes["dim"])
    image.load_state_dict(stored["image"])
    text.load_state_dict(stored["text"])
    return Heads(image.eval(), text.eval()), stored["logit_scale"]
