"""A folder of pictures to scores, by this package and by what users would run instead.

    python benchmarks/pictures.py mixed /tmp/mixed 2000
    python benchmarks/whole_job.py /tmp/mixed

Each contender is a process of its own; start and loading count, exporting (once) does not. All run
ViT-B/32 with the same random weights: same architecture, same arithmetic. ``--python`` names an
interpreter with sentence-transformers, which this project does not install.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
KEYWORD = "almonds"
BATCH = 32


def pictures(folder: Path) -> list[Path]:
    """List the JPEGs below a folder."""
    return sorted(folder.rglob("*.jpg"))


def relevance_job(precision: str) -> Callable[[Path, Path], object]:
    """Score as the command line does, without a cache."""

    def job(folder: Path, model: Path) -> object:
        import relevance

        scores = relevance.score(
            KEYWORD, folder, model=str(model), precision=precision, cache=False
        )
        return scores.folder_rows

    return job


def transformers_job(folder: Path, model: Path) -> object:
    """Follow transformers' documentation, in batches."""
    import torch
    from PIL import Image
    from transformers import AutoProcessor, CLIPModel

    network, processor = CLIPModel.from_pretrained(model), AutoProcessor.from_pretrained(model)
    network.eval()
    files = pictures(folder)
    rows = []
    with torch.inference_mode():
        tokens = processor(text=[f"a photo of {KEYWORD}"], return_tensors="pt")
        text = network.get_text_features(**tokens).pooler_output
        for start in range(0, len(files), BATCH):
            images = [Image.open(path).convert("RGB") for path in files[start : start + BATCH]]
            inputs = processor(images=images, return_tensors="pt")
            rows.append(network.get_image_features(**inputs).pooler_output)
        return torch.nn.functional.cosine_similarity(torch.cat(rows), text)


def sentence_transformers_job(folder: Path, model: Path) -> object:
    """Follow sentence-transformers' image search example."""
    from PIL import Image
    from sentence_transformers import SentenceTransformer, util
    from sentence_transformers.sentence_transformer.modules import CLIPModel

    network = SentenceTransformer(modules=[CLIPModel(str(model))], device="cpu")
    files = pictures(folder)
    rows = [
        network.encode([Image.open(path) for path in files[start : start + BATCH]])
        for start in range(0, len(files), BATCH)
    ]
    return util.cos_sim(network.encode([f"a photo of {KEYWORD}"]), np.concatenate(rows))


def onnx_job(folder: Path, model: Path) -> object:
    """Read, prepare and run float32 in ONNX Runtime one after the other, as fastembed does."""
    import onnxruntime
    from PIL import Image

    session = onnxruntime.InferenceSession(model / "plain.onnx")
    mean, std = np.array([0.481, 0.458, 0.408]), np.array([0.269, 0.261, 0.276])
    files = pictures(folder)
    rows = []
    for start in range(0, len(files), BATCH):
        batch = []
        for path in files[start : start + BATCH]:
            image = Image.open(path).convert("RGB")
            factor = 224 / min(image.size)
            size = tuple(max(224, int(side * factor)) for side in image.size)
            values = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
            top, left = (values.shape[0] - 224) // 2, (values.shape[1] - 224) // 2
            middle = values[top : top + 224, left : left + 224] / 255
            batch.append(((middle - mean) / std).astype(np.float32).transpose(2, 0, 1))
        rows.append(session.run(None, {"pixel_values": np.stack(batch)})[0])
    return np.concatenate(rows)


def reading_alone(folder: Path, model: Path) -> object:
    """Run the package's reading and preparing, in as many threads as the job has."""
    from concurrent.futures import ThreadPoolExecutor

    from relevance.encoders import load_encoder
    from relevance.pictures.reading import load_image
    from relevance.system.threads import cores

    rules = load_encoder(str(model), precision="int8")._manifest.pictures

    def read(path: Path) -> None:
        rules.apply(load_image(path, side=224))

    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(read, pictures(folder)))


def engine_alone(folder: Path, model: Path) -> object:
    """Run the package's image tower on as many pictures that are there already."""
    from relevance.encoders import load_encoder
    from relevance.encoders.parallel import in_parallel

    encoder = load_encoder(str(model), precision="int8")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    session = encoder._image
    return in_parallel(lambda _: session.run(None, {"pixels": pixels}), pictures(folder))


CONTENDERS: dict[str, Callable[[Path, Path], object]] = {
    "relevance, int8": relevance_job("int8"),
    "reading alone": reading_alone,
    "engine alone": engine_alone,
    "ONNX Runtime fp32, one step after the other": onnx_job,
    "transformers, fp32": transformers_job,
    "sentence-transformers, fp32": sentence_transformers_job,
    "relevance, fp32": relevance_job("fp32"),
}
ELSEWHERE = {"sentence-transformers, fp32"}


def prepare(model: Path) -> None:
    """Save ViT-B/32, export it for this package and, plainly, for the ONNX Runtime contender."""
    sys.path.insert(0, str(ROOT))
    import torch

    from relevance.encoders import load_encoder
    from tests.support.models import save_clip

    class Tower(torch.nn.Module):
        def __init__(self, clip: torch.nn.Module) -> None:
            super().__init__()
            self.clip = clip

        def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
            return self.clip.get_image_features(pixel_values=pixel_values).pooler_output

    model.mkdir(parents=True, exist_ok=True)
    if not (model / "plain.onnx").exists():
        clip = save_clip(model, tiny=False)
        torch.onnx.export(
            Tower(clip).eval(),
            (torch.zeros(2, 3, 224, 224),),
            model / "plain.onnx",
            input_names=["pixel_values"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
        )
    for precision in ("int8", "fp32"):
        load_encoder(str(model), precision=precision)


def main() -> None:
    """Run one contender, or all of them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=Path(tempfile.gettempdir()) / "vit-b-32")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--contender")
    options = parser.parse_args()
    if options.contender:
        CONTENDERS[options.contender](options.folder, options.model)
        return
    prepare(options.model)
    count = len(pictures(options.folder))
    print(f"| {count} pictures | s | pictures/s |\n| --- | --- | --- |")
    for name in CONTENDERS:
        python = options.python if name in ELSEWHERE else sys.executable
        words = [python, __file__, str(options.folder), "--model", str(options.model)]
        started = time.perf_counter()
        done = subprocess.run(
            [*words, "--contender", name],
            check=False,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        seconds = time.perf_counter() - started
        result = f"{seconds:.1f} | {count / seconds:.1f}" if not done.returncode else "failed | –"
        print(f"| {name} | {result} |", flush=True)
        if done.returncode:
            print(done.stderr.decode()[-500:], file=sys.stderr)


if __name__ == "__main__":
    main()
