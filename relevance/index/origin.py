"""What made the vectors of an index: which encoder, and which encoders fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from relevance.embedding.settings import EncodingSettings
from relevance.encoders.base import Encoder, EncoderInfo
from relevance.errors import UsageError
from relevance.index.stores.base import Origin
from relevance.pictures.reading import READING
from relevance.system.names import printable

_Settings = TypeVar("_Settings", bound=EncodingSettings)


def origin_of(info: EncoderInfo) -> Origin:
    """Return what an encoder's vectors are known by."""
    return Origin(
        encoder=info.name,
        revision=info.revision,
        precision=info.precision,
        fingerprint=info.fingerprint,
        reading=READING,
        dim=info.dim,
    )


def fitting(place: str | Path, encoder: Encoder, origin: Origin) -> Encoder:
    """Return the encoder if its vectors are those of an index; else raise ``UsageError``."""
    info = encoder.info
    if (info.fingerprint, READING) == (origin.fingerprint, origin.reading):
        return encoder
    raise UsageError(
        f"The index {printable(place)} was made with {origin.encoder} ({origin.precision}), whose "
        f"vectors are not those of {info.name} ({info.precision}) as it is here; name that model, "
        "or make the index anew with --again."
    )


def with_model_of(origin: Origin, settings: _Settings) -> _Settings:
    """Return settings with the model that they name, else with the one that made an index."""
    if settings.model != "auto":
        return settings
    precision = origin.precision if settings.precision == "auto" else settings.precision
    return replace(settings, model=origin.encoder, precision=precision)
