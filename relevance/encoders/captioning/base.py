"""What a captioning model is: a protocol, the facts about it, and the styles of captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

STYLES = ("short", "product", "detailed")
"""How much is said of a picture: a few words, a sentence about the product, all that is seen."""


@dataclass(frozen=True, slots=True)
class CaptionerInfo:
    """Facts about one loaded captioning model.

    Attributes:
        name: Short name, hub id or folder it was loaded by.
        revision: Commit of the weights; ``"local"`` for a local folder.
        family: Its ``model_type`` in transformers, such as "blip".
        image_size: Side of the square that pictures are scaled to, in pixels.
        runtime: Engines and their versions.
        precision: Arithmetic, for example ``"fp32"``.
        device: Where it runs: "cpu", "cuda" or "mps".
        licence: Licence of the weights, as an SPDX id where there is one.
        fingerprint: Hash over weights, settings and arithmetic.
    """

    name: str
    revision: str
    family: str
    image_size: int
    runtime: str
    precision: str
    device: str
    licence: str
    fingerprint: str


class Captioner(Protocol):
    """Says in words what pictures show; the same words for the same picture each time."""

    @property
    def info(self) -> CaptionerInfo:
        """Facts about this model."""

    def caption(self, images: Sequence[Image.Image], style: str) -> list[str]:
        """Return a caption for each of some RGB pictures; empty where the model says nothing."""
