"""Which signal tells keywords that the compact encoder hardly knows from English product names.

Known are nouns of WordNet for food, things and plants; unknown the words of ``foreign_words.txt``.
Signals are looked at on one half of both, drawn at random, and reported on the other.

    python benchmarks/unknown_words.py
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from relevance.encoders import load_encoder
from relevance.embedding.embeddings import embed_concepts
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill

WORDNET = Path("/usr/share/wordnet/data.noun")
KINDS = {"06": "thing", "13": "food", "20": "plant"}
COUNTS = Path("/usr/share/wordnet/index.sense")
ENGLISH = 4000


def english() -> list[str]:
    """Return lower-case lemmas of those kinds, the first of each sense, drawn by a hash."""
    found = set()
    for line in WORDNET.read_text().splitlines():
        part = line.split(" ")
        if len(part) > 4 and part[1] in KINDS:
            word = part[4].replace("_", " ")
            if word.islower() and word.replace(" ", "").replace("-", "").isalpha():
                found.add(word)
    return sorted(found, key=lambda word: zlib.crc32(word.encode()))[:ENGLISH]


def others() -> dict[str, list[str]]:
    """Return the words of each language."""
    text = Path(__file__).with_name("foreign_words.txt").read_text()
    lines = [line.split(": ") for line in text.splitlines() if not line.startswith("#")]
    return {name: words.split(", ") for name, words in lines}


def signals(words: list[str], encoder: object) -> dict[str, np.ndarray]:
    """Return each signal of words, higher for better known ones."""
    prompts = [fill(DEFAULT_TEMPLATES, word) for word in words]
    flat = [text for group in prompts for text in group]
    rows = np.concatenate(
        [encoder.encode_texts(flat[at : at + 96]) for at in range(0, len(flat), 96)]
    )
    by_prompt = rows.reshape(len(words), len(DEFAULT_TEMPLATES), -1)
    mean = by_prompt.mean(axis=1)
    raw = np.concatenate([norms(encoder, flat[at : at + 96]) for at in range(0, len(flat), 96)])
    unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    background = embed_concepts(
        [fill(DEFAULT_TEMPLATES, item) for item in BACKGROUND_CONCEPTS], encoder
    )
    empty = embed_concepts([[t.replace(" {}", "") for t in DEFAULT_TEMPLATES]], encoder)[0]
    counts = encoder.count_tokens(words) - 2
    letters = np.array([len(word.replace(" ", "")) for word in words])
    parts = np.array([len(word.replace("-", " ").split()) for word in words])
    return {
        "letters a piece": letters / counts,
        "pieces a word": -counts / parts,
        "norm before scaling": raw.reshape(len(words), -1).mean(axis=1),
        "agreement of templates": np.linalg.norm(mean, axis=1),
        "distance to the mean of concepts": 1 - unit @ background.mean(axis=0),
        "nearest concept": (unit @ background.T).max(axis=1),
        "distance to no keyword": 1 - unit @ empty,
    }


def norms(encoder: object, texts: list[str]) -> np.ndarray:
    """Return the length of text vectors before they are scaled."""
    coded = encoder._tokenizer.encode_batch(texts)
    inputs = {
        "input_ids": np.array([item.ids for item in coded], dtype=np.int64),
        "attention_mask": np.array([item.attention_mask for item in coded], dtype=np.int64),
    }
    return np.linalg.norm(encoder._text.run(None, inputs)[0], axis=1)


def main() -> None:
    encoder = load_encoder("compact")
    known, groups = english(), others()
    own = set(known)
    unknown = [(name, word) for name, words in groups.items() for word in words if word not in own]
    found_known = signals(known, encoder)
    found_unknown = signals([word for _, word in unknown], encoder)
    rng = np.random.default_rng(0)
    known_half = rng.permutation(len(known)) % 2 == 0
    unknown_half = rng.permutation(len(unknown)) % 2 == 0
    np.savez(
        "/tmp/unknown_words.npz",
        known=known,
        unknown=unknown,
        kh=known_half,
        uh=unknown_half,
        **{f"k {n}": v for n, v in found_known.items()},
        **{f"u {n}": v for n, v in found_unknown.items()},
    )
    print(f"{len(known)} known, {len(unknown)} unknown words")
    for name in found_known:
        k, u = found_known[name], found_unknown[name]
        auc = {}
        for half in (True, False):
            a, b = k[known_half == half], u[unknown_half == half]
            auc[half] = roc_auc_score([1] * len(a) + [0] * len(b), [*a, *b])
        cut = np.quantile(k[known_half], 0.01)
        print(
            f"{name:34} chosen on {auc[True]:.3f} held out {auc[False]:.3f}  "
            f"cut {cut:.4f}: false {np.mean(k[~known_half] < cut):.3f}, "
            f"caught {np.mean(u[~unknown_half] < cut):.3f}"
        )


if __name__ == "__main__":
    main()
