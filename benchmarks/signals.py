"""Which signal orders pictures best, and which prior its verdicts should rest on.

``python benchmarks/signals.py PAIRS PICTURES``: PAIRS is a CSV file with the columns path, text,
dataset and split; PICTURES is the folder that its paths start from. Rows of the split "train" of
sources that the shipped encoder has not seen are taken. Each text with five pictures or more, and
each last word that three texts share, is a keyword, and all other pictures of its source are
irrelevant. Vectors come from the user's cache where it has them. Figures are means over keywords,
then over sets.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from relevance import load_encoder
from relevance.embedding.embeddings import embed_concepts, embed_images
from relevance.embedding.encoding import cache_of
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill, without_keyword
from relevance.judging.settings import Settings
from relevance.judging.similarity import cosine
from relevance.pictures.folders import ImageRef

SOURCES = ("electronics", "emoji", "fashion", "foodish", "imagen", "objects", "products")
ORDERS = (1.0, 0.5, 0.25, 0.0)  # of the power mean over the background
SHARE = 3  # irrelevant pictures for each relevant one, where verdicts are judged on fewer

Signal = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Task:
    """A keyword over the pictures of a source: cosines with it and with its background."""

    group: str
    truth: np.ndarray
    own: np.ndarray
    others: np.ndarray


def main() -> None:
    """Print both tables."""
    encoder = load_encoder("compact")
    scale = encoder.info.logit_scale
    tasks = list(_tasks(*map(Path, sys.argv[1:])))
    groups = len({task.group for task in tasks})
    print(f"{len(tasks)} keywords in {groups} sets, logit scale {scale:.1f}\n")
    signals = _signals(scale)
    print("| signal | ROC AUC | AP |\n|---|---|---|")
    for name, signal in signals.items():
        found = _mean(tasks, lambda task, signal=signal: _order(task, signal))
        print(f"| {name} | {found[0]:.3f} | {found[1]:.3f} |", flush=True)
    few = list(_thinned(tasks))
    print(
        "\n| signal | prior odds | F1, 1 in 4 | log loss | wrong | F1, all | log loss | wrong |\n"
        + "|---" * 8
        + "|"
    )
    for order in ORDERS:
        name = _named(order)
        for odds, power in (("1 : √n", 1 / 2), ("1 : n^⅔", 2 / 3), ("1 : n", 1.0)):
            figures = [
                _mean(part, lambda task, n=name, p=power: _verdicts(task, signals[n], scale, p))
                for part in (few, tasks)
            ]
            cells = " | ".join(f"{value:.3f}" for pair in figures for value in pair)
            print(f"| {name} | {odds} | {cells} |", flush=True)


def _named(order: float) -> str:
    return f"cosine less power mean of order {order:g}"


def _signals(scale: float) -> dict[str, Signal]:
    def above(order: float, share: float = 1.0) -> Signal:
        return lambda own, others: own - share * _level(others, order * scale)

    return {
        "cosine": lambda own, others: own,
        **{_named(order): above(order) for order in ORDERS},
        "cosine less half the mean cosine": above(0, 0.5),
        "cosine less half the power mean of order 1": above(1, 0.5),
        "cosine less the best background concept": lambda own, others: own - others.max(axis=1),
    }


def _level(others: np.ndarray, scale: float) -> np.ndarray:
    if not scale:
        return others.mean(axis=1)
    return np.log(np.exp(scale * others).mean(axis=1)) / scale


def _tasks(pairs: Path, root: Path) -> Iterator[Task]:
    rows: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with pairs.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            source = row["dataset"].partition("-")[0]
            if row["split"] == "train" and source in SOURCES:
                rows[source].append((row["text"], row["path"]))
    encoder = load_encoder("compact")
    with cache_of(encoder, Settings()) as cache:
        prompts = [fill(DEFAULT_TEMPLATES, concept) for concept in BACKGROUND_CONCEPTS]
        background = embed_concepts(prompts, encoder, cache=cache)
        for source, used in rows.items():
            refs = [ImageRef(str(root / path), source) for _, path in used]
            pictures = embed_images(refs, encoder, cache=cache)
            sound = np.array([not reason for reason in pictures.reasons])
            texts = np.array([text for text, _ in used])[sound]
            vectors = pictures.vectors[sound]
            others = cosine(vectors, background).astype(float)
            keywords = list(_keywords(source, texts))
            if not keywords:
                continue
            prompts = [fill(DEFAULT_TEMPLATES, keyword) for _, keyword, _ in keywords]
            own = cosine(vectors, embed_concepts(prompts, encoder, cache=cache)).astype(float)
            for number, (group, keyword, truth) in enumerate(keywords):
                kept = without_keyword(BACKGROUND_CONCEPTS, keyword)
                columns = [BACKGROUND_CONCEPTS.index(concept) for concept in kept]
                yield Task(group, truth, own[:, number], others[:, columns])


def _keywords(source: str, texts: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield set, keyword and truth: texts by themselves, and families by their last word."""
    counts = Counter(texts.tolist())
    families: defaultdict[str, list[str]] = defaultdict(list)
    for text, count in counts.items():
        families[text.split()[-1]].append(text)
        if 5 <= count <= len(texts) / 3:
            yield source, text, texts == text
    for word, members in families.items():
        truth = np.isin(texts, members)
        if len(members) >= 3 and 10 <= truth.sum() <= len(texts) / 3:
            yield f"{source}, families", word, truth


def _thinned(tasks: list[Task]) -> Iterator[Task]:
    """Keep three irrelevant pictures for each relevant one."""
    rng = np.random.default_rng(1)
    for task in tasks:
        hits, misses = np.flatnonzero(task.truth), np.flatnonzero(~task.truth)
        drawn = rng.choice(misses, min(len(misses), SHARE * len(hits)), replace=False)
        rows = np.concatenate([hits, drawn])
        yield Task(task.group, task.truth[rows], task.own[rows], task.others[rows])


def _order(task: Task, signal: Signal) -> tuple[float, float]:
    values = signal(task.own, task.others)
    return roc_auc_score(task.truth, values), average_precision_score(task.truth, values)


def _verdicts(task: Task, signal: Signal, scale: float, power: float) -> tuple[float, ...]:
    """F1 at one half, log loss and share of wrong verdicts.

    Prior odds are 1 to the number of concepts to a power.
    """
    logits = scale * signal(task.own, task.others) - power * np.log(task.others.shape[1])
    said = logits >= 0
    f1 = 2 * (said & task.truth).sum() / max(1, said.sum() + task.truth.sum())
    loss = np.logaddexp(0, np.where(task.truth, -logits, logits)).mean()
    return f1, loss, (said != task.truth).mean()


def _mean(tasks: list[Task], figures: Callable[[Task], tuple[float, ...]]) -> np.ndarray:
    by_group: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for task in tasks:
        by_group[task.group].append(figures(task))
    return np.mean([np.mean(found, axis=0) for found in by_group.values()], axis=0)


if __name__ == "__main__":
    main()
