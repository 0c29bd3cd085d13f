"""Where is it lost? What pictures know, what words reach, and how far apart synonyms lie.

Run: python diagnose.py [--data FOLDER] [--work FOLDER]
Held-out classes of the first fold with six pictures or more, through heads that did not see them.
Half of a class's pictures are its examples (their mean, or a logistic regression against all other
examples of the source, on the towers' features), the other half is measured.
"""

from __future__ import annotations

import numpy as np
from common import arguments, unit
from features import AS_SHIPPED
from heads import Heads, fold_file, load_heads
from material import Material, held_out, load_material
from sklearn.linear_model import LogisticRegression
from texts import TextEncoder
from validate import MEASURED, area, keyword_rows
from wordnet import WordNet

FEWEST = 6
WORST = 30
PAIRS = 2000
SEEN_AS = 3  # nearest texts that are listed


def table(heads: Heads, material: Material, rows: np.ndarray, held: np.ndarray) -> None:
    """Print a line a source: word, mean of examples, linear probe."""
    print("| source | classes | word | mean of examples | linear probe |\n|---|---|---|---|---|")
    for source in MEASURED:
        chosen = np.flatnonzero(material.train & (material.group == source))
        label = material.label[chosen]
        found, counts = np.unique(label, return_counts=True)
        classes = found[(counts >= FEWEST) & held[found]]
        if not len(classes):
            continue
        even = np.zeros(len(chosen), bool)
        for number in found:
            even[np.flatnonzero(label == number)[::2]] = True
        words = keyword_rows(heads, material, classes)
        features = material.views[AS_SHIPPED][chosen].astype(np.float32)
        figures = [
            _three_ways(features, rows[chosen], even, label == number, word)
            for number, word in zip(classes, words, strict=True)
        ]
        means = " | ".join(f"{value:.3f}" for value in np.mean(figures, axis=0))
        print(f"| {source} | {len(classes)} | {means} |", flush=True)


def _three_ways(
    features: np.ndarray, rows: np.ndarray, even: np.ndarray, own: np.ndarray, word: np.ndarray
) -> list[float]:
    examples = unit(rows[own & even].mean(0))
    probe = LogisticRegression(C=0.01, class_weight="balanced", max_iter=300)
    probe.fit(features[even], own[even])
    scores = (rows @ word, rows @ examples, probe.decision_function(features))
    return [area(own[~even], score[~even]) for score in scores]


def worst_keywords(heads: Heads, material: Material, rows: np.ndarray, held: np.ndarray) -> None:
    """Print the worst held-out keywords, and the texts that are nearest to their pictures."""
    every = keyword_rows(heads, material, np.arange(len(material.family)))
    found = []
    for source in MEASURED:
        chosen = material.train & (material.group == source)
        label, own_rows = material.label[chosen], rows[chosen]
        for number in np.unique(label[held[label]]):
            own = label == number
            nearest = np.argsort(-(every @ own_rows[own].mean(0)))[:SEEN_AS]
            names = [str(material.names[material.first[n]]) for n in nearest]
            auc = area(own, own_rows @ every[number])
            found.append((auc, source, str(material.names[material.first[number]]), names))
    print("\n| keyword | source | AUC | its pictures are nearest to |\n|---|---|---|---|")
    for auc, source, name, names in sorted(found)[:WORST]:
        print(f"| {name} | {source} | {auc:.2f} | {', '.join(names)} |")


def synonyms(heads: Heads, encoder: TextEncoder) -> None:
    """Print how near synonyms lie, against any two nouns, before and after the text head."""
    wordnet, rng = WordNet(), np.random.default_rng(0)
    nouns = set(wordnet.vocabulary)
    same = [
        (s.words[0].lower(), s.words[1].lower())
        for s in wordnet.synsets.values()
        if len(s.words) > 1 and {w.lower() for w in s.words[:2]} <= nouns
    ]
    pairs = np.array(same)[rng.permutation(len(same))[:PAIRS]]
    before = [encoder(list(column)) for column in pairs.T]
    after = [heads.texts(column) for column in before]
    print("\n| cosine of | before the head | after |\n|---|---|---|")
    for name, shift in (("synonyms", 0), ("any two nouns", 1)):
        values = [np.median((a * np.roll(b, shift, axis=0)).sum(1)) for a, b in (before, after)]
        print(f"| {name}, median | {values[0]:.2f} | {values[1]:.2f} |")


def main() -> None:
    """Print the three tables."""
    args = arguments(__doc__ or "").parse_args()
    material = load_material(args.data, args.work)
    held = held_out(material, 0)
    heads, _ = load_heads(fold_file(args.work, 0))
    rows = heads.pictures(material, AS_SHIPPED)
    table(heads, material, rows, held)
    worst_keywords(heads, material, rows, held)
    synonyms(heads, TextEncoder(args.work))


if __name__ == "__main__":
    main()
