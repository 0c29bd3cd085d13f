"""Threads for ONNX Runtime: sessions of one thread each, run side by side.

On two cores this encodes as many pictures per second as one session that splits every operator
over both, or more, since nobody waits for the slower half; benchmarks/README.md has figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import onnxruntime

from relevance.system.threads import cores

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_parallel(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Apply a function that leaves the interpreter lock to every item; results in order."""
    return list(_pool().map(function, items))


def open_session(model: Path | bytes) -> Any:
    """Return a quiet session for ``in_parallel``, of a file or its content, on the CPU.

    Raises:
        Exception: The file is damaged or of another version; ONNX Runtime's own errors have no
            common base class.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = 1
    # Signed 8-bit weights overflow in the kernels for AVX2 and AVX-512 without VNNI; this has them
    # multiplied as unsigned ones there, which is exact. It changes nothing on other processors.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="engine")
