"""Which device the towers run on; a device that was asked for is never replaced by another."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

from relevance.errors import MissingExtraError, ModelLoadError


def may_have_accelerator() -> bool:
    """Guess, without importing torch, which takes seconds, whether asking it is worth while."""
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    return bool(shutil.which("nvidia-smi")) or any(
        Path(place).exists() for place in ("/proc/driver/nvidia/version", "/dev/kfd")
    )


def resolve(device: str) -> str:
    """Return "cpu", "cuda" or "mps" for a name in ``DEVICES``; needs torch, except for the CPU.

    Raises:
        MissingExtraError: A GPU was asked for and torch is not installed.
        ModelLoadError: The device that was asked for is not there.
    """
    if device == "cpu" or (device == "auto" and not may_have_accelerator()):
        return "cpu"
    try:
        import torch
    except ImportError as error:
        if device == "auto":
            return "cpu"
        raise MissingExtraError(f"The device {device}", "clip") from error

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((name for name, is_there in there.items() if is_there), "cpu")
    if there[device]:
        return device
    raise ModelLoadError(
        f"There is no {device} device that PyTorch {torch.__version__} can use; "
        "check the driver and PyTorch's build, or use --device cpu."
    )
