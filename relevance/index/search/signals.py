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
import numpy.typing as npt

from relevance.embedding.cosines import cosine
from relevance.encoders.base import EncoderInfo, FloatArray, unit_rows
from relevance.judging.scoring import Floats, score_keyword

Vectors = npt.NDArray[np.floating]


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
    """

    keyword: FloatArray
    background: FloatArray
    info: EncoderInfo

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
class Plane:
    """How far a picture lies in a direction, from the centre of all."""

    direction: FloatArray
    offset: float

    @classmethod
    def of_words(cls, concept: Concept, centre: FloatArray) -> Plane:
        """Return the direction from the background's mean to words."""
        return cls._from(concept.direction, centre)

    @classmethod
    def of_pictures(cls, vectors: Vectors, centre: FloatArray) -> Plane:
        """Return the direction from the centre to the mean of ``(n, dim)`` vectors."""
        mean = unit_rows(unit_rows(vectors).mean(axis=0, keepdims=True))[0]
        return cls._from(mean - centre, centre)

    @classmethod
    def _from(cls, arrow: FloatArray, centre: FloatArray) -> Plane:
        length = float(np.linalg.norm(arrow))
        unit = (arrow / length if length else arrow).astype(np.float32)
        return cls(unit, -float(centre @ unit))

    def and_also(self, other: Plane, share: float) -> Plane:
        """Return the plane between this one and another, which has a share of it."""
        direction = (1 - share) * self.direction + share * other.direction
        return Plane(direction, (1 - share) * self.offset + share * other.offset)

    def scores(self, vectors: Vectors) -> Floats:
        """Return how far vectors lie in the direction."""
        return ahead(self.direction, vectors).astype(np.float64) + self.offset


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


def ahead(direction: FloatArray, vectors: Vectors) -> FloatArray:
    """Return the cosine of ``(n, dim)`` vectors with a direction, times its length."""
    length = np.float32(np.linalg.norm(direction))
    return cosine(vectors, direction[None])[:, 0] * length
