"""What the processor can do, as far as it decides which arithmetic is right and fast."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

_ARITHMETIC = ("sse", "ssse", "avx", "fma", "f16c", "amx", "asimd", "sve", "smei", "i8mm", "bf16")
"""How the features begin, in Linux' words, that calculate; the others come and go with kernels."""


@cache
def processor() -> str:
    """Name the processor and its arithmetic, in one line.

    NumPy asks the processor itself; the operating system knows more, such as its name and
    whether it has VNNI, but tells it in a way of its own.
    """
    found = cast("dict[str, Any]", np.show_config(mode="dicts"))["SIMD Extensions"]
    name, features = _told_by_linux(Path("/proc/cpuinfo"))
    parts = [platform.machine(), name or platform.processor(), *found.get("found", ()), *features]
    return " ".join(filter(None, parts))


def _told_by_linux(file: Path) -> tuple[str, list[str]]:
    """Return name and arithmetic features; neither, where it does not tell them."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "", []
    facts: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        facts.setdefault(key.strip().lower(), value.strip())  # those of the first core
    words = (facts.get("flags") or facts.get("features") or "").split()
    return facts.get("model name", ""), sorted(w for w in words if w.startswith(_ARITHMETIC))
