"""What labelled pictures teach: learning curves of `relevance teach` against its alternatives.

    python benchmarks/teaching.py --data ../shared/alignment [--draws 20] [--picture teaching.svg]

Pictures of `unseen` classes of the alignment data's old sources, which the shipped encoder was
never fitted on, and of data/google_images. For each class and each draw, n relevant and n
irrelevant pictures are labelled; all others are judged. Figures are means over classes, then over
sources, with the 95 % interval of the mean over classes and draws. A second table teaches nuts
from data/examples and judges them on data/google_images.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from teaching_ways import TAUGHT, WORDS, Drawn, ways
from unseen import unseen_pictures

import relevance
from relevance.embedding.cache import EncoderView, open_cache
from relevance.embedding.embeddings import embed_concepts, embed_images
from relevance.encoders.base import unit_rows
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill
from relevance.judging.teaching.probe import around
from relevance.pictures.folders import ImageRef, find_images
from relevance.pictures.reading import READING

COUNTS = (0, 1, 2, 4, 8, 16, 32)
LEFT = 4  # relevant pictures at least that are judged
FIGURES = ("ROC AUC", "average precision", "log loss", "Brier score")
NUTS = ("almonds", "walnuts", "pecans")
WORSE = 0.01  # of ROC AUC below words that counts as worse
SEED = 0
DATA = Path(__file__).parents[1] / "data"


def main() -> None:
    """Print a table for each figure, and draw one if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    found = pd.DataFrame(_measured(options.data, options.draws))
    for name in FIGURES:
        _print_table(name, _table(found, name))
    _print_worse(found)
    nuts = found[found["class"].isin(NUTS) & (found["source"] == "samples")]
    for nut, own in nuts.groupby("class"):
        _print_table(f"{nut} within data/google_images, ROC AUC", _table(own, "ROC AUC"))
    across = pd.DataFrame(_across(options.draws))
    _print_table("almonds, from data/examples, ROC AUC", _table(across, "ROC AUC"))
    if options.picture:
        _draw(_table(found, "average precision"), options.picture)


def _measured(data: Path, draws: int) -> Iterator[dict]:
    """Yield the figures of each way, class, number of examples and draw."""
    everything = defaultdict(list)
    for source, pictures in unseen_sources(data):
        for name in pictures.words:
            truth = pictures.label == name
            everything[source].append(_with_all(pictures, truth))
            rng = np.random.default_rng(SEED)
            for count in COUNTS:
                if truth.sum() < count + LEFT or (~truth).sum() < count + LEFT:
                    continue
                for draw in range(draws if count else 1):
                    chosen = _drawn(rng, truth, count)
                    judged = np.setdiff1d(np.arange(len(truth)), chosen)
                    facts = {"source": source, "class": name, "count": count, "draw": draw}
                    for row in _judged(pictures, name, chosen, pictures, judged):
                        yield facts | row
    for source, values in everything.items():
        mean = np.mean(values)
        print(f"{source}: {len(values)} classes, linear probe with all: ROC AUC {mean:.3f}")


def _drawn(rng: np.random.Generator, truth: np.ndarray, count: int) -> np.ndarray:
    parts = [rng.permutation(np.flatnonzero(kind))[:count] for kind in (truth, ~truth)]
    return np.concatenate(parts)


class Pictures:
    """Embeddings of a source's pictures, and of its classes' names."""

    def __init__(self, refs: list[ImageRef], names: tuple[str, ...] = ()) -> None:
        encoder = relevance.load_encoder("compact")
        view = EncoderView(open_cache(), encoder.info, READING)
        self.rows = unit_rows(embed_images(refs, encoder, cache=view).vectors.astype(np.float32))
        self.label = np.array([ref.folder for ref in refs])
        labels, counts = np.unique(self.label, return_counts=True)
        known = names or tuple(str(name) for name in labels[counts > LEFT])
        prompts = [fill(DEFAULT_TEMPLATES, text) for text in (*known, *BACKGROUND_CONCEPTS)]
        texts = embed_concepts(prompts, encoder, cache=view)
        self.words = dict(zip(known, texts[: len(known)], strict=True))
        self.background, self.info = texts[len(known) :], encoder.info
        self.centre, self.spread = around(self.rows)


def unseen_sources(data: Path) -> Iterator[tuple[str, Pictures]]:
    """Yield the unseen classes of each old source, and the sample pictures."""
    with unseen_pictures(data) as found:
        for source, refs in found.items():
            pictures = Pictures(refs)
            if len(pictures.words) > 1:
                yield source, pictures
    yield "samples", Pictures(list(find_images([DATA / "google_images"]).refs))


def _judged(  # noqa: ANN202
    pictures: Pictures, name: str, chosen: np.ndarray, others: Pictures, judged: np.ndarray
):
    """Yield the figures of each way that learnt ``chosen`` of pictures, on some of others."""
    both = [pictures.rows] if others is pictures else [pictures.rows, others.rows]
    shift = 0 if others is pictures else len(pictures.rows)
    drawn = Drawn(
        np.concatenate(both),
        pictures.words[name],
        pictures.background,
        pictures.info,
        pictures.centre,
        pictures.spread,
        chosen,
        np.arange(len(chosen)) < len(chosen) // 2,
    )
    truth = others.label[judged] == name
    for way, scores, chances in ways(drawn):
        row = {
            "way": way,
            "ROC AUC": roc_auc_score(truth, scores[judged + shift]),
            "average precision": average_precision_score(truth, scores[judged + shift]),
        }
        if chances is not None:
            row["log loss"] = log_loss(truth, chances[judged + shift])
            row["Brier score"] = brier_score_loss(truth, chances[judged + shift])
        yield row


def _with_all(pictures: Pictures, truth: np.ndarray) -> float:
    """Return the ROC AUC of a logistic regression that has seen four fifths of all pictures."""
    apart = (pictures.rows - pictures.centre) / pictures.spread
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    model = LogisticRegression(C=1.0, max_iter=2000)
    scores = cross_val_predict(model, apart, truth, cv=folds, method="decision_function")
    return float(roc_auc_score(truth, scores))


def _across(draws: int) -> Iterator[dict]:
    """Yield figures of almonds that were learnt from data/examples, on data/google_images."""
    examples = Pictures(list(find_images([DATA / "examples"]).refs), ("almonds",))
    others = Pictures(list(find_images([DATA / "google_images"]).refs))
    truth = examples.label == "Relevant"
    rng = np.random.default_rng(SEED)
    for count in (0, 1, 2, 4, 8):
        for draw in range(draws if count else 1):
            chosen = _drawn(rng, truth, count)
            facts = {"source": "examples", "class": "almonds", "count": count, "draw": draw}
            for row in _judged(examples, "almonds", chosen, others, np.arange(len(others.label))):
                yield facts | row


def _table(found: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return (mean, half of its interval) by way and number of examples."""
    known = found.dropna(subset=figure)
    groups = known.groupby(["way", "count"], sort=False)
    means = known.groupby(["way", "count", "source"])[figure].mean().groupby(["way", "count"])
    half = 1.96 * groups[figure].std(ddof=0) / np.sqrt(groups[figure].count())
    both = pd.DataFrame({"mean": means.mean(), "half": half}).apply(tuple, axis=1).unstack()
    ways_known = [way for way in known["way"].unique() if way != TAUGHT]
    return both.reindex(index=[*ways_known, TAUGHT], columns=COUNTS)


def _print_table(name: str, table: pd.DataFrame) -> None:
    print(f"\n| {name} | {' | '.join(map(str, COUNTS))} |\n|---|{'---|' * len(COUNTS)}")
    for way, values in table.iterrows():
        shown = f"**{way}**" if way == TAUGHT else way
        print(f"| {shown} | {' | '.join(map(_shown, values))} |")


def _print_worse(found: pd.DataFrame) -> None:
    """Print how often a lesson is worse than words, and how many classes there are."""
    keys = ["source", "class", "count", "draw"]
    auc = found.pivot(index=keys, columns="way", values="ROC AUC")
    worse = (auc[TAUGHT] < auc[WORDS] - WORSE).groupby("count").mean()
    classes = auc.reset_index().groupby(["count", "source"])["class"].nunique().unstack()
    print(f"\nshare of draws that end more than {WORSE} below words, and classes:")
    print(classes.assign(worse=worse.round(3)))


def _shown(value: object) -> str:
    return f"{value[0]:.3f} ± {value[1]:.3f}" if isinstance(value, tuple) else ""


def _draw(table: pd.DataFrame, path: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for way, values in table.iterrows():
        known = {count: value for count, value in values.items() if isinstance(value, tuple)}
        style = {"linewidth": 2.6} if way == TAUGHT else {"linewidth": 1.2}
        axes.errorbar(
            [max(count, 0.5) for count in known],
            [mean for mean, _ in known.values()],
            [width for _, width in known.values()],
            label=way,
            capsize=2,
            **style,
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks([0.5, *COUNTS[1:]], ["0", *map(str, COUNTS[1:])])
    axes.set_xlabel("labelled pictures of each kind")
    axes.set_ylabel("average precision on the others")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


if __name__ == "__main__":
    main()
