"""How good captions of tags are, and how many wrong captions are marked as doubtful.

Folder names of the sample pictures are the truth for tags, exchanged captions that for doubts.
Prints Markdown; results are kept in docs/describe.md with date and machine.

    python benchmarks/describe.py --encoder compact
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import relevance
from relevance.embedding.cosines import cosine
from relevance.embedding.embeddings import Embeddings, embed_concepts, embed_images
from relevance.encoders import Encoder
from relevance.jobs.describe.doubting import Others
from relevance.jobs.describe.settings import TEMPLATES
from relevance.jobs.describe.tagging import MOST, Vocabulary
from relevance.jobs.describe.vocabulary import read_vocabulary
from relevance.judging.prompts import BACKGROUND_CONCEPTS, fill
from relevance.judging.words import same_words
from relevance.pictures.folders import ImageRef, find_images

DATA = Path(__file__).parent.parent / "data"
WRONG = 0.3  # of captions that are exchanged
REPEATS = 20


def main() -> None:
    """Measure tags, then doubts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="compact")
    encoder = relevance.load_encoder(parser.parse_args().encoder)
    background = embed_concepts([fill(TEMPLATES, item) for item in BACKGROUND_CONCEPTS], encoder)
    pictures = embed_images(find_images([DATA / "google_images"]).refs, encoder)
    names = [ref.folder for ref in pictures.refs]
    print(f"Encoder {encoder.info.name}, {len(names)} pictures of {len(set(names))} folders\n")
    tags(pictures, names, background, encoder)
    print("\n| captions | wrong that are marked | right that are marked |\n| --- | --- | --- |")
    doubts(
        "folder names, 30 % exchanged",
        pictures,
        [f"a photo of {n}" for n in names],
        names,
        background,
        encoder,
    )
    table = pd.read_csv(DATA / "captions.csv")
    refs = [ImageRef(str(DATA / place), "") for place in table["image"]]
    given(embed_images(refs, encoder), table, background, encoder)


def tags(
    pictures: Embeddings, names: Sequence[str], background: np.ndarray, encoder: Encoder
) -> None:
    """Print how often the folder's noun is among the tags."""
    words = read_vocabulary(None)
    rows = embed_concepts([fill(TEMPLATES, word) for word in words], encoder)
    vocabulary = Vocabulary(words, rows, background, encoder.info)
    best = np.argsort(-cosine(pictures.vectors, rows), axis=1, kind="stable")
    print("| tags | a picture | name the folder | by chance |\n| --- | --- | --- | --- |")
    ways = {f"the {k} nearest words": [[words[n] for n in row[:k]] for row in best] for k in (1, 3)}
    ways |= {style: [t.words for t in vocabulary.tags(pictures.vectors, style)] for style in MOST}
    for way, found in ways.items():
        hits = [
            any(same_words(word, name) for word in own)
            for own, name in zip(found, names, strict=True)
        ]
        count = np.mean([len(own) for own in found])
        print(f"| {way} | {count:.1f} | {np.mean(hits):.3f} | {count / len(words):.4f} |")


def doubts(
    what: str,
    pictures: Embeddings,
    captions: Sequence[str],
    groups: Sequence[str],
    background: np.ndarray,
    encoder: Encoder,
) -> None:
    """Exchange some captions for those of another group, many times, and print what is marked."""
    rng, shares = np.random.default_rng(0), []
    for _ in range(REPEATS):
        is_wrong, said = rng.random(len(captions)) < WRONG, list(captions)
        for row in np.flatnonzero(is_wrong):
            others = [n for n, group in enumerate(groups) if group != groups[row]]
            said[row] = captions[rng.choice(others)]
        marked = marks(pictures, said, background, encoder)
        shares.append((marked[is_wrong].mean(), marked[~is_wrong].mean()))
    wrong, right = np.mean(shares, axis=0)
    print(f"| {what} | {wrong:.2f} | {right:.2f} |")


def given(
    pictures: Embeddings, table: pd.DataFrame, background: np.ndarray, encoder: Encoder
) -> None:
    """Print what is marked of the sample captions, of which some are wrong."""
    marked = marks(pictures, table["caption"].tolist(), background, encoder)
    is_wrong = (table["fits"] != "yes").to_numpy()
    print(
        f"| data/captions.csv, {is_wrong.sum()} of {len(table)} wrong | "
        f"{marked[is_wrong].mean():.2f} | {marked[~is_wrong].mean():.2f} |"
    )


def marks(
    pictures: Embeddings, captions: Sequence[str], background: np.ndarray, encoder: Encoder
) -> np.ndarray:
    """Return which captions are doubtful: ``(n,)`` bool."""
    different = np.unique(pictures.first_copy)
    others = Others.among(pictures.vectors, captions, different, background, BACKGROUND_CONCEPTS)
    embeddings = encoder.encode_texts(captions)
    first = pictures.first_copy.tolist()
    judged = others.judge(first, pictures.vectors, captions, embeddings)
    return np.array([bool(doubt) for _, doubt in judged])


if __name__ == "__main__":
    main()
