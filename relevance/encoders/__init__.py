"""Encoders: the only home of torch, transformers and onnxruntime."""

from __future__ import annotations

from pathlib import Path

from relevance.encoders.auto import FALLBACK, VARIABLE, can_run, choose, has_clip_extra
from relevance.encoders.base import DEVICES, PRECISIONS, Description, Encoder, EncoderInfo
from relevance.encoders.catalog import CATALOG, ModelEntry
from relevance.encoders.packaged import folder_of
from relevance.errors import MissingExtraError, ModelLoadError, RelevanceError, check_choice
from relevance.system.finding import did_you_mean
from relevance.system.locations import is_folder
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


_LONGEST_REASON = 300
_MARKS_OF_PATHS = (".", "/", "~")  # no hub id begins with one


def load_encoder(name: str = "auto", *, precision: str = "auto", device: str = "auto") -> Encoder:
    """Load an encoder.

    Args:
        name: "auto" (which ``RELEVANCE_MODEL`` decides where it is set), "compact", a short name
            of ``CATALOG``, a hub id such as ``openai/clip-vit-base-patch32`` with an optional
            ``@revision``, or a local folder, of a hub model or of a tuned compact encoder.
        precision: "auto", "fp32", "int8", "bf16" or "fp16" for hub models: see ``open_hub_model``.
        device: "auto" takes a GPU if PyTorch can use one; "cpu", "cuda" or "mps" take that one
            or fail.

    Raises:
        UsageError: There is no such precision or device.
        MissingExtraError: The model needs the ``clip`` extra.
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
        The name and, of a hub model that is on this machine, its commit.
    """
    chosen = choose(name).name
    if folder_of(chosen):
        return chosen
    entry = CATALOG.get(chosen)
    source = entry.source if entry else chosen
    from relevance.encoders.snapshots import find

    snapshot = find(source)
    return f"{chosen} {snapshot.revision if snapshot else ''}"


def _load(name: str, precision: str, device: str) -> Encoder:
    if folder := folder_of(name):
        return _load_compact(folder, name, precision, device)
    if name not in CATALOG and not ("/" in name or is_folder(name)):
        raise ModelLoadError(
            f'There is no encoder "{name[:80]}"; `relevance models` lists the short names, and a '
            "hub id has the form owner/name."
        )
    if name.startswith(_MARKS_OF_PATHS) and not is_folder(name):
        raise ModelLoadError(f'There is no folder "{name[:80]}"{did_you_mean(name)}')
    entry = CATALOG.get(name)
    source = entry.source if entry else name
    if not can_run(source):
        raise MissingExtraError(f"The model {name}", "clip")
    from relevance.encoders.runtimes import open_hub_model
    from relevance.encoders.snapshots import fetch

    model = (
        Description(name, entry.licence, entry.languages) if entry else Description(printable(name))
    )
    snapshot = fetch(source)
    try:
        return open_hub_model(snapshot, model, precision=precision, device=device)
    except RelevanceError:
        raise
    except Exception as error:
        # The one boundary round foreign models: transformers, tokenizers, safetensors, PyTorch and
        # the exporters have no common error, and raise whatever comes on files they do not expect.
        words = printable(" ".join(str(error).split())[:_LONGEST_REASON])
        raise ModelLoadError(
            f"{model.name} cannot be loaded ({type(error).__name__}: {words}). Download or convert "
            "it again, or choose another model; `relevance models` lists some."
        ) from error


def _load_compact(folder: Path, name: str, precision: str, device: str) -> Encoder:
    if precision not in {"auto", "fp32"} or device not in {"auto", "cpu"}:
        raise ModelLoadError(
            "The compact encoder runs in fp32 on the CPU; leave out --precision and --device, or "
            "choose another model."
        )
    from relevance.encoders.compact import CompactEncoder

    return CompactEncoder(folder, printable(name))
