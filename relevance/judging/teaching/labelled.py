"""Pictures of a run in an encoder's space, and which of them are known to show a keyword."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from relevance.embedding.cache import digest_of
from relevance.embedding.embeddings import Embeddings
from relevance.encoders.base import EncoderInfo, FloatArray, IntArray, unit_rows
from relevance.errors import UsageError
from relevance.judging.calibration.model import Basis
from relevance.judging.directions import Plane
from relevance.judging.labels import Grades
from relevance.judging.metrics import Bools, Floats
from relevance.judging.scoring import probability, score_keyword
from relevance.judging.teaching.probe import Examples, around

_DIGITS = 16  # of a digest: enough to find a picture again


class Surroundings:
    """All pictures of a run, labelled or not, which keywords share.

    Attributes:
        pictures: Their embeddings, n of them.
        rows: ``(n, dim)`` float32 unit rows; NaN where skipped.
        is_known: ``(n,)`` bool: it has a vector.
        centre: ``(dim,)`` mean of the different ones.
        spread: Their mean distance from there.
    """

    def __init__(self, pictures: Embeddings) -> None:
        self.pictures = pictures
        self.is_known: Bools = np.asarray(~np.isnan(pictures.vectors).any(axis=1))
        self.rows: FloatArray = unit_rows(pictures.vectors.astype(np.float32))
        self.centre, self.spread = around(self.rows[self.different])

    @cached_property
    def different(self) -> IntArray:
        """Numbers of the pictures that have a vector, without copies."""
        return np.unique(self.pictures.first_copy[self.is_known])

    @cached_property
    def digests(self) -> list[str]:
        """What each picture is known by; empty where its file is gone."""
        return [
            (ref.held.digest() if ref.held else digest_of(ref.place)).hex()[:_DIGITS]
            for ref in self.pictures.refs
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What a keyword is to an encoder.

    Attributes:
        basis: Keyword, prompts, background and encoder.
        info: The encoder's facts.
        keyword: ``(dim,)`` unit row.
        background: ``(m, dim)`` unit rows.
    """

    basis: Basis
    info: EncoderInfo
    keyword: FloatArray
    background: FloatArray


class Labelled:
    """The pictures of a run of which it is known whether they show a keyword.

    Attributes:
        among: All pictures of the run.
        word: The keyword.
        known: ``(m,)`` numbers of the pictures that have a vector and a label.
        truth: ``(m,)`` bool.
        by_words: ``(n,)`` scores of all pictures by words alone.
    """

    def __init__(self, among: Surroundings, word: Word, grades: Grades) -> None:
        self.among, self.word = among, word
        self.known: IntArray = np.flatnonzero(among.is_known & ~np.isnan(grades))
        self.truth: Bools = grades[self.known] > 0
        self.by_words: Floats = score_keyword(
            among.pictures.vectors, word.keyword, word.background, word.info
        )

    @property
    def chances(self) -> Floats:
        """Probabilities of all pictures by words alone: ``(n,)``."""
        return probability(self.by_words, len(self.word.background), self.word.info)

    def examples(self) -> Examples:
        """Return what a probe learns from."""
        among, word = self.among, self.word
        return Examples(
            vectors=among.rows[self.known],
            truth=self.truth,
            groups=among.pictures.first_copy[self.known],
            words=Plane.of_words(word.keyword, word.background, among.centre),
            centre=among.centre,
            spread=among.spread,
        )

    def digests(self, kind: Bools) -> tuple[str, ...]:
        """Return what the pictures of a kind are known by, without those whose file is gone."""
        found = [self.among.digests[row] for row in self.known[kind].tolist()]
        return tuple([digest for digest in found if digest])


def check_both(truth: Bools, keyword: str) -> None:
    """Raise ``UsageError`` unless there are labelled pictures of both kinds."""
    if truth.any() and not truth.all():
        return
    if not len(truth):
        state = "No picture has a label."
    elif truth.any():
        state = (
            f"All {len(truth)} labelled pictures are relevant, so that nothing says where "
            f"“{keyword}” ends. To order pictures by these alone use `relevance score --like`; to "
            "learn,"
        )
    else:
        state = f"All {len(truth)} labelled pictures are irrelevant; to learn,"
    raise UsageError(
        f"{state} label pictures of both kinds, better 50 of each: in folders named Relevant and "
        "Irrelevant or after the keyword, or by --relevant or --labels."
    )
