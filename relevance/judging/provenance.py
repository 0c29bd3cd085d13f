"""How scores came about: what is needed to make them again, and what to know about them."""

from __future__ import annotations

import logging
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from relevance.encoders import Encoder
from relevance.judging.settings import Settings
from relevance.judging.vocabulary import hardly_known
from relevance.pictures.folders import Sources

_logger = logging.getLogger("relevance")
_VERSIONED = ("keyword-relevance", "numpy", "pillow", "onnxruntime")
_LISTED = 3


def provenance(
    command: str,
    keywords: Sequence[str],
    prompts: Sequence[str],
    sources: Sources,
    opened: tuple[Encoder, str],
    settings: Settings,
    odd: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything that is needed to make the same scores again, and what to know about them.

    What may make the scores worth less than they look is also logged, as warnings.
    """
    encoder, choice = opened
    warnings = [*sources.notes, *odd, *warnings_on(keywords, prompts, encoder)]
    for warning in warnings:
        _logger.warning("%s", warning)
    return {
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder_choice": choice,
        "distance": settings.distance,
        "max_pixels": settings.max_pixels,
        "cache": settings.cache,
        "prompts": list(prompts),
        "truncated_prompts": _truncated(prompts, encoder),
        "warnings": warnings,
        **sources.facts(),
        "versions": versions(),
    }


def _truncated(prompts: Sequence[str], encoder: Encoder) -> list[str]:
    """Prompts whose end the encoder does not see."""
    counts = encoder.count_tokens(prompts)
    return [
        prompt
        for prompt, count in zip(prompts, counts, strict=True)
        if count > encoder.info.max_tokens
    ]


def warnings_on(keywords: Sequence[str], prompts: Sequence[str], encoder: Encoder) -> list[str]:
    """Say what an encoder does not understand or see of keywords and prompts."""
    info = encoder.info
    truncated = _truncated(prompts, encoder)
    found = []
    if truncated:
        found.append(
            f"{len(truncated)} of {len(prompts)} prompts are longer than the encoder's "
            f"{info.max_tokens} tokens; their end was not seen."
        )
    if info.languages == "English" and (unknown := hardly_known(keywords, encoder)):
        listed = ", ".join(f"“{keyword}”" for keyword in unknown[:_LISTED])
        more = ", …" if len(unknown) > _LISTED else ""
        found.append(
            f"The encoder {info.name} knows English only and may not understand {listed}{more}. "
            "Check the spelling, use an English word, or a multilingual encoder such as siglip2."
        )
    return found


@lru_cache(1)
def versions() -> dict[str, Any]:
    """Return the versions that results depend on."""
    return {name: version(name) for name in _VERSIONED} | {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }
