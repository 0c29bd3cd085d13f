"""Two encoders on pictures that neither learnt from: what each says, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.embedding.embeddings import embed_concepts
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray, IntArray
from relevance.judging.metrics import Floats
from relevance.judging.paired import Answers, Gain, Truth, figures_of, gains
from relevance.judging.prompts import (
    BACKGROUND_CONCEPTS,
    DEFAULT_TEMPLATES,
    fill,
    sharing_background,
)
from relevance.judging.scoring import score_of

CUTOFF = 10
_AS_IT_IS = ("{}",)
_LEAST_CHANGE = 0.0005  # in cosine; less is written as 0


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Pictures of one part of a collection, and the keywords that are asked of them.

    Attributes:
        rows: ``(n,)``, the numbers of the pictures.
        keywords: m texts, each with a picture at least.
        own: ``(n,)``, the number of each picture's keyword.
        trained: ``(m,)`` whether the model was tuned on the keyword.
        copies: ``(n,)``, equal for near copies.
        is_captions: Whether texts are captions, which stand for themselves.
        together: Whether keywords that were tuned on and others are measured as one.
    """

    rows: IntArray
    keywords: tuple[str, ...]
    own: IntArray
    trained: np.ndarray[tuple[int], np.dtype[np.bool_]]
    copies: IntArray
    is_captions: bool
    together: bool

    def truth(self, *, trained: bool) -> Truth | None:
        """Return what is so of the keywords that were tuned on, or of the others.

        None where there is no such keyword, or no second keyword that gives it other pictures.
        """
        numbers = np.flatnonzero((self.trained | self.together) == trained)
        if not len(numbers) or len(self.keywords) < 2:
            return None
        return Truth(self.own, numbers, self.copies, min(CUTOFF, len(self.rows)))


def pool_of(
    rows: IntArray,
    texts: Sequence[str],
    groups: IntArray,
    trained: frozenset[str],
    *,
    is_captions: bool,
    together: bool,
) -> Pool:
    """Put pictures together; ``texts`` and ``groups`` are those of all, ``rows`` says which."""
    named = [texts[row] for row in rows.tolist()]
    keywords = tuple(dict.fromkeys(named))
    number = {keyword: at for at, keyword in enumerate(keywords)}
    return Pool(
        rows=rows,
        keywords=keywords,
        own=np.array([number[text] for text in named], dtype=np.int64),
        trained=np.array([keyword in trained for keyword in keywords], dtype=bool),
        copies=groups[rows],
        is_captions=is_captions,
        together=together,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What an encoder says of a pool.

    Attributes:
        cosines: ``(n, m)`` of pictures with keywords.
        answers: Scores as ``score`` has them (of captions the cosines), and each picture's
            likeliest keyword, by cosine.
    """

    cosines: FloatArray
    answers: Answers


def ask(encoder: Encoder, pool: Pool, vectors: FloatArray) -> Said:
    """Hold the vectors of a pool's pictures, ``(n, dim)``, against its keywords."""
    templates = _AS_IT_IS if pool.is_captions else DEFAULT_TEMPLATES
    rows = embed_concepts([fill(templates, keyword) for keyword in pool.keywords], encoder)
    cosines = cosine(vectors, rows)
    scores = (
        cosines.astype(np.float64) if pool.is_captions else _scores(encoder, pool, cosines, vectors)
    )
    return Said(cosines, Answers(scores, cosines.argmax(axis=1).astype(np.int64)))


def _scores(encoder: Encoder, pool: Pool, cosines: FloatArray, vectors: FloatArray) -> Floats:
    prompts = [fill(DEFAULT_TEMPLATES, concept) for concept in BACKGROUND_CONCEPTS]
    background = cosine(vectors, embed_concepts(prompts, encoder))
    scores: Floats = np.empty(cosines.shape)
    for keywords, concepts in sharing_background(pool.keywords, BACKGROUND_CONCEPTS):
        scores[:, keywords] = score_of(cosines[:, keywords], background[:, concepts], encoder.info)
    return scores


def figure_of(pools: Sequence[tuple[Pool, Said]]) -> float:
    """Return the one figure by which the share is chosen, higher is better.

    Average precision and top-1, both as means over keywords, of the keywords that are tuned on and,
    with the same weight, of the others.
    """
    parts: list[float] = []
    for trained in (True, False):
        found = [
            figures_of(truth, said.answers)
            for pool, said in pools
            if (truth := pool.truth(trained=trained))
        ]
        if found:
            parts.append(
                float(
                    np.mean(
                        [
                            np.concatenate([figures[name] for figures in found]).mean()
                            for name in ("average_precision", "top_1")
                        ]
                    )
                )
            )
    return float(np.mean(parts)) if parts else 0.0


@dataclass(frozen=True, slots=True)
class KeywordChange:
    """Figures of one keyword before and after."""

    keyword: str
    trained: bool
    n_pictures: int
    before: Mapping[str, float]
    after: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Keywords of one kind, on held-out pictures.

    Attributes:
        name: "tuned", "not tuned" of the same collection, "elsewhere" of another one; of a table
            "captions", most of which no training picture has.
        n_keywords: How many.
        n_pictures: Pictures of these keywords.
        n_others: Pictures of other keywords that they are told from.
        cutoff: How many of the best precision, recall and nDCG are of.
        figures: By name; see ``judging.paired.FIGURES``.
    """

    name: str
    n_keywords: int
    n_pictures: int
    n_others: int
    cutoff: int
    figures: Mapping[str, Gain]


def measure(name: str, pool: Pool, before: Said, after: Said, *, trained: bool) -> Measured | None:
    """Hold two encoders' answers against what is so; None where there is nothing to measure."""
    truth = pool.truth(trained=trained)
    if truth is None:
        return None
    n_pictures = int(truth.measured.sum())
    return Measured(
        name=name,
        n_keywords=len(truth.keywords),
        n_pictures=n_pictures,
        n_others=len(pool.rows) - n_pictures,
        cutoff=truth.cutoff,
        figures=gains(truth, before.answers, after.answers),
    )


def by_keyword(pool: Pool, before: Said, after: Said) -> list[KeywordChange]:
    """Return figures of each keyword."""
    if len(pool.keywords) < 2:
        return []
    everything = Truth(
        pool.own, np.arange(len(pool.keywords)), pool.copies, min(CUTOFF, len(pool.rows))
    )
    figures = [figures_of(everything, said.answers) for said in (before, after)]
    return [
        KeywordChange(
            keyword,
            bool(pool.trained[at]),
            int((pool.own == at).sum()),
            *({name: float(values[at]) for name, values in found.items()} for found in figures),
        )
        for at, keyword in enumerate(pool.keywords)
    ]


@dataclass(frozen=True, slots=True)
class Changed:
    """A held-out picture of which the two encoders think differently.

    Attributes:
        row: Its number.
        keyword: Its own.
        before: The likeliest keyword before.
        after: The likeliest one now.
        change: How much the lead of its own keyword before the likeliest other one rose, in cosine.
    """

    row: int
    keyword: str
    before: str
    after: str
    change: float


def most_changed(pool: Pool, before: Said, after: Said, most: int) -> list[Changed]:
    """Return the pictures whose own keyword rose or fell most, both kinds, the largest first."""
    if len(pool.keywords) < 2:
        return []
    rise = _leads(pool, after) - _leads(pool, before)
    order = np.argsort(-rise, kind="stable")
    ups = [at for at in order.tolist() if rise[at] >= _LEAST_CHANGE][:most]
    downs = [at for at in order[::-1].tolist() if rise[at] <= -_LEAST_CHANGE][:most]
    return [
        Changed(
            row=int(pool.rows[at]),
            keyword=pool.keywords[pool.own[at]],
            before=pool.keywords[before.answers.best[at]],
            after=pool.keywords[after.answers.best[at]],
            change=float(rise[at]),
        )
        for at in (*ups, *downs)
    ]


def _leads(pool: Pool, said: Said) -> FloatArray:
    at = np.arange(len(pool.rows))
    others = said.cosines.copy()
    others[at, pool.own] = -np.inf
    return np.asarray(said.cosines[at, pool.own] - others.max(axis=1), dtype=np.float32)
