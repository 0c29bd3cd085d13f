"""A float32 graph -> one whose matrix products run in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from relevance.encoders.quiet import quiet

_LARGE_TABLE = 4096  # rows of a token table; tables of positions are small and stay as they are


def quantise(source: Path, target: Path) -> None:
    """Quantise weights by output channel, and activations by the picture while it runs.

    Dynamic quantisation after Jacob et al. 2018 ("Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference") as ONNX Runtime does it; benchmarks/README.md
    compares it with others. A table of token embeddings gets 8 bits and one scale a row.
    """
    with quiet(""):  # it advises a step that the exporter has taken
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    model = onnx.load(target)
    _shrink_tables(model)
    onnx.save(model, target)


def _shrink_tables(model: ModelProto) -> None:
    """Store what tokens look up in a quarter of the bytes, which are read at every start."""
    tables = {
        tensor.name: tensor
        for tensor in model.graph.initializer
        if tensor.data_type == TensorProto.FLOAT
        and len(tensor.dims) == 2
        and tensor.dims[0] >= _LARGE_TABLE
    }
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Gather" and node.input[0] in tables:
            nodes += _look_up(model, node, tables[node.input[0]])
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _look_up(model: ModelProto, node: NodeProto, table: TensorProto) -> list[NodeProto]:
    """Replace one table by its rows in 8 bits and their scales; return the nodes that use them."""
    values = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(values).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    rows = np.rint(values / scales).astype(np.int8)
    name, numbers, found = table.name, node.input[1], node.output[0]
    model.graph.initializer.remove(table)
    model.graph.initializer.append(numpy_helper.from_array(rows, f"{name}_rows"))
    model.graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scales"))
    return [
        helper.make_node("Gather", [f"{name}_rows", numbers], [f"{found}_rows"]),
        helper.make_node("Gather", [f"{name}_scales", numbers], [f"{found}_scales"]),
        helper.make_node("Cast", [f"{found}_rows"], [f"{found}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{found}_float", f"{found}_scales"], [found]),
    ]
