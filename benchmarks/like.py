"""What examples beside the keyword bring: `relevance score --like` against words alone.

    python benchmarks/like.py --data ../shared/alignment [--draws 4]

Pictures of `unseen` classes of the alignment data's old sources, which the shipped encoder was
never fitted on, and of data/google_images. For each class and draw n examples are taken out, and
runs made of the rest: with three irrelevant pictures for each relevant one, with twenty, with
relevant pictures alone, and with none. Figures are means over classes, then over sources: average
precision, log loss, and share of wrong verdicts at 0.5. A last table has examples of the class
nearest by name as `--unlike`, in runs of the two classes and as many others.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score
from teaching import LEFT, SEED, Pictures, unseen_sources

from relevance.judging.examples import Judge, Wanted
from relevance.judging.scoring import probability, score_keyword
from relevance.judging.similarity import sigmoid

COUNTS = (1, 2, 4, 8)
RUNS = {"1 in 4": 3, "1 in 21": 20, "only relevant": 0, "none relevant": -1}
MOST = 40  # relevant pictures of a run
NONE = 60  # pictures of a run without relevant ones
Figures = tuple[float, float, float]


def main() -> None:
    """Print a table for examples, and one for examples of something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=4)
    options = parser.parse_args()
    found = defaultdict(lambda: defaultdict(list))
    away = defaultdict(lambda: defaultdict(list))
    for source, pictures in unseen_sources(options.data):
        random = np.random.default_rng(SEED)
        for name in pictures.words:
            for _ in range(options.draws):
                for key, figures in _with_examples(pictures, name, random):
                    found[key][source].append(figures)
                for key, figures in _with_unlike(pictures, name, random):
                    away[key][source].append(figures)
    print(
        "| run | examples | n | AP: words | like | log loss: words | like | wrong: words | like |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for key, sources in sorted(found.items(), key=lambda item: list(RUNS).index(item[0][0])):
        print(f"| {key[0]} | {key[1]} | {sum(map(len, sources.values()))} | {_shown(sources)} |")
    print(
        "\n| examples, unlike | n | AP: like | and unlike | log loss: like | and unlike |", end=""
    )
    print(" wrong: like | and unlike |\n|---|---|---|---|---|---|---|---|")
    for (count, others), sources in away.items():
        print(f"| {count}, {others} | {sum(map(len, sources.values()))} | {_shown(sources)} |")


def _with_examples(
    pictures: Pictures, name: str, random: np.random.Generator
) -> Iterator[tuple[tuple[str, int], tuple[Figures, Figures]]]:
    """Yield the figures of every run of a class, by words and with examples."""
    own = random.permutation(np.flatnonzero(pictures.label == name))
    others = random.permutation(np.flatnonzero(pictures.label != name))
    for count in COUNTS:
        examples, rest = own[:count], own[count : count + MOST]
        if len(rest) < LEFT:
            continue
        for kind, times in RUNS.items():
            if times * len(rest) > len(others):
                continue
            run = np.concatenate([rest, others[: times * len(rest)]])
            run = others[:NONE] if kind == "none relevant" else run
            truth = pictures.label[run] == name
            zero, chances = _by_words(pictures, name, run)
            judged = _by_both(pictures, name, run, examples, examples[:0])
            yield (
                (kind, count),
                (_figures(truth, zero, chances), _figures(truth, judged, sigmoid(judged))),
            )


def _with_unlike(
    pictures: Pictures, name: str, random: np.random.Generator
) -> Iterator[tuple[tuple[int, int], tuple[Figures, Figures]]]:
    """Yield the figures with examples, and with examples of the nearest other class too."""
    alike = {other: row @ pictures.words[name] for other, row in pictures.words.items()}
    near = max(alike.keys() - {name}, key=lambda other: alike[other])
    own = random.permutation(np.flatnonzero(pictures.label == name))
    nearest = random.permutation(np.flatnonzero(pictures.label == near))
    rest = random.permutation(np.flatnonzero(~np.isin(pictures.label, (name, near))))
    for count in (1, 3):
        if min(len(own), len(nearest)) < count + LEFT:
            continue
        some = own[count : count + MOST], nearest[count : count + MOST]
        run = np.concatenate([*some, rest[: len(some[0]) + len(some[1])]])
        truth = pictures.label[run] == name
        one = _by_both(pictures, name, run, own[:count], nearest[:0])
        both = _by_both(pictures, name, run, own[:count], nearest[:count])
        yield (
            (count, count),
            (_figures(truth, one, sigmoid(one)), _figures(truth, both, sigmoid(both))),
        )


def _by_words(pictures: Pictures, name: str, run: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = score_keyword(
        pictures.rows[run], pictures.words[name], pictures.background, pictures.info
    )
    return scores, probability(scores, len(pictures.background), pictures.info)


def _by_both(
    pictures: Pictures, name: str, run: np.ndarray, like: np.ndarray, unlike: np.ndarray
) -> np.ndarray:
    rows = pictures.rows
    wanted = Wanted(pictures.words[name], pictures.background, rows[like], rows[unlike])
    chances = _by_words(pictures, name, run)[1]
    return Judge.of(wanted, rows[run], chances).log_odds(rows[run])


def _figures(truth: np.ndarray, scores: np.ndarray, chances: np.ndarray) -> Figures:
    """Return average precision (NaN where all are alike), log loss and share of wrong verdicts."""
    is_telling = 0 < truth.sum() < len(truth)
    order = float(average_precision_score(truth, scores)) if is_telling else np.nan
    right = np.clip(np.where(truth, chances, 1 - chances), 1e-6, 1)
    return order, float(-np.log(right).mean()), float(((chances >= 0.5) != truth).mean())


def _shown(sources: dict[str, list[tuple[Figures, Figures]]]) -> str:
    means = np.mean([np.mean(values, axis=0) for values in sources.values()], axis=0)
    return " | ".join("" if np.isnan(value) else f"{value:.3f}" for value in means.T.ravel())


if __name__ == "__main__":
    main()
