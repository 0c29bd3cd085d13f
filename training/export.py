"""Step 5: write the encoder's files and check them against PyTorch.

Run: python export.py [--data FOLDER] [--work FOLDER]
Reads work/heads.npz; writes relevance/encoders/compact/{image.onnx, text.onnx, tokenizer.json,
config.json} and tests/golden/compact.json, the fp32 PyTorch reference that the tests compare with.
"""

from __future__ import annotations

import json
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
from PIL import Image
from quantise import shrink
from tokenizers import Tokenizer
from towers import Head, ImageTower, TextTower, export_image, export_text, tokenizer_file

from relevance.encoders.compact import CompactEncoder

PACKAGE = HERE.parent / "relevance" / "encoders" / "compact"
GOLDEN = HERE.parent / "tests" / "golden" / "compact.json"
GOLDEN_TEXTS = [
    "almonds",
    "a product photo of running shoes",
    "a close-up photo of a red bell pepper",
]
REVISION = "1.0"


def gradient() -> Image.Image:
    """Return the generated picture of the golden file: a smooth gradient, 320 x 200."""
    across, down = np.meshgrid(np.linspace(0, 255, 320), np.linspace(0, 255, 200))
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8))


def write_files(image: ImageTower, text: TextTower, scale: float, work: Path) -> None:
    """Export, shrink and write the model's four files."""
    export_image(image, work / "image-fp32.onnx")
    export_text(text, work / "text-fp32.onnx")
    shrink(work / "image-fp32.onnx", PACKAGE / "image.onnx")
    shrink(work / "text-fp32.onnx", PACKAGE / "text.onnx")
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(PACKAGE / "tokenizer.json"), pretty=False)
    config = {
        "revision": REVISION,
        "dim": image.head.layer.out_features,
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
    (PACKAGE / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


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


def main() -> None:
    """Write the files, then compare the shipped encoder with PyTorch."""
    args = arguments(__doc__ or "").parse_args()
    heads = np.load(args.work / "heads.npz")
    blocks = tuple(heads["blocks"].tolist())
    fitted = {name: torch.tensor(heads[name]) for name in heads.files}
    image = ImageTower(Head(fitted["image_weight"], fitted["image_bias"], blocks)).eval()
    text = TextTower(Head(fitted["text_weight"], fitted["text_bias"], blocks)).eval()
    write_files(image, text, float(heads["logit_scale"]), args.work)
    encoder = CompactEncoder()
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
    pairs = read_pairs(args.data)
    folder = picture_folder(args.data, args.work)
    pictures = [Image.open(folder / path) for path in pairs["path"].iloc[::200]]
    texts = [f"a photo of {text}" for text in sorted(set(pairs["text"]))[::3]]
    rows, words = reference(image, text, pictures, texts)
    for kind, torch_rows, onnx_rows in (
        ("pictures", rows, encoder.encode_images(pictures)),
        ("texts", words, encoder.encode_texts(texts)),
    ):
        cosine = (torch_rows * onnx_rows).sum(1)
        print(f"{len(cosine)} {kind}: cosine to PyTorch fp32 min {cosine.min():.6f}", end=", ")
        print(f"mean {cosine.mean():.6f}")
    for path in sorted(PACKAGE.iterdir()):
        if path.is_file():
            print(f"{path.stat().st_size / 1e6:8.2f} MB  {path.name}")


if __name__ == "__main__":
    main()
