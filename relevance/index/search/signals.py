"""What speaks for a picture: a number for every vector, and a plane that it never rises above.

A store finds what lies farthest in one direction; a signal may be more than that. With a plane
above it, nothing that a store has not yet handed over can score more than the plane does at the
last row that it did, so that the best by signal are found for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.index.stores.base import Level
from relevance.judging.directions import Vectors
from relevance.judging.scoring import Floats, score_keyword
from relevance.judging.teaching import Lesson


class Signal(Protocol):
    """A number for each vector.

    Attributes:
        direction: ``(dim,)``: the cosine with it, times its length, plus ``offset`` is at least
            the signal.
        offset: See there.
    """

    @property
    def direction(self) -> FloatArray:
        """See the class."""

    @property
    def offset(self) -> float:
        """See the class."""

    def scores(self, vectors: Vectors) -> Floats:
        """Return the signal of ``(n, dim)`` vectors, ``(n,)`` float64; equal for equal rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """Words, scored as ``relevance.score`` does.

    Attributes:
        keyword: ``(dim,)`` unit embedding of the words.
        background: ``(n, dim)`` embeddings of what they are held against.
        info: The encoder's facts.
        level: What the background takes off, where a store knows that of its rows.
    """

    keyword: FloatArray
    background: FloatArray
    info: EncoderInfo
    level: Level | None = None

    @property
    def direction(self) -> FloatArray:
        """The keyword less the mean of the background.

        What counts off is a power mean of likelihoods over the background, which is never less than
        the mean cosine (Jensen's inequality).
        """
        if self.info.logit_bias is not None:
            return self.keyword
        direction: FloatArray = self.keyword - self.background.mean(axis=0)
        return direction

    @property
    def offset(self) -> float:
        """None."""
        return 0.0

    def scores(self, vectors: Vectors) -> Floats:
        """See ``judging.scoring.score_of``."""
        return score_keyword(vectors, self.keyword, self.background, self.info)


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What a lesson says."""

    lesson: Lesson

    @property
    def direction(self) -> FloatArray:
        """The lesson's."""
        return self.lesson.plane.direction

    @property
    def offset(self) -> float:
        """The lesson's."""
        return self.lesson.plane.offset

    def scores(self, vectors: Vectors) -> Floats:
        """See ``Lesson.scores``."""
        return self.lesson.scores(vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Unlike:
    """A signal less a share of what speaks for something else, where that speaks at all."""

    wanted: Signal
    others: Sequence[Signal]
    share: float

    @property
    def direction(self) -> FloatArray:
        """That of what is wanted: what counts off is never less than nothing."""
        return self.wanted.direction

    @property
    def offset(self) -> float:
        """See ``direction``."""
        return self.wanted.offset

    def scores(self, vectors: Vectors) -> Floats:
        """Count the other that a picture is most like off."""
        most = np.max([other.scores(vectors) for other in self.others], axis=0)
        scores: Floats = self.wanted.scores(vectors) - self.share * np.maximum(most, 0)
        return scores
