"""Paths, seeds and tables that every step of the recipe shares."""

from __future__ import annotations

import argparse
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20240
IMAGE_SIZE = 260  # EfficientNet-Lite2's training resolution
PIXEL_MEAN, PIXEL_STD = 127.0, 128.0  # EfficientNet-Lite reads (pixel - 127) / 128
MAX_TOKENS = 64
HERE = Path(__file__).resolve().parent
IMAGENET = "imagenet-sample"


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the two folders that every step takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "alignment")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    return parser


def read_pairs(data: Path) -> pd.DataFrame:
    """Return the pairs table (path, text, dataset, split) in its stored order."""
    return pd.read_csv(data / "pairs.csv")


def picture_folder(data: Path, work: Path) -> Path:
    """Unpack the tar files below the work folder once and return the folder."""
    folder = work / "pictures"
    for archive in sorted(data.glob("*.tar")):
        if not (folder / archive.stem).exists():
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
    return folder


def unit(rows: np.ndarray) -> np.ndarray:
    """Scale rows of ``(n, d)`` to unit L2 norm."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
