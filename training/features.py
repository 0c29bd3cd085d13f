"""Step 1: store image features of every picture, in several views, and ImageNet's prototypes.

Run: python features.py [--data FOLDER] [--work FOLDER]
Writes work/NAME.npy for each view: float16 ``(n_pictures, 2912)``, zero where a view is for
training only and the picture is not; and work/classifier.npy ``(1000, 1280)``, the rows of the
ImageNet classifier.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from common import IMAGE_SIZE, SEED, arguments, fitted, picture_folder, read_pairs
from PIL import Image, ImageOps
from towers import ImageTower, export_image, load_backbone

BATCH = 32
WHITE = (255, 255, 255)
View = Callable[[Image.Image, np.random.Generator], Image.Image]
SQUARE = (IMAGE_SIZE, IMAGE_SIZE)


def squash(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Whole picture, stretched to a square."""
    return picture.resize(SQUARE, Image.Resampling.BICUBIC)


def pad(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Whole picture on a white square."""
    return ImageOps.pad(picture, SQUARE, Image.Resampling.BICUBIC, color=WHITE)


def zoom_in(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Random crop of 40 to 100 % of the area, mirrored."""
    side = np.sqrt(rng.uniform(0.4, 1.0))
    width, height = round(picture.width * side), round(picture.height * side)
    left = int(rng.integers(0, picture.width - width + 1))
    top = int(rng.integers(0, picture.height - height + 1))
    part = ImageOps.mirror(picture.crop((left, top, left + width, top + height)))
    return squash(part, rng)


def zoom_out(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Picture at 45 to 85 % of the side on a plain background, as product shots are."""
    side = round(IMAGE_SIZE * rng.uniform(0.45, 0.85))
    colour = WHITE if rng.random() < 0.5 else tuple(int(c) for c in rng.integers(140, 256, 3))
    canvas = Image.new("RGB", SQUARE, colour)
    small = ImageOps.contain(picture, (side, side), Image.Resampling.BICUBIC)
    left = int(rng.integers(0, IMAGE_SIZE - small.width + 1))
    top = int(rng.integers(0, IMAGE_SIZE - small.height + 1))
    canvas.paste(ImageOps.mirror(small) if rng.random() < 0.5 else small, (left, top))
    return canvas


# The first is how the product reads a picture; the others augment training.
VIEWS: dict[str, View] = {
    "pad": pad,
    "zoom_out": zoom_out,
    "zoom_in": zoom_in,
    "squash": squash,
}
AS_SHIPPED = "pad"


def session(path: Path) -> onnxruntime.InferenceSession:
    """Return the feature extractor on ONNX Runtime, some five times as fast as PyTorch here."""
    if not path.exists():
        export_image(ImageTower().eval(), path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def extract(
    runner: onnxruntime.InferenceSession, paths: dict[int, Path], view: View, seed: int
) -> np.ndarray:
    """Return float16 features ``(n_paths, 2912)`` of one view; a picture's number is its seed."""

    def load(index: int) -> np.ndarray:
        with Image.open(paths[index]) as picture:
            made = view(picture.convert("RGB"), np.random.default_rng([seed, index]))
        return np.asarray(made, dtype=np.uint8)

    rows = []
    with ThreadPoolExecutor(2) as pool:
        numbers = list(paths)
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start : start + BATCH]
            pixels = np.stack(list(pool.map(load, batch)))
            rows.append(runner.run(None, {"pixels": pixels})[0])
    return np.concatenate(rows).astype(np.float16)


def main() -> None:
    """Extract every view and write it."""
    args = arguments(__doc__ or "").parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    pairs = read_pairs(args.data)
    folder = picture_folder(args.data, args.work)
    runner = session(args.work / "features.onnx")
    np.save(args.work / "classifier.npy", load_backbone()._fc.weight.detach().numpy())
    for number, (name, view) in enumerate(VIEWS.items()):
        start = time.perf_counter()
        wanted = np.arange(len(pairs)) if name == AS_SHIPPED else np.flatnonzero(fitted(pairs))
        paths = {int(index): folder / pairs["path"].iloc[index] for index in wanted}
        made = extract(runner, paths, view, SEED + number)
        rows = np.zeros((len(pairs), made.shape[1]), np.float16)
        rows[wanted] = made
        np.save(args.work / f"{name}.npy", rows)
        print(f"{name}: {len(wanted)} pictures in {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
