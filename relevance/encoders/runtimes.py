"""Which engine runs a hub model: ONNX Runtime on the CPU, PyTorch on a GPU or where asked."""

from __future__ import annotations

import logging

from relevance.encoders.base import Description, Encoder
from relevance.encoders.devices import resolve
from relevance.encoders.onnx.store import Export
from relevance.encoders.snapshots import Snapshot, find
from relevance.errors import MissingExtraError, ModelLoadError
from relevance.system.locations import models_folder

_logger = logging.getLogger(__name__)


def open_hub_model(
    snapshot: Snapshot, model: Description, *, precision: str, device: str
) -> Encoder:
    """Open a model in the precision and on the device that were asked for.

    Args:
        snapshot: The model's files.
        model: What to call it.
        precision: A name in ``PRECISIONS``. "auto" is half precision on a GPU; on the CPU 8 bits
            for each tower that keeps a cosine of 0.995 to float32 and is faster than it on this
            processor, float32 for the others.
        device: A name in ``DEVICES``.

    Raises:
        MissingExtraError: The model was never exported and torch or transformers is missing.
        ModelLoadError: The model cannot be loaded, or not in this way.
    """
    # Nothing but the CPU has 8-bit arithmetic here, so whoever asks for it asks for the CPU.
    place = "cpu" if precision == "int8" and device == "auto" else resolve(device)
    if place == "cpu" and precision in {"auto", "fp32", "int8"}:
        return _open_on_onnx_runtime(snapshot, model, precision)
    if precision == "int8":
        raise ModelLoadError(f"int8 runs on the CPU only; take --device cpu, or fp16 on {place}.")
    if place == "cpu" and precision == "fp16":
        raise ModelLoadError("fp16 runs on a GPU only; on the CPU ask for bf16, int8 or fp32.")
    return _open_on_torch(snapshot, model, "fp16" if precision == "auto" else precision, place)


def _open_on_onnx_runtime(snapshot: Snapshot, model: Description, precision: str) -> Encoder:
    export = Export(snapshot, model)
    refusal = export.make("fp32" if precision == "fp32" else "int8")
    if not refusal:
        return export.open(precision)
    if precision == "int8":
        raise ModelLoadError(f"{model.name} has no int8 form: {refusal}. Use --precision fp32.")
    _logger.info("%s runs on PyTorch: %s.", model.name, refusal)
    return _open_on_torch(snapshot, model, "fp32", "cpu")


def _open_on_torch(snapshot: Snapshot, model: Description, precision: str, device: str) -> Encoder:
    try:
        from relevance.encoders.hub import HubEncoder
    except ImportError as error:
        raise MissingExtraError(f"The model {model.name}", "clip") from error
    return HubEncoder(snapshot, model, precision=precision, device=device)


def is_exported(source: str) -> bool:
    """Say whether a model, by hub id or folder, runs here without torch and transformers."""
    if not models_folder().is_dir():
        return False
    snapshot = find(source)
    model = Description(source)
    return snapshot is not None and any(
        Export(snapshot, model).exists(precision) for precision in ("int8", "fp32")
    )
