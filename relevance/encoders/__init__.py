"""Encoders: the only home of torch, transformers and onnxruntime."""

from __future__ import annotations

from relevance.encoders.auto import FALLBACK, Choice, choose, has_clip_extra
from relevance.encoders.base import Encoder, EncoderInfo
from relevance.encoders.catalog import CATALOG, ModelEntry
from relevance.errors import MissingExtraError

__all__ = [
    "CATALOG",
    "Choice",
    "Encoder",
    "EncoderInfo",
    "ModelEntry",
    "choose",
    "has_clip_extra",
    "load_encoder",
]


def load_encoder(name: str = "auto") -> Encoder:
    """Load an encoder.

    Args:
        name: "auto", "compact", a short name of ``CATALOG``, a hub id such as
            ``openai/clip-vit-base-patch32`` with an optional ``@revision``, or a local folder.

    Raises:
        MissingExtraError: The model needs the ``clip`` extra.
        ModelLoadError: The model cannot be loaded; the message says what to do.
    """
    chosen = choose(name).name
    if chosen == FALLBACK:
        from relevance.encoders.compact import CompactEncoder

        return CompactEncoder()
    if not has_clip_extra():
        raise MissingExtraError(f"The model {chosen}", "clip")
    from relevance.encoders.hub import HubEncoder
    from relevance.encoders.snapshots import fetch

    entry = CATALOG.get(chosen)
    source = entry.source if entry else chosen
    licence = entry.licence if entry else "not stated; see the model's card"
    return HubEncoder(fetch(source), chosen, licence)
