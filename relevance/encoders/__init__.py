"""Encoders: the only home of torch, transformers and onnxruntime."""

from __future__ import annotations

from pathlib import Path

from relevance.encoders.auto import FALLBACK, choose, has_clip_extra
from relevance.encoders.base import Encoder, EncoderInfo
from relevance.encoders.catalog import CATALOG, ModelEntry
from relevance.errors import MissingExtraError, ModelLoadError

__all__ = [
    "CATALOG",
    "Encoder",
    "EncoderInfo",
    "ModelEntry",
    "has_clip_extra",
    "load_encoder",
    "open_encoder",
]


_LONGEST_NAME = 256  # no file system has longer ones, and asking for one is an error


def load_encoder(name: str = "auto") -> Encoder:
    """Load an encoder.

    Args:
        name: "auto", "compact", a short name of ``CATALOG``, a hub id such as
            ``openai/clip-vit-base-patch32`` with an optional ``@revision``, or a local folder.

    Raises:
        MissingExtraError: The model needs the ``clip`` extra.
        ModelLoadError: The model cannot be loaded; the message says what to do.
    """
    return open_encoder(name)[0]


def open_encoder(name: str = "auto") -> tuple[Encoder, str]:
    """Load an encoder as ``load_encoder`` does, and say in one sentence why it was this one.

    "auto" never fails for want of a model: where the better one turns out not to load, for
    example because its download breaks off, the encoder in the package takes its place.
    """
    choice = choose(name)
    try:
        return _load(choice.name), choice.reason
    except ModelLoadError as error:
        if name != "auto" or choice.name == FALLBACK:
            raise
        return _load(FALLBACK), f"chosen by auto, since {choice.name} could not be loaded: {error}"


def _load(name: str) -> Encoder:
    if name == FALLBACK:
        from relevance.encoders.compact import CompactEncoder

        return CompactEncoder()
    if name not in CATALOG and not _may_be_place(name):
        raise ModelLoadError(
            f'There is no encoder "{name[:80]}"; `relevance models` lists the short names, and a '
            "hub id has the form owner/name."
        )
    if not has_clip_extra():
        raise MissingExtraError(f"The model {name}", "clip")
    from relevance.encoders.hub import HubEncoder
    from relevance.encoders.snapshots import fetch

    entry = CATALOG.get(name)
    if entry:
        return HubEncoder(fetch(entry.source), name, entry.licence, entry.languages)
    return HubEncoder(fetch(name), name, "not stated; see the model's card", "not stated")


def _may_be_place(name: str) -> bool:
    """Say whether a name can be a hub id or a folder, so that a slip of the pen is told early."""
    return "/" in name or (0 < len(name) < _LONGEST_NAME and Path(name).is_dir())
