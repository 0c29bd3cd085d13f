"""Captioning models: pictures in, sentences out."""

from __future__ import annotations

from relevance.encoders.auto import has_clip_extra
from relevance.encoders.base import PRECISIONS, Description
from relevance.encoders.captioning.base import STYLES, Captioner, CaptionerInfo
from relevance.encoders.captioning.catalog import CAPTIONERS, CaptionerEntry
from relevance.encoders.catalog import CATALOG
from relevance.encoders.locating import explained
from relevance.errors import (
    MissingExtraError,
    ModelLoadError,
    UsageError,
    check_choice,
)
from relevance.system.finding import did_you_mean
from relevance.system.locations import is_folder
from relevance.system.names import printable

__all__ = [
    "CAPTIONERS",
    "STYLES",
    "Captioner",
    "CaptionerEntry",
    "CaptionerInfo",
    "load_captioner",
]

_INSTEAD = "leave out --model, for tags by the encoder at hand"


def load_captioner(name: str, *, precision: str = "auto", device: str = "auto") -> Captioner:
    """Load a captioning model.

    Args:
        name: A short name of ``CAPTIONERS``, a hub id with an optional ``@revision``, or a local
            folder.
        precision: "auto" (float32 on the CPU, bfloat16 or half on a GPU), "fp32", "bf16" or "fp16".
        device: "auto" takes a GPU if PyTorch can use one; "cpu", "cuda" or "mps" take that one or
            fail.

    Raises:
        UsageError: It is an encoder, or there is no such precision or device.
        MissingExtraError: The ``clip`` extra is missing.
        ModelLoadError: The model cannot be loaded; the message says what to do.
    """
    check_choice("precision of captions", precision, [p for p in PRECISIONS if p != "int8"])
    entry = CAPTIONERS.get(name.lower())
    source = entry.source if entry else name
    if name.lower() in CATALOG:
        raise UsageError(
            f"{name} is an encoder, which writes no captions; --encoder {name} chooses tags by it."
        )
    if not ("/" in source or is_folder(source)):
        raise ModelLoadError(
            f'There is no captioning model "{printable(name)[:80]}"; there are '
            f"{', '.join(CAPTIONERS)}, hub ids of the form owner/name, and local folders"
            f"{did_you_mean(source)}"
        )
    if not has_clip_extra():
        raise MissingExtraError(f"The model {name}", "clip")
    model = Description(entry.name, entry.licence) if entry else Description(printable(name))
    return _load(source, model, precision, device)


def _usual_precision(device: str) -> str:
    """Return half precision on a GPU: bf16 where it can, since some models overflow in fp16."""
    if device == "cpu":
        return "fp32"
    import torch

    return "bf16" if device == "cuda" and torch.cuda.is_bf16_supported() else "fp16"


def _load(source: str, model: Description, precision: str, device: str) -> Captioner:
    from relevance.encoders.captioning.model import FILES, HubCaptioner
    from relevance.encoders.devices import resolve
    from relevance.encoders.snapshots import fetch

    place = resolve(device)
    kind = _usual_precision(place) if precision == "auto" else precision
    snapshot = fetch(source, FILES, _INSTEAD)
    with explained(model, f"choose another model, or {_INSTEAD}"):
        return HubCaptioner(snapshot, model, precision=kind, device=place)
