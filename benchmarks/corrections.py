"""Whether correcting for hubs gains anything: top-1 of many keywords, with and without.

``python benchmarks/corrections.py PAIRS PICTURES``: PAIRS is a CSV file with the columns path,
text, dataset and split; PICTURES is the folder that its paths start from. Of the rows whose split
is "train", every text with three pictures or more is a folder of that name. Datasets that differ
in what follows a hyphen ("objects-open", "objects-unstated") are one source. Vectors come from
the user's cache where it has them.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from relevance import load_encoder
from relevance.embedding.embeddings import embed_concepts, embed_images
from relevance.embedding.encoding import cache_of
from relevance.jobs.categories.correction import NEAREST_NEIGHBOURS, NO_CORRECTION, offsets
from relevance.jobs.categories.picking import pick
from relevance.judging.prompts import DEFAULT_TEMPLATES, fill
from relevance.judging.settings import Settings
from relevance.judging.similarity import cosine
from relevance.pictures.folders import ImageRef

SOURCES = ("products", "objects", "electronics", "imagen")
FEWEST = 3
DRAWS = 50
SIZES = (5, 10, 30, 100)
DOMINANT = 0.6  # share of the pictures that one folder has in skewed sets
CORRECTIONS = (NO_CORRECTION, NEAREST_NEIGHBOURS)


def main() -> None:
    """Print a table: a row a kind of set, top-1 by correction."""
    pairs, root = map(Path, sys.argv[1:])
    print("| source | folders | sets | none | nearest-neighbours | sets it raises | lowers |")
    print("|---|---|---|---|---|---|---|")
    for source, (scores, truth) in _scored(pairs, root).items():
        for size in (*SIZES, scores.shape[1]):
            if size <= scores.shape[1]:
                _print(source, str(size), _draws(scores, truth, size))
        size = min(30, scores.shape[1])
        _print(source, f"{size}, one has 60 %", _draws(scores, truth, size, skewed=True))


def _scored(pairs: Path, root: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Cosines of pictures and texts and the number of each picture's own text, by source."""
    texts: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with pairs.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            source = row["dataset"].partition("-")[0]
            if row["split"] == "train" and source in SOURCES:
                texts[source].append((row["text"], row["path"]))
    encoder, settings, found = load_encoder("compact"), Settings(), {}
    with cache_of(encoder, settings) as cache:
        for source in SOURCES:
            counts = Counter(text for text, _ in texts[source])
            names = [text for text, count in counts.items() if count >= FEWEST]
            used = [(names.index(text), path) for text, path in texts[source] if text in names]
            refs = [ImageRef(str(root / path), source) for _, path in used]
            pictures = embed_images(refs, encoder, cache=cache)
            prompts = [fill(DEFAULT_TEMPLATES, name) for name in names]
            concepts = embed_concepts(prompts, encoder, cache=cache)
            sound = [not reason for reason in pictures.reasons]
            truth = np.array([number for number, _ in used])
            found[source] = cosine(pictures.vectors, concepts)[sound], truth[sound]
    return found


def _draws(
    scores: np.ndarray, truth: np.ndarray, size: int, *, skewed: bool = False
) -> Iterator[list[float]]:
    """Yield top-1 by correction for folders drawn at random."""
    rng = np.random.default_rng(size)
    for _ in range(DRAWS if size < scores.shape[1] or skewed else 1):
        chosen = rng.permutation(scores.shape[1])[:size]
        rows = np.flatnonzero(np.isin(truth, chosen))
        if skewed:
            most = max(chosen, key=lambda text: int((truth == text).sum()))
            own = truth[rows] == most
            others = round(own.sum() * (1 - DOMINANT) / DOMINANT)
            rows = np.concatenate([rows[own], rng.permutation(rows[~own])[:others]])
        own_number = np.array([np.flatnonzero(chosen == text)[0] for text in truth[rows]])
        values = scores[np.ix_(rows, chosen)]
        yield [
            float((pick(values - offsets(values, name), own_number).rank == 1).mean())
            for name in CORRECTIONS
        ]


def _print(source: str, folders: str, draws: Iterator[list[float]]) -> None:
    top1 = np.array(list(draws))
    plain, corrected = top1.mean(axis=0)
    gains = top1[:, 1] - top1[:, 0]
    print(
        f"| {source} | {folders} | {len(top1)} | {plain:.3f} | {corrected:.3f} "
        f"| {(gains > 0).sum()} | {(gains < 0).sum()} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
