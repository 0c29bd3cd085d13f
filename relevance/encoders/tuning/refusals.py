"""Trainings that are not begun, and why; nothing here needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from relevance.encoders.base import IntArray
from relevance.encoders.catalog import ModelEntry
from relevance.errors import MissingExtraError, UsageError

LEAST_FOR_FULL = 8
"""Pictures a text, on average, below which all weights learn the pictures by heart."""


def check_licence(entry: ModelEntry | None) -> None:
    """Raise ``UsageError`` for a model of the catalogue that may not be changed."""
    if entry and "ND" in entry.licence.upper().replace(" ", "-").split("-"):
        raise UsageError(
            f"The licence of {entry.name} ({entry.licence}) forbids derivatives, which a tuned "
            "model is; choose another model with --model."
        )


def folded(text: str) -> str:
    """Return a text without what does not tell two apart: case, and more white space than one."""
    return " ".join(text.split()).casefold()


def check_texts(texts: Sequence[str]) -> None:
    """Raise ``UsageError`` for fewer than two different texts."""
    if len({folded(text) for text in texts}) < 2:
        raise UsageError(
            "Tuning needs pictures of at least two different texts, since it learns to tell them "
            "apart."
        )


def check_extra() -> None:
    """Raise ``MissingExtraError`` unless the packages of the ``tune`` extra are installed."""
    if not all(find_spec(package) for package in ("torch", "transformers", "peft")):
        raise MissingExtraError("Tuning", "tune")


def pictures_per_text(numbers: IntArray, digests: Sequence[str], method: str) -> float:
    """Return how many pictures a text has on average.

    Args:
        numbers: ``(n,)``, the number of each pair's text.
        digests: ``(n,)``, what tells pictures apart.
        method: A name in ``METHODS``.

    Raises:
        UsageError: They are too few for the method.
    """
    mean = len(set(zip(numbers.tolist(), digests, strict=True))) / len(set(numbers.tolist()))
    if method == "full" and mean < LEAST_FOR_FULL:
        raise UsageError(
            f"There are {mean:.1f} pictures a text; training all weights needs "
            f"{LEAST_FOR_FULL}, or it learns them by heart. Use --method lora or projection."
        )
    return mean
