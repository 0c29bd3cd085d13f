"""Does a caption fit its own picture better than it fits others? If not, it is doubtful.

Held against each caption are pictures of the run that have nothing to do with it: those whose
captions share no word with it. Where more than a fifth of them fit it as well as its own picture
does, it may as well be theirs. In a small run, or one of a single product, hardly any picture is a
stranger; there the caption is held against the background concepts, which must not fit the picture
as well as it does. How much each catches: docs/describe.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.embedding.cosines import cosine
from relevance.encoders.base import FloatArray
from relevance.judging.words import stems

LEAST_STRANGERS = 20
"""Below so many pictures with wholly other captions, captions are held against the background."""

SHARE = 0.2
"""Of the others that may fit as well."""

OF_OTHERS = "the caption fits other pictures of the run as well as its own"
OF_BACKGROUND = "the caption fits its picture no better than everyday concepts do"

_SAMPLE = 512  # pictures that captions are held against, drawn once for the run
_COMMON = frozenset(
    [
        *("of", "on", "in", "at", "by", "to", "with", "and", "or", "for", "from", "some", "that"),
        *("is", "are", "it", "its", "this", "there", "which", "photo", "pictur", "imag", "product"),
        *("show", "close", "up", "view", "perhap"),
    ]
)
"""Stems that say nothing of what is to be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """What captions are held against.

    Attributes:
        rows: ``(s,)`` row of the run of each picture of the sample.
        vectors: ``(s, dim)``, their embeddings.
        postings: By word, the numbers of the sample's pictures whose captions have it.
        background: ``(n_background, dim)`` float32, embeddings of the background concepts.
        concepts: Stems of these.
    """

    rows: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.floating]
    postings: dict[str, list[int]]
    background: FloatArray
    concepts: Sequence[frozenset[str]]

    @classmethod
    def among(
        cls,
        vectors: npt.NDArray[np.floating],
        captions: Sequence[str],
        different: npt.NDArray[np.int64],
        background: FloatArray,
        concepts: Sequence[str],
    ) -> Others:
        """Draw pictures of the run.

        Args:
            vectors: ``(n, dim)``, the pictures.
            captions: n, what is said of them.
            different: Rows with a caption, each of copies once.
            background: ``(n_background, dim)``.
            concepts: What the background is made of.
        """
        rows = different
        if len(rows) > _SAMPLE:  # the same pictures each time
            rows = np.sort(np.random.default_rng(0).choice(rows, _SAMPLE, replace=False))
        postings: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows.tolist()):
            for word in words_of(captions[row]):
                postings[word].append(number)
        stemmed = [frozenset(stems(concept)) for concept in concepts]
        return cls(rows, vectors[rows], dict(postings), background, stemmed)

    def judge(
        self,
        rows: Sequence[int],
        pictures: npt.NDArray[np.floating],
        captions: Sequence[str],
        embeddings: FloatArray,
    ) -> list[tuple[float, str]]:
        """Return each caption's cosine with its own picture, and why it is doubtful, if it is.

        Args:
            rows: First row of the run that has the picture, of each of k pictures.
            pictures: ``(k, dim)``, their embeddings.
            captions: What is said of them.
            embeddings: ``(k, dim)`` float32, those of the captions.
        """
        own = np.diagonal(cosine(pictures, embeddings))
        others = cosine(self.vectors, embeddings)
        background = cosine(pictures, self.background)
        return [
            (float(own[k]), self._doubt(row, words_of(captions[k]), own[k], others[:, k], beside))
            for k, (row, beside) in enumerate(zip(rows, background, strict=True))
        ]

    def _doubt(
        self,
        row: int,
        words: frozenset[str],
        own: np.float32,
        others: FloatArray,
        background: FloatArray,
    ) -> str:
        is_stranger = self.rows != row
        for word in words:
            is_stranger[self.postings.get(word, ())] = False
        if is_stranger.sum() >= LEAST_STRANGERS:
            return OF_OTHERS if (others[is_stranger] >= own).mean() > SHARE else ""
        is_other = np.array([not concept <= words for concept in self.concepts])
        return OF_BACKGROUND if (background[is_other] >= own).mean() > SHARE else ""


def words_of(caption: str) -> frozenset[str]:
    """Return the stems of a caption's words, without those that every caption may have."""
    return frozenset(stems(" ".join(re.findall(r"\w+", caption)))) - _COMMON
