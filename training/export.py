"""Step 5: write the encoder's files and check them against PyTorch, and against those that ship.

Run: python export.py [--data FOLDER] [--work FOLDER] [--ship]
Reads work/heads.pt; writes work/compact/{image.onnx, text.onnx, tokenizer.json, config.json}, says
how near their vectors are to those of the files in the package, and fails where they are not the
same encoder. With --ship they become the files in the package, and tests/golden/compact.json the
fp32 PyTorch reference that the tests compare with.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from common import (
    HERE,
    IMAGE_SIZE,
    MAX_TOKENS,
    PIXEL_MEAN,
    PIXEL_STD,
    arguments,
    picture_folder,
    read_pairs,
)
from features import pad
from heads import load_heads
from PIL import Image
from quantise import shrink
from tokenizers import Tokenizer
from towers import ImageTower, TextTower, export_image, export_text, tokenizer_file

from relevance.encoders.compact import CompactEncoder

PACKAGE = HERE.parent / "relevance" / "encoders" / "compact"
GOLDEN = HERE.parent / "tests" / "golden" / "compact.json"
GOLDEN_TEXTS = [
    "almonds",
    "a product photo of running shoes",
    "a close-up photo of a red bell pepper",
]
REVISION = "2.0"
SAME_ENCODER = 0.9  # fits on two processors drift apart by rounding; how far was not measured
Rows = tuple[np.ndarray, np.ndarray]


def gradient() -> Image.Image:
    """Return the generated picture of the golden file: a smooth gradient, 320 x 200."""
    across, down = np.meshgrid(np.linspace(0, 255, 320), np.linspace(0, 255, 200))
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8))


def write_files(image: ImageTower, text: TextTower, scale: float, work: Path) -> Path:
    """Export, shrink and write the model's four files; return their folder."""
    folder = work / "compact"
    folder.mkdir(exist_ok=True)
    export_image(image, work / "image-fp32.onnx")
    export_text(text, work / "text-fp32.onnx")
    shrink(work / "image-fp32.onnx", folder / "image.onnx")
    shrink(work / "text-fp32.onnx", folder / "text.onnx")
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "revision": REVISION,
        "dim": sum(layer.out_features for layer in text.head.maps),
        "image_size": IMAGE_SIZE,
        "resize": "contain, bicubic, centred on white",
        "pixels": "uint8 (n, height, width, RGB); the graph computes (value - mean) / std",
        "mean": PIXEL_MEAN,
        "std": PIXEL_STD,
        "max_tokens": MAX_TOKENS,
        "logit_scale": round(scale, 2),
        "precision": "fp32",
        "licence": "Apache-2.0",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return folder


def reference(
    image: ImageTower, text: TextTower, pictures: list[Image.Image], texts: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return fp32 PyTorch embeddings of pictures and texts, one at a time."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rng = np.random.default_rng(0)
    rows, words = [], []
    with torch.inference_mode():
        for picture in pictures:
            pixels = torch.tensor(np.asarray(pad(picture.convert("RGB"), rng)))[None]
            rows.append(image(pixels)[0].numpy())
        for item in tokenizer.encode_batch(texts):
            ids = torch.tensor([item.ids])
            words.append(text(ids, torch.ones_like(ids))[0].numpy())
    return np.stack(rows), np.stack(words)


def write_golden(image: ImageTower, text: TextTower) -> None:
    """Write the reference vectors that the tests compare with."""
    rows, words = reference(image, text, [gradient()], GOLDEN_TEXTS)
    golden = {
        "made_by": f"training/export.py, PyTorch {torch.__version__} fp32, one item a batch",
        "texts": GOLDEN_TEXTS,
        "text_embeddings": np.round(words.astype(float), 6).tolist(),
        "picture": "320 x 200: red left to right, green top to bottom, blue right to left, 0-255",
        "picture_embedding": np.round(rows[0].astype(float), 6).tolist(),
    }
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(golden) + "\n", encoding="utf-8")


def compare(name: str, rows: Rows, others: Rows) -> float:
    """Print how near two encoders' vectors of the same things lie; return the lowest cosine."""
    lowest = 1.0
    for kind, mine, theirs in zip(("pictures", "texts"), rows, others, strict=True):
        cosine = (mine * theirs).sum(1)
        lowest = min(lowest, float(cosine.min()))
        print(f"{len(cosine)} {kind}: cosine to {name} min {lowest:.6f}, mean {cosine.mean():.6f}")
    return lowest


def main() -> None:
    """Write the files, compare them with PyTorch and with the package's, and ship if asked to."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--ship", action="store_true", help="put the files into the package")
    args = parser.parse_args()
    heads, scale = load_heads(args.work / "heads.pt")
    image, text = ImageTower(heads.image).eval(), TextTower(heads.text).eval()
    made = write_files(image, text, scale, args.work)
    if args.ship:
        for path in made.iterdir():
            shutil.copy(path, PACKAGE / path.name)
        write_golden(image, text)
    pairs, folder = read_pairs(args.data), picture_folder(args.data, args.work)
    pictures = [Image.open(folder / path) for path in pairs["path"].iloc[::200]]
    texts = [f"a photo of {text}" for text in sorted(set(pairs["text"]))[::3]]
    encoder, shipped = CompactEncoder(made), CompactEncoder()
    rows = encoder.encode_images(pictures), encoder.encode_texts(texts)
    compare("PyTorch fp32", rows, reference(image, text, pictures, texts))
    for path in sorted(made.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.2f} MB  {path.name}")
    if encoder.info.fingerprint == shipped.info.fingerprint:
        print("Byte for byte the files in the package.")
        return
    theirs = shipped.encode_images(pictures), shipped.encode_texts(texts)
    if compare("the package's", rows, theirs) < SAME_ENCODER:
        sys.exit("This is not the encoder in the package. Changed recipe? Ship it with --ship.")
    print("The encoder in the package, but for rounding on another processor.")


if __name__ == "__main__":
    main()
