"""Paths, seeds and tables that every step of the recipe shares."""

from __future__ import annotations

import argparse
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20240
IMAGE_SIZE = 260  # EfficientNet-Lite2's training resolution
PIXEL_MEAN, PIXEL_STD = 127.0, 128.0  # EfficientNet-Lite reads (pixel - 127) / 128
MAX_TOKENS = 64
HERE = Path(__file__).resolve().parent
IMAGENET = "imagenet-sample"
TRAIN = "train"
LATER = (
    "products-open",
    "products-unstated",
    "objects-open",
    "objects-unstated",
    "fashion",
    "electronics",
    "imagen",
    "foodish",
    "emoji-3d",
)
# What the ruling on licences leaves out of the open fit (see README.md).
WITHOUT_STATED_LICENCE = ("products-unstated", "objects-unstated", "fashion", "electronics")
# Sources that share a kind of picture are measured together.
GROUPS = {
    "products-open": "products",
    "products-unstated": "products",
    "objects-open": "objects",
    "objects-unstated": "objects",
}


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the two folders that every step takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "alignment")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    return parser


def read_pairs(data: Path) -> pd.DataFrame:
    """Return the pairs table (path, text, dataset, split) in its stored order."""
    return pd.read_csv(data / "pairs.csv")


def fitted(pairs: pd.DataFrame) -> np.ndarray:
    """Return which pictures the shipped encoder is fitted on, once all choices are made.

    The train split, and the later sources' unseen rows: apples, tomatoes, garlic and juice are
    only there. The old test splits are never fitted.
    """
    later = pairs["dataset"].isin(LATER) & (pairs["split"] == "unseen")
    return ((pairs["split"] == TRAIN) | later).to_numpy()


def groups_of(pairs: pd.DataFrame) -> np.ndarray:
    """Return each picture's source, kindred ones together ``(n_pictures,)``."""
    return np.array([GROUPS.get(name, name) for name in pairs["dataset"]])


def concept_rows(
    embed: Callable[[list[str]], np.ndarray], words: list[str], templates: tuple[str, ...]
) -> np.ndarray:
    """Return unit means ``(n_words, dim)`` of words over the templates."""
    prompts = [template.replace("{}", word) for word in words for template in templates]
    return unit(embed(prompts).reshape(len(words), len(templates), -1).mean(1))


def picture_folder(data: Path, work: Path) -> Path:
    """Unpack the tar files below the work folder once and return the folder."""
    folder = work / "pictures"
    for archive in sorted(data.glob("*.tar")):
        if not (folder / archive.stem).exists():
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
    return folder


def unit(rows: np.ndarray) -> np.ndarray:
    """Scale rows of ``(..., d)`` to unit L2 norm."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
