"""What templates, background concepts and corrections are worth, each against doing without.

Run: PYTHONPATH=.. python ablation.py [--data FOLDER] [--work FOLDER] [--on PART ...]
Choices are made on `validation` alone: classes held out of the train split, through heads that did
not see them (four folds). `unseen` and `samples` (the product's own pictures) go through the
shipped encoder and are measured once choices are made. `skewed` is validation with the pictures
thinned until one class makes up 60 %, which is what a folder mostly of one product looks like.
Benchmarks' README has the tables.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common import HERE, LATER, SEED, arguments, concept_rows, picture_folder, read_pairs
from features import AS_SHIPPED
from heads import Heads, fold_file, load_heads
from material import N_FOLDS, Material, held_out, load_material
from names import plural, singular
from scipy.special import logsumexp
from texts import TextEncoder
from validate import SOURCES, held_out_pictures

import relevance
from relevance.embedding.cache import EncoderView, open_cache
from relevance.embedding.embeddings import embed_images
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, without_keyword
from relevance.pictures.folders import ImageRef, find_images
from relevance.pictures.reading import READING

Embed = Callable[[list[str]], np.ndarray]
Rank = Callable[["Cosines"], np.ndarray]
MOST = 60  # keywords of a source and fold
SHARE = 3  # irrelevant pictures for each relevant one, where verdicts are judged on fewer
TEMPLATES = {
    "the keyword alone": ("{}",),
    "one template": ("a photo of {}",),
    "three templates (default)": DEFAULT_TEMPLATES,
    "the keyword and three templates": ("{}", *DEFAULT_TEMPLATES),
    "ten templates": (
        *DEFAULT_TEMPLATES,
        "a photo of {} on a white background",
        "a photo of many {}",
        "a bright photo of {}",
        "a cropped photo of {}",
        "a good photo of {}",
        "a packshot of {}",
        "{} for sale",
    ),
    "CLIP's seven best": (
        "itap of a {}.",
        "a bad photo of the {}.",
        "a origami {}.",
        "a photo of the large {}.",
        "a {} in a video game.",
        "art of the {}.",
        "a photo of the small {}.",
    ),
}


@dataclass(frozen=True)
class Case:
    """Pictures of one source, and the keywords they are held against.

    Attributes:
        source: Its name; figures are averaged within a source, then over sources.
        rows: ``(n, dim)`` picture embeddings.
        label: ``(n,)`` name of each picture's class.
        classes: Names of the classes that are keywords.
        words: Those classes as keywords.
        embed: Texts to embeddings.
        scale: Logit scale.
    """

    source: str
    rows: np.ndarray
    label: np.ndarray
    classes: list[str]
    words: list[str]
    embed: Embed
    scale: float

    def concepts(self, words: list[str], templates: tuple[str, ...]) -> np.ndarray:
        """Return unit means ``(n_words, dim)`` over the templates."""
        return concept_rows(self.embed, words, templates)


@dataclass(frozen=True)
class Cosines:
    """Cosines of n pictures with m keywords ``(n, m)`` and with b background concepts ``(n, b)``.

    ``apart`` is bool ``(m, b)``: the concept does not say the keyword.
    """

    own: np.ndarray
    background: np.ndarray
    apart: np.ndarray
    scale: float

    def against(self, pool: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Pool the background of each keyword: ``(n, m)``."""
        result = np.empty_like(self.own)
        for mask in np.unique(self.apart, axis=0):
            same = (self.apart == mask).all(1)
            result[:, same] = pool(self.background[:, mask])[:, None]
        return result


def background_neighbours(share: float, k: int) -> Rank:
    """Nearest-neighbour normalisation of pictures: their k best background cosines count off."""
    return lambda cosines: (
        cosines.own - share * cosines.against(lambda b: np.sort(b, 1)[:, -k:].mean(1))
    )


def picture_neighbours(share: float, part: float) -> Rank:
    """The same of keywords: their best cosines with this part of the pictures count off."""

    def rank(cosines: Cosines) -> np.ndarray:
        k = max(1, round(part * len(cosines.own)))
        return cosines.own - share * np.sort(cosines.own, 0)[-k:].mean(0)

    return rank


def inverted_softmax(cosines: Cosines) -> np.ndarray:
    """Softmax of each keyword over the pictures (Smith et al. 2017)."""
    return cosines.scale * cosines.own - logsumexp(cosines.scale * cosines.own, axis=0)


def above_background(order: float, share: float = 1) -> Rank:
    """Cosine less the background's level, its power mean of an order (0: its mean)."""

    def level(scale: float, cosines: np.ndarray) -> np.ndarray:
        if not scale:
            return cosines.mean(1)
        return (logsumexp(scale * cosines, axis=1) - np.log(cosines.shape[1])) / scale

    return lambda cosines: (
        cosines.own - share * cosines.against(functools.partial(level, order * cosines.scale))
    )


def log_odds(order: float, power: float) -> Rank:
    """Log odds of the keyword, with prior odds of 1 to the number of concepts to a power."""
    signal = above_background(order)
    return lambda cosines: cosines.scale * signal(cosines) - power * np.log(cosines.apart.sum(1))


ORDERS = (1.0, 0.5, 0.25, 0.0)
PRIORS = {"1 : √n": 1 / 2, "1 : n^⅔": 2 / 3, "1 : n": 1.0}
RANKINGS: dict[str, Rank] = {
    "cosine": lambda cosines: cosines.own,
    **{f"cosine less power mean of order {order:g}": above_background(order) for order in ORDERS},
    "cosine less half the mean cosine": above_background(0, 0.5),
    "cosine less half the power mean of order 1": above_background(1, 0.5),
    "cosine less the best background concept": background_neighbours(1, 1),
    "NNN over the background, 0.25 × best 1": background_neighbours(0.25, 1),
    "NNN over the background, 0.5 × best 4": background_neighbours(0.5, 4),
}
ACROSS: dict[str, Rank] = {
    "cosine (default)": lambda cosines: cosines.own,
    "inverted softmax over the pictures": inverted_softmax,
    "NNN over the pictures, 0.5 × best tenth": picture_neighbours(0.5, 0.1),
    "NNN over the pictures, 0.5 × all": picture_neighbours(0.5, 1),
    "NNN over the pictures, 1 × best tenth": picture_neighbours(1, 0.1),
}
VERDICTS: dict[str, Rank] = {
    f"order {order:g}, prior odds {name}": log_odds(order, power)
    for order in ORDERS
    for name, power in PRIORS.items()
}


def validation(data: Path, work: Path) -> Iterator[Case]:
    """Yield held-out classes of the train split, through heads that did not see them."""
    material, scale = load_material(data, work), load_heads(work / "heads.pt")[1]
    sentences = _Sentences(work)
    for fold in range(N_FOLDS):
        held = held_out(material, fold)
        heads, _ = load_heads(fold_file(work, fold))
        embed = functools.partial(sentences.through, heads)
        rows = heads.pictures(material, AS_SHIPPED)
        for source in SOURCES:
            yield _held_out_case(material, held, rows, source, embed, scale)


class _Sentences:
    """Sentence features, each text encoded once over all folds."""

    def __init__(self, work: Path) -> None:
        self.encoder = TextEncoder(work)
        self.known: dict[str, np.ndarray] = {}

    def through(self, heads: Heads, texts: list[str]) -> np.ndarray:
        """Return the heads' rows for texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known |= dict(zip(new, self.encoder(new), strict=True))
        return heads.texts(np.stack([self.known[text] for text in texts]))


def _held_out_case(
    material: Material,
    held: np.ndarray,
    rows: np.ndarray,
    source: str,
    embed: Embed,
    scale: float,
) -> Case:
    chosen, label, classes = held_out_pictures(material, held, source)
    if len(classes) > MOST:
        classes = np.sort(np.random.default_rng(SEED).choice(classes, MOST, replace=False))
    names = [str(material.names[material.first[number]]) for number in classes]
    words = [(singular, plural)[i % 2](name) for i, name in enumerate(names)]
    return Case(source, rows[chosen], label, list(classes), words, embed, scale)


def unseen(data: Path, work: Path) -> Iterator[Case]:
    """Yield the old sources' unseen split through the shipped encoder."""
    pairs = read_pairs(data)
    pairs = pairs[(pairs["split"] == "unseen") & ~pairs["dataset"].isin(LATER)]
    folder = picture_folder(data, work)
    for source, part in pairs.groupby("dataset"):
        refs = [ImageRef(str(folder / path), text) for path, text in part[["path", "text"]].values]
        yield _shipped_case(str(source), refs)


def samples(data: Path, work: Path) -> Iterator[Case]:
    """Yield the product's own pictures: ten categories, and almonds among others."""
    pictures = HERE.parent / "data"
    yield _shipped_case("google_images", find_images([pictures / "google_images"]).refs)
    case = _shipped_case("examples", find_images([pictures / "examples"]).refs)
    yield replace(case, classes=["Relevant"], words=["almonds"])


def _shipped_case(source: str, refs: list[ImageRef]) -> Case:
    encoder = relevance.load_encoder("compact")
    view = EncoderView(open_cache(), encoder.info, READING)
    rows = embed_images(refs, encoder, cache=view).vectors.astype(np.float32)
    label = np.array([ref.folder for ref in refs])
    names = sorted(set(label))
    embed, scale = encoder.encode_texts, encoder.info.logit_scale
    return Case(source, rows, label, names, names, embed, scale)


def skewed(data: Path, work: Path) -> Iterator[Case]:
    """Yield validation cases in which one class makes up 60 % of the pictures."""
    rng = np.random.default_rng(SEED)
    for case in validation(data, work):
        label = case.label
        names, counts = np.unique(label[np.isin(label, case.classes)], return_counts=True)
        if counts.max() < 15 or len(names) < 2:
            continue
        big = names[counts.argmax()]
        others = max(1, round(counts.max() * 0.4 / 0.6 / (len(names) - 1)))
        kept = [np.flatnonzero(label == big)]
        kept += [rng.permutation(np.flatnonzero(label == n))[:others] for n in names if n != big]
        chosen = np.concatenate(kept)
        yield replace(case, rows=case.rows[chosen], label=label[chosen])


PARTS = {"validation": validation, "skewed": skewed, "unseen": unseen, "samples": samples}


@functools.cache
def _apart(word: str) -> np.ndarray:
    return np.isin(BACKGROUND_CONCEPTS, without_keyword(BACKGROUND_CONCEPTS, word))


def cosines_of(case: Case, templates: tuple[str, ...]) -> Cosines:
    """Hold a case's pictures against its keywords and the background."""
    own = case.rows @ case.concepts(case.words, templates).T
    background = case.rows @ case.concepts(list(BACKGROUND_CONCEPTS), templates).T
    return Cosines(own, background, np.array([_apart(word) for word in case.words]), case.scale)


def ranking(case: Case, score: np.ndarray) -> list[float]:
    """Mean ROC AUC and average precision over the keywords, and top-1 over the pictures."""
    truth = case.label[:, None] == np.array(case.classes)
    order = np.argsort(-score, 0, kind="stable")
    ranked = np.take_along_axis(truth, order, 0)
    place, n = np.arange(len(truth))[:, None], truth.sum(0)
    auc = 1 - ((ranked * place).sum(0) - n * (n - 1) / 2) / (n * (len(truth) - n))
    precision = ((ranked.cumsum(0) / (place + 1)) * ranked).sum(0) / n
    known = truth.any(1)
    top = truth[known][np.arange(known.sum()), score[known].argmax(1)].mean()
    return [float(auc.mean()), float(precision.mean()), float(top)]


def verdicts(case: Case, odds: np.ndarray) -> list[float]:
    """F1 at one half, log loss and share of wrong verdicts: at one relevant in four, and of all."""
    truth = case.label[:, None] == np.array(case.classes)
    rng = np.random.default_rng(SEED)
    figures = []
    for column, kind in enumerate(truth.T):
        hits, misses = np.flatnonzero(kind), np.flatnonzero(~kind)
        few = rng.choice(misses, min(len(misses), SHARE * len(hits)), replace=False)
        parts = (np.concatenate([hits, few]), np.arange(len(kind)))
        figures.append([f for rows in parts for f in _figures(kind[rows], odds[rows, column])])
    return list(np.mean(figures, 0))


def _figures(kind: np.ndarray, odds: np.ndarray) -> tuple[float, float, float]:
    said = odds >= 0
    f1 = 2 * (said & kind).sum() / max(1, said.sum() + kind.sum())
    return f1, np.logaddexp(0, np.where(kind, -odds, odds)).mean(), (said != kind).mean()


def mean_over_sources(cases: list[Case], figures: list[list[float]]) -> list[float]:
    """Average within each source, then over the sources."""
    sources = np.array([case.source for case in cases])
    table = np.array(figures)
    return list(np.mean([table[sources == source].mean(0) for source in dict.fromkeys(sources)], 0))


def show(title: str, head: str, lines: dict[str, list[float]]) -> None:
    """Print a Markdown table."""
    columns = head.count("|") + 1
    print(f"\n| {title} | {head} |\n|---|{'---|' * columns}")
    for name, values in lines.items():
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |", flush=True)


def report(cases: list[Case]) -> None:
    """Print every table for one part."""
    by_templates = {
        name: [ranking(case, cosines_of(case, templates).own) for case in cases]
        for name, templates in TEMPLATES.items()
    }
    head = "ROC AUC | average precision | top-1"
    show("prompts", head, {n: mean_over_sources(cases, f) for n, f in by_templates.items()})
    held = [cosines_of(case, DEFAULT_TEMPLATES) for case in cases]
    for title, ways in (("order for one keyword", RANKINGS), ("many keywords", ACROSS)):
        lines = {
            name: mean_over_sources(
                cases, [ranking(case, rank(c)) for case, c in zip(cases, held, strict=True)]
            )
            for name, rank in ways.items()
        }
        show(title, head, lines)
    lines = {
        name: mean_over_sources(
            cases, [verdicts(case, rank(c)) for case, c in zip(cases, held, strict=True)]
        )
        for name, rank in VERDICTS.items()
    }
    show("signal", "F1, 1 in 4 | log loss | wrong | F1, all | log loss | wrong", lines)


def main() -> None:
    """Print the tables of the parts asked for."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--on", nargs="+", choices=PARTS, default=["validation", "skewed"])
    args = parser.parse_args()
    for part in args.on:
        cases = list(PARTS[part](args.data, args.work))
        pictures = sum(len(case.label) for case in cases)
        print(f"\n### {part}: {pictures} pictures, {sum(len(c.words) for c in cases)} keywords")
        report(cases)


if __name__ == "__main__":
    main()
