"""Shrink an ONNX file: weights stored in 8 or 16 bits, arithmetic left in float32.

Only weights are quantised. Dynamic quantisation of activations would take its scales from the whole
batch, and a picture's or text's vector must not depend on its neighbours.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 4096  # elements; smaller tensors (biases, norms) stay float32


def shrink(source: Path, target: Path) -> None:
    """Store MatMul and Gemm weights and embedding tables as int8, Conv weights as float16.

    A stored constant goes through Cast (and Mul by its scale), which ONNX Runtime folds into a
    float32 constant when it opens the file. Embedding tables are not unfolded: their rows are
    gathered as int8 and scaled after that.
    """
    model = onnx.load(source)
    graph = model.graph
    weights = {item.name: item for item in graph.initializer}
    done: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        slot = 0 if node.op_type == "Gather" else 1
        name = node.input[slot] if len(node.input) > slot else ""
        array = numpy_helper.to_array(weights[name]) if name in weights else np.zeros(0)
        if array.dtype != np.float32 or array.size < SMALLEST:
            nodes.append(node)
        elif node.op_type == "Gather":
            nodes += _gather(graph, node, name, array)
            done[name] = ""
        elif node.op_type in STORES:
            if name not in done:
                done[name] = name + "_float"
                nodes += STORES[node.op_type](graph, name, array)
            node.input[slot] = done[name]
            nodes.append(node)
        else:
            nodes.append(node)
    kept = [item for item in graph.initializer if item.name not in done]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _scaled(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return int8 values and float32 scales, one scale for each slice that keeps ``axis``."""
    other = tuple(i for i in range(array.ndim) if i != axis)
    scale = np.maximum(np.abs(array).max(other, keepdims=True), 1e-12) / 127
    return np.rint(array / scale).astype(np.int8), scale.astype(np.float32)


def _add(graph: onnx.GraphProto, name: str, array: np.ndarray) -> str:
    graph.initializer.append(numpy_helper.from_array(array, name))
    return name


def _int8(
    graph: onnx.GraphProto, name: str, array: np.ndarray, outputs: int = 1
) -> list[onnx.NodeProto]:
    """Store weights as int8 with one scale an output channel; outputs lie along that axis."""
    values, scale = _scaled(array, outputs)
    stored = _add(graph, name + "_int8", values)
    factor = _add(graph, name + "_scale", scale)
    return [
        helper.make_node("Cast", [stored], [name + "_wide"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [name + "_wide", factor], [name + "_float"]),
    ]


def _float16(graph: onnx.GraphProto, name: str, array: np.ndarray) -> list[onnx.NodeProto]:
    stored = _add(graph, name + "_half", array.astype(np.float16))
    return [helper.make_node("Cast", [stored], [name + "_float"], to=TensorProto.FLOAT)]


def _gather(
    graph: onnx.GraphProto, node: onnx.NodeProto, name: str, array: np.ndarray
) -> list[onnx.NodeProto]:
    """Gather int8 rows and their scales, then multiply: one scale a row of the table."""
    values, scale = _scaled(array, 0)
    stored = _add(graph, name + "_int8", values)
    factor = _add(graph, name + "_scale", scale)
    out = node.output[0]
    return [
        helper.make_node("Gather", [stored, node.input[1]], [out + "_int8"], axis=0),
        helper.make_node("Gather", [factor, node.input[1]], [out + "_scale"], axis=0),
        helper.make_node("Cast", [out + "_int8"], [out + "_wide"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [out + "_wide", out + "_scale"], [out]),
    ]


# MatMul has (in, out) weights; Gemm, as PyTorch exports a linear layer, (out, in).
STORES = {"MatMul": _int8, "Gemm": partial(_int8, outputs=0), "Conv": _float16}
