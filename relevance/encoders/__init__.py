"""Encoders: the only home of torch, transformers and onnxruntime."""

from __future__ import annotations

from pathlib import Path

from relevance.encoders.auto import FALLBACK, VARIABLE, can_run, choose, has_clip_extra
from relevance.encoders.base import DEVICES, PRECISIONS, Encoder, EncoderInfo
from relevance.encoders.catalog import CATALOG, ModelEntry
from relevance.encoders.locating import REGISTERED, compact_folder, explained, locate
from relevance.encoders.packaged import folder_of
from relevance.errors import ModelLoadError, check_choice
from relevance.system.names import printable

__all__ = [
    "CATALOG",
    "Encoder",
    "EncoderInfo",
    "ModelEntry",
    "can_run",
    "has_clip_extra",
    "load_encoder",
    "local_revision",
    "open_encoder",
]


def load_encoder(name: str = "auto", *, precision: str = "auto", device: str = "auto") -> Encoder:
    """Load an encoder.

    Args:
        name: "auto" (which ``RELEVANCE_MODEL`` decides where it is set), "compact", a short name
            of ``CATALOG``, a hub id such as ``openai/clip-vit-base-patch32`` with an optional
            ``@revision``, a local folder, of a hub model or of a tuned compact encoder, or
            ``models:/name/version`` (or ``models:/name@alias``) of an MLflow registry, whose place
            ``MLFLOW_TRACKING_URI`` says.
        precision: "auto", "fp32", "int8", "bf16" or "fp16" for hub models: see ``open_hub_model``.
        device: "auto" takes a GPU if PyTorch can use one; "cpu", "cuda" or "mps" take that one
            or fail.

    Raises:
        UsageError: There is no such precision or device.
        MissingExtraError: The model needs the ``clip`` extra, or the registry ``track``.
        ModelLoadError: The model cannot be loaded; the message says what to do.
    """
    return open_encoder(name, precision=precision, device=device)[0]


def open_encoder(
    name: str = "auto", *, precision: str = "auto", device: str = "auto"
) -> tuple[Encoder, str]:
    """Load an encoder as ``load_encoder`` does, and say in one sentence why it was this one.

    "auto" never fails for want of a model: where the better one turns out not to load, for
    example because its download breaks off, the encoder in the package takes its place.
    """
    check_choice("precision", precision, PRECISIONS)
    check_choice("device", device, DEVICES)
    choice = choose(name)
    try:
        encoder = _load(choice.name, precision, device)
    except ModelLoadError as error:
        if choice.is_preset:
            raise ModelLoadError(
                f"{error} (The model is named by {VARIABLE} or in [tool.relevance].)"
            ) from error
        if name != "auto" or choice.name == FALLBACK:
            raise
        reason = f"chosen by auto, since {choice.name} could not be loaded: {error}"
        return _load(FALLBACK, precision, device), reason
    return encoder, "; ".join(filter(None, (choice.reason, encoder.info.precision_reason)))


def local_revision(name: str) -> str:
    """Say which model a name stands for here and now, and in which revision, without loading it.

    Returns:
        The name and, of a hub model that is on this machine, its commit; of an alias in a
        registry the version that it stands for.

    Raises:
        ModelLoadError: The registry does not know the alias, or cannot be reached.
    """
    chosen = choose(name).name
    if folder_of(chosen):
        return chosen
    entry = CATALOG.get(chosen)
    source = entry.source if entry else chosen
    if source.startswith(REGISTERED):
        from relevance.encoders.registry import version_of

        return version_of(source)
    from relevance.encoders.snapshots import find

    snapshot = find(source)
    return f"{chosen} {snapshot.revision if snapshot else ''}"


def _load(name: str, precision: str, device: str) -> Encoder:
    if folder := compact_folder(name):
        return _load_compact(folder, name, precision, device)
    snapshot, model = locate(name)
    from relevance.encoders.runtimes import open_hub_model

    with explained(model):
        return open_hub_model(snapshot, model, precision=precision, device=device)


def _load_compact(folder: Path, name: str, precision: str, device: str) -> Encoder:
    if precision not in {"auto", "fp32"} or device not in {"auto", "cpu"}:
        raise ModelLoadError(
            "The compact encoder runs in fp32 on the CPU; leave out --precision and --device, or "
            "choose another model."
        )
    from relevance.encoders.compact import CompactEncoder

    return CompactEncoder(folder, printable(name))
