"""What decides how pictures and texts become vectors, whatever is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from relevance.encoders import Encoder
from relevance.encoders.base import DEVICES, PRECISIONS
from relevance.errors import UsageError, check_choice
from relevance.pictures.reading import MAX_PIXELS


class EncodingOptions(TypedDict, total=False):
    """Keyword arguments that choose an encoder and how it runs; see ``EncodingSettings``."""

    model: str | Encoder
    max_pixels: int
    precision: str
    device: str
    cache: bool


@dataclass(frozen=True, slots=True)
class EncodingSettings:
    """How to encode, checked, with a default for each.

    Attributes:
        model: Name for ``load_encoder``, or an encoder that is loaded.
        max_pixels: Largest width × height that is decoded; larger pictures are skipped.
        precision: Arithmetic of a model given by name; see ``load_encoder``.
        device: Where a model given by name runs; see ``load_encoder``.
        cache: Whether to take known embeddings from the user's cache and store new ones there.
    """

    model: str | Encoder = "auto"
    max_pixels: int = MAX_PIXELS
    precision: str = "auto"
    device: str = "auto"
    cache: bool = True

    def __post_init__(self) -> None:
        if self.max_pixels < 1:
            raise UsageError(f"The pixel limit must be at least 1, not {self.max_pixels}.")
        check_choice("precision", self.precision, PRECISIONS)
        check_choice("device", self.device, DEVICES)

    def machine_words(self) -> list[str]:
        """Command-line options that encode in the same way, but for the model."""
        words = []
        if self.max_pixels != MAX_PIXELS:
            words += ["--max-pixels", str(self.max_pixels)]
        if self.precision != "auto":
            words += ["--precision", self.precision]
        if self.device != "auto":
            words += ["--device", self.device]
        return words
