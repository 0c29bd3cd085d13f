"""The image tower of ViT-B/32 by engine and precision, and what the machine could do at most.

    python benchmarks/engine.py

Pictures of 640 × 480 pixels lie in memory; preparing them counts, reading them does not. Random
weights. Static quantisation is calibrated on half of the export's sample pictures and judged, like
the others, on the other half.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from PIL import Image
from transformers import AutoProcessor, CLIPModel

ROOT = Path(__file__).parent.parent
SECONDS = 6.0
PICTURES = 32
GFLOP_A_PICTURE = 8.73  # ViT-B/32: 2 × (86 million weights × 50 tokens) and the attention products


def rate(step: Callable[[], int]) -> float:
    """Pictures, or whatever ``step`` counts, a second."""
    step()
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        done += step()
    return done / (time.perf_counter() - started)


def matrix_rates() -> dict[str, float]:
    """GFLOP (or G integer operations) a second of large matrix products on all cores."""
    rows, inner, columns = 1600, 768, 3072
    found = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        left = torch.randn(rows, inner, dtype=dtype)
        right = torch.randn(inner, columns, dtype=dtype)
        found[name] = rate(lambda a=left, b=right: bool((a @ b).shape))
    node = helper.make_node("MatMulInteger", ["a", "b"], ["c"])
    weights = np.random.default_rng(0).integers(-127, 127, (inner, columns), dtype=np.int8)
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, inner])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [rows, columns])],
        [onnx.numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    pixels = np.random.default_rng(0).integers(0, 255, (rows, inner), dtype=np.uint8)
    found["int8"] = rate(lambda: len(session.run(None, {"a": pixels})))
    return {name: value * 2 * rows * inner * columns / 1e9 for name, value in found.items()}


def transformers_rates(model: Path, images: list[Image.Image]) -> dict[str, float]:
    """Run the model as in its documentation, and as fast as batches make it."""
    network = CLIPModel.from_pretrained(model).eval()
    processor = AutoProcessor.from_pretrained(model)

    def documented() -> int:
        texts = ["a photo of a cat", "a photo of a dog"]
        network(**processor(text=texts, images=images[0], return_tensors="pt", padding=True))
        return 1

    def batch(size: int) -> Callable[[], int]:
        def step() -> int:
            inputs = processor(images=images[:size], return_tensors="pt")
            network.get_image_features(**inputs.to(network.dtype))
            return size

        return step

    with torch.inference_mode():
        found = {
            "transformers fp32, its documentation's example": rate(documented),
            "transformers fp32, pictures one by one": rate(batch(1)),
            "transformers fp32, batches of 8": rate(batch(8)),
            "transformers fp32, batches of 32": rate(batch(32)),
        }
        network.to(torch.bfloat16)
        return found | {"transformers bf16, batches of 32": rate(batch(32))}


class Calibration(CalibrationDataReader):
    """Prepared pictures for static quantisation."""

    def __init__(self, pixels: list[np.ndarray]) -> None:
        self._left = iter(pixels)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next picture."""
        pixels = next(self._left, None)
        return None if pixels is None else {"pixels": pixels}


def quantisations(graph: Path, pixels: list[np.ndarray]) -> None:
    """Print speed and least cosine of several ways to quantise one graph."""
    from relevance.encoders.base import unit_rows
    from relevance.encoders.parallel import in_parallel, open_session

    known, unseen = pixels[::2], pixels[1::2]
    wanted = unit_rows([open_session(graph).run(None, {"pixels": item})[0][0] for item in unseen])
    products = {"op_types_to_quantize": ["MatMul", "Gemm"], "weight_type": QuantType.QInt8}
    with tempfile.TemporaryDirectory() as place:
        ways: dict[str, Callable[[Path], None]] = {
            "dynamic, one scale a matrix": lambda to: quantize_dynamic(graph, to, **products),
            "dynamic, one scale a channel": lambda to: quantize_dynamic(
                graph, to, per_channel=True, **products
            ),
            "static (QDQ), one scale a channel": lambda to: quantize_static(
                graph,
                to,
                Calibration(known),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                **products,
            ),
        }
        for name, quantise in ways.items():
            target = Path(place) / "graph.onnx"
            quantise(target)
            session = open_session(target)

            def run(item: np.ndarray, session: object = session) -> np.ndarray:
                return session.run(None, {"pixels": item})[0][0]

            found = unit_rows(in_parallel(run, unseen))
            speed = rate(lambda run=run: len(in_parallel(run, unseen)))
            least = float(np.einsum("ij,ij->i", found, wanted).min())
            print(f"| {name} | {speed:.1f} | {least:.5f} |", flush=True)


def main() -> None:
    """Print the tables."""
    sys.path.insert(0, str(ROOT))
    from relevance.encoders import load_encoder
    from relevance.encoders.onnx.samples import sample_pictures
    from relevance.encoders.onnx.store import Export
    from relevance.encoders.snapshots import find
    from tests.support.models import save_clip

    model = Path(tempfile.gettempdir()) / "vit-b-32-tower"
    model.mkdir(exist_ok=True)
    if not (model / "config.json").exists():
        save_clip(model, tiny=False)
    random = np.random.default_rng(0)
    images = [
        Image.fromarray(random.integers(0, 256, (480, 640, 3), dtype=np.uint8))
        for _ in range(PICTURES)
    ]
    peaks = matrix_rates()
    print("| matrix products | " + " | ".join(peaks) + " |\n| --- | --- | --- | --- |")
    print("| G/s | " + " | ".join(f"{value:.0f}" for value in peaks.values()) + " |\n")
    print("| ViT-B/32 image tower | pictures/s | share of that rate |\n| --- | --- | --- |")
    for name, value in transformers_rates(model, images).items():
        share = value * GFLOP_A_PICTURE / peaks["bf16" if "bf16" in name else "fp32"]
        print(f"| {name} | {value:.1f} | {share:.0%} |", flush=True)
    for precision in ("fp32", "int8"):
        encoder = load_encoder(str(model), precision=precision)
        value = rate(lambda encoder=encoder: len(encoder.encode_images(images)))
        share = value * GFLOP_A_PICTURE / peaks[precision]
        print(f"| relevance {precision} | {value:.1f} | {share:.0%} |", flush=True)
    compact = load_encoder("compact")
    value = rate(lambda: len(compact.encode_images(images)))
    print(f"| relevance, compact encoder | {value:.1f} | – |\n")
    print("| quantisation | pictures/s | least cosine |\n| --- | --- | --- |")
    from relevance.encoders.base import Description

    export = Export(find(str(model)), Description("vit-b-32"), "fp32")
    encoder, _ = export.open()
    rules = encoder._manifest.pictures
    pixels = [rules.apply(picture)[None] for picture in sample_pictures()]
    quantisations(export._folder / "image.onnx", pixels)


if __name__ == "__main__":
    main()
