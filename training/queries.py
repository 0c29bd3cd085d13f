"""How words and pictures of a query are best brought together, each way against the others.

Run: PYTHONPATH=.. python queries.py [--data FOLDER] [--work FOLDER] [--folds N]
On classes held out of the train split, through heads that did not see them (``fit.py`` makes
these). Figures are average precision, mean over the keywords of a source, then over sources:
a class by its word, by pictures of its own that are then left out, and by both; and a class by its
word, away from its nearest neighbour ("unlike"), among the pictures of the two and among all.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from common import SEED, arguments, unit
from features import AS_SHIPPED
from heads import fold_file, load_heads
from material import held_out, load_material
from scipy.special import logsumexp
from sklearn.metrics import average_precision_score
from texts import TextEncoder
from validate import SOURCES, held_out_pictures, keyword_rows

from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill

SHARES = (0.25, 0.5, 0.75)
AWAY = (0.25, 0.5, 1.0)
MOST, LEAST_PICTURES, EXAMPLES = 60, 6, (1, 3)


def main() -> None:
    """Print a table of every way."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--folds", type=int, default=2)
    args = parser.parse_args()
    material, sentences = load_material(args.data, args.work), TextEncoder(args.work)
    prompts = [fill(DEFAULT_TEMPLATES, concept) for concept in BACKGROUND_CONCEPTS]
    features = sentences([prompt for group in prompts for prompt in group])
    features = features.reshape(len(prompts), -1, features.shape[-1])
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for fold in range(args.folds):
        held, (heads, _) = held_out(material, fold), load_heads(fold_file(args.work, fold))
        scale = load_heads(args.work / "heads.pt")[1] / 2
        rows, background = heads.pictures(material, AS_SHIPPED), heads.keywords(features)
        for source in SOURCES:
            chosen, label, classes = held_out_pictures(material, held, source)
            counts = np.bincount(label, minlength=label.max() + 1)
            classes = classes[counts[classes] >= LEAST_PICTURES]
            if not len(classes) or source == "emoji-3d":
                continue
            random = np.random.default_rng(SEED)
            classes = np.sort(random.permutation(classes)[:MOST])
            case = Case(rows[chosen], label, background, scale)
            words = keyword_rows(heads, material, classes)
            for number, word in zip(classes, words, strict=True):
                for name, value in case.together(word, number, random).items():
                    found[name][source].append(value)
            for name, value in case.apart(words, classes):
                found[name][source].append(value)
    print("| query | average precision |\n|---|---|")
    for name, sources in found.items():
        print(f"| {name} | {np.mean([np.mean(values) for values in sources.values()]):.3f} |")


class Case:
    """Pictures of one source, and a background to hold them against."""

    def __init__(
        self, rows: np.ndarray, label: np.ndarray, background: np.ndarray, scale: float
    ) -> None:
        self.rows, self.label = rows, label
        self.centre, self.usual = rows.mean(0), background.mean(0)
        cosines = rows @ background.T
        self.level = (logsumexp(scale * cosines, axis=1) - np.log(cosines.shape[1])) / scale

    def together(
        self, word: np.ndarray, number: int, random: np.random.Generator
    ) -> dict[str, float]:
        """Return the figure of each way to look for a class by its word and its pictures."""
        own = random.permutation(np.flatnonzero(self.label == number))
        left = np.ones(len(self.rows), bool)
        left[own[: max(EXAMPLES)]] = False
        truth, rows, level = self.label[left] == number, self.rows[left], self.level[left]
        said = rows @ word - level
        found = {"word: cosine": rows @ word, "word: score": said}
        for count in EXAMPLES:
            examples = unit(self.rows[own[:count]].mean(0))
            alike = rows @ examples
            away = unit(examples - self.centre)
            apart = rows @ away
            found[f"{count} pictures: cosine"] = alike
            found[f"{count} pictures: cosine with the largest"] = (
                rows @ self.rows[own[:count]].T
            ).max(1)
            found[f"{count} pictures: less their centre"] = apart
            found[f"{count} pictures: less the background's level"] = alike - level
            for share in SHARES:
                name = f"{count} pictures × {1 - share:g} + word × {share:g}: "
                found[name + "unit vectors"] = (1 - share) * alike + share * (rows @ word)
                found[name + "unit vectors, score"] = (1 - share) * alike + share * said
                found[name + "unit vectors less the background's level"] = (
                    (1 - share) * alike + share * (rows @ word) - level
                )
                centred = unit(word - self.usual)
                found[name + "each less its centre"] = (1 - share) * apart + share * rows @ centred
                ways = [(x - x.mean()) / x.std() for x in (alike, said)]
                found[name + "standard scores"] = (1 - share) * ways[0] + share * ways[1]
        return {name: average_precision_score(truth, value) for name, value in found.items()}

    def apart(self, words: np.ndarray, classes: np.ndarray) -> list[tuple[str, float]]:
        """Return the figures of ways to stay away from each class's nearest neighbour."""
        result: list[tuple[str, float]] = []
        alike = words @ words.T
        np.fill_diagonal(alike, -1)
        for number, word, near in zip(classes, words, alike.argmax(1), strict=True):
            other, pictures = words[near], np.flatnonzero(self.label == classes[near])
            some = unit(self.rows[pictures[:3]].mean(0))
            chosen = np.isin(self.label, (number, classes[near]))
            chosen[pictures[:3]] = False
            wide = np.ones(len(self.label), bool)
            wide[pictures[:3]] = False
            said = self.rows @ word - self.level
            shadows = {
                "word": self.rows @ other - self.level,
                "3 pictures": (self.rows - self.centre) @ unit(some - self.centre),
            }
            for what, shadow in shadows.items():
                ways = {"not said": said}
                for share in AWAY:
                    ways[f"less {share:g} × it"] = said - share * shadow
                    ways[f"less {share:g} × it, where above 0"] = said - share * np.maximum(
                        shadow, 0
                    )
                for name, value in ways.items():
                    for part, use in (("those two", chosen), ("all", wide)):
                        figure = average_precision_score(self.label[use] == number, value[use])
                        result.append((f"word, unlike {what}, {name}: among {part}", figure))
        return result


if __name__ == "__main__":
    main()
