"""Weights in an ONNX file: read and replaced without the onnx package, which the clip extra has.

An ONNX file is a protocol buffer message (``ModelProto``), and of its wire format little is needed:
a weight of unchanged shape takes the bytes of the one before it, and what is appended to a message
is merged into it, which names another value as an output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_GRAPH, _INITIALIZER, _OUTPUT, _VALUE_NAME = 7, 5, 12, 1  # fields of ModelProto and GraphProto
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9  # fields of TensorProto
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5  # kinds of fields on the wire
_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 3: np.dtype("i1")}  # TensorProto.DataType

Array = npt.NDArray[Any]


class Graph:
    """The weights of one ONNX file that are stored as raw bytes of float32 or int8."""

    def __init__(self, data: bytes) -> None:
        """Find the weights.

        Raises:
            ValueError, IndexError: It is no ONNX file.
        """
        self._data = data
        self._at: dict[str, tuple[int, np.dtype[Any], tuple[int, ...]]] = {}
        for number, start, end in _fields(data, 0, len(data)):
            if number == _GRAPH:
                for inner, first, last in _fields(data, start, end):
                    if inner == _INITIALIZER:
                        self._note(first, last)

    def arrays(self, prefix: str) -> dict[str, Array]:
        """Return the weights whose names begin with ``prefix``."""
        found = {}
        for name, (start, kind, shape) in self._at.items():
            if name.startswith(prefix):
                count = int(np.prod(shape))
                found[name] = np.frombuffer(self._data, kind, count, start).reshape(shape)
        return found

    def replaced(self, arrays: Mapping[str, Array]) -> bytes:
        """Return the file with other weights of the same names and shapes."""
        data = bytearray(self._data)
        for name, array in arrays.items():
            start, kind, shape = self._at[name]
            if array.shape != shape:
                raise ValueError(f"{name} has the shape {shape}, not {array.shape}")
            raw = np.ascontiguousarray(array, dtype=kind).tobytes()
            data[start : start + len(raw)] = raw
        return bytes(data)

    def with_output(self, value: str) -> bytes:
        """Return the file with one more output: a value inside the graph, by its name."""
        output = _field(_OUTPUT, _field(_VALUE_NAME, value.encode()))
        return self._data + _field(_GRAPH, output)

    def _note(self, start: int, end: int) -> None:
        """Remember where a tensor's raw bytes lie, if it has such."""
        data = self._data
        shape: list[int] = []
        name, kind, raw = "", 0, None
        for number, first, last in _fields(data, start, end):
            if number == _DIMS:
                shape += _varints(data, first, last)
            elif number == _TYPE:
                kind = _varints(data, first, last)[0]
            elif number == _NAME:
                name = data[first:last].decode()
            elif number == _RAW:
                raw = first
        if raw is not None and kind in _TYPES:
            self._at[name] = raw, _TYPES[kind], tuple(shape)


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of the content of each field of a message."""
    while at < end:
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _varint(data, at)
        elif kind == _VARINT:
            size = _varint(data, at)[1] - at
        elif kind in {_EIGHT_BYTES, _FOUR_BYTES}:
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("no protocol buffer message")
        yield tag >> 3, at, at + size
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _varints(data: bytes, at: int, end: int) -> list[int]:
    found = []
    while at < end:
        value, at = _varint(data, at)
        found.append(value)
    return found


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _LENGTH) + _number(len(content)) + content


def _number(value: int) -> bytes:
    """Write a number of variable length."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)
