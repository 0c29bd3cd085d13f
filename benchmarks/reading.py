"""What reading large pictures at a fraction of their size, and float16, cost in similarity.

    python benchmarks/pictures.py mixed /tmp/mixed 2000
    python benchmarks/reading.py /tmp/mixed

The compact encoder on every 20th picture, its full size against what ``load_image`` reads for it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

import relevance.pictures.reading
from relevance.encoders import load_encoder
from relevance.encoders.base import unit_rows
from relevance.pictures.reading import load_image

EVERY = 20
TEXTS = ["a photo of almonds", "a photo of lemons", "fruit", "furniture"]


def main() -> None:
    """Print the table."""
    files = sorted(Path(sys.argv[1]).rglob("*.jpg"))[::EVERY]
    encoder = load_encoder("compact")
    side, texts = encoder.info.image_size, encoder.encode_texts(TEXTS)
    full = np.concatenate([encoder.encode_images([load_image(file)]) for file in files])
    print("| shorter edge | reading, ms | 1 − cosine, largest | mean | score, largest change |")
    print("| --- | --- | --- | --- | --- |")
    for spare in (1, 2, 3, 4):
        relevance.pictures.reading._SPARE = spare
        started = time.perf_counter()
        pictures = [load_image(file, side=side) for file in files]
        milliseconds = (time.perf_counter() - started) / len(files) * 1000
        rows = np.concatenate([encoder.encode_images([picture]) for picture in pictures])
        loss = 1 - np.einsum("ij,ij->i", rows, full)
        change = np.abs((rows - full) @ texts.T).max()
        print(
            f"| ≥ {spare} × {side} | {milliseconds:.1f} | {loss.max():.5f} | {loss.mean():.5f} "
            f"| {change:.4f} |",
            flush=True,
        )
    half = unit_rows(full.astype(np.float16))
    change = np.abs((half - full) @ texts.T).max()
    print(f"\nfloat16 instead of float32: scores change by {change:.6f} at most")


if __name__ == "__main__":
    main()
