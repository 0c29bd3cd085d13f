"""A keyword and a few pictures of what it means -> log odds of every picture.

Pictures are judged by how far they lie, from the centre of those that are not meant, in the
direction of the examples and of the word. Nobody says which pictures of a run are not meant: the
word's probabilities do at first, then those that come out of it. Beside the run, which may hold
nothing but the product, stands a point that needs no picture: where the examples would lie if they
showed anything but the keyword, the examples less the way from the background's words to the
keyword's. All numbers were chosen on classes that the encoder had not seen (benchmarks/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.encoders.base import FloatArray, unit_rows
from relevance.judging.directions import UNLIKE_SHARE, Floats, Plane, Vectors
from relevance.judging.folder_means import STEPS_IN_ONE
from relevance.judging.similarity import sigmoid

CENTRE = (
    "the pictures at hand, each as far as it is improbable, beside the examples less the way from "
    "the background's words to the keyword's"
)
"""What the provenance says that pictures are judged from; no encoder needs figures of its own."""

_WORDS_WEIGH = 3  # the word has one part in that many and the examples' number
_AWAY = 0.8  # of the way from the background's words to the keyword's
_LEAST, _SHARE = 10, 0.1  # that point weighs as so many pictures, and so many of each at hand
_MET = 0.6  # of an example's distance squared that others of its kind share with it ...
_LEAST_MET = 0.05  # whatever pairs of examples say
_PAIRS = 3  # ... which weighs as so many pairs of examples that say it themselves
_CUT = 0.6  # of the level where others of the kind are expected, where the odds are even
_SHARPNESS = 0.7  # spreads of pictures that are not meant, for odds of 1 to e
_SPREAD = 0.4  # of the level: the spread expected of these before any is seen
_ROUNDS = 2
_LOOKED_AT = 10_000  # pictures of a run at most, evenly spaced, that the centre is found from
_TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is looked for.

    Attributes:
        keyword: ``(dim,)`` unit embedding of the keyword.
        background: ``(n_background, dim)`` embeddings of what it is held against.
        like: ``(n, dim)`` float32 unit rows of pictures that show it, at least one.
        unlike: ``(m, dim)`` the same of pictures that do not; may be empty.
    """

    keyword: FloatArray
    background: FloatArray
    like: FloatArray
    unlike: FloatArray

    @property
    def words_share(self) -> float:
        """What the word weighs, of 1: a quarter beside one example, less beside more."""
        return 1 / (_WORDS_WEIGH + len(self.like))

    def elsewhere(self) -> FloatArray:
        """Return where the examples would lie without what the keyword says: ``(dim,)``."""
        word = self.keyword - self.background.mean(axis=0)
        point: FloatArray = self.like.mean(axis=0) - np.float32(_AWAY) * word
        return point


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """What became of examples among the pictures of a run.

    Attributes:
        plane: How far a picture lies in the direction of examples and word, from the centre.
        others: The same of each picture that is not wanted.
        level: How far others of the kind are expected to lie.
        spread: How far those that are not meant lie from the centre; root of the mean square.
    """

    plane: Plane
    others: tuple[Plane, ...]
    level: float
    spread: float

    @classmethod
    def of(cls, wanted: Wanted, vectors: Vectors, chances: Floats) -> Judge:
        """Find centre, direction and scale.

        Args:
            wanted: What is looked for.
            vectors: ``(n, dim)`` pictures of the run that have a vector, each different one once.
            chances: ``(n,)`` probability of each by the word alone.
        """
        step = -(-len(vectors) // _LOOKED_AT) or 1
        rows, odds = unit_rows(vectors[::step]), chances[::step]
        judge = _judge(wanted, rows, odds)
        for _ in range(_ROUNDS - 1):
            judge = _judge(wanted, rows, sigmoid(judge.by_likeness(rows)))
        return judge

    def log_odds(self, vectors: Vectors) -> Floats:
        """Judge ``(n, dim)`` vectors: ``(n,)`` float64; NaN in, NaN out.

        What a picture is not to be like counts off by a quarter, where it is like that at all.
        """
        scores = self.by_likeness(vectors)
        if self.others:
            directions = np.stack([other.direction for other in self.others])  # unit ones
            offsets = np.array([other.offset for other in self.others])
            most = (cosine(vectors, directions) + offsets).max(axis=1)
            scores -= UNLIKE_SHARE * np.maximum(most, 0) / (_SHARPNESS * self.spread)
        return np.asarray(np.rint(scores * STEPS_IN_ONE) / STEPS_IN_ONE, dtype=np.float64)

    def by_likeness(self, vectors: Vectors) -> Floats:
        """Judge vectors by what they are to be like alone."""
        ahead = self.plane.scores(vectors) - _CUT * self.level
        return np.asarray(ahead / (_SHARPNESS * self.spread), dtype=np.float64)


def _judge(wanted: Wanted, rows: FloatArray, chances: Floats) -> Judge:
    """Take the pictures for what is not meant as far as they are improbable."""
    weights = (1 - chances).astype(np.float32)
    beside = _LEAST + _SHARE * len(rows)
    total = beside + float(weights.sum())
    centre = ((beside * wanted.elsewhere() + weights @ rows) / total).astype(np.float32)
    words = Plane.of_words(wanted.keyword, wanted.background, centre)
    plane = Plane.of_pictures(wanted.like, centre).and_also(words, wanted.words_share)
    level = _level(wanted, words, centre)
    squares = float(weights @ plane.scores(rows) ** 2)
    spread = np.sqrt((beside * (_SPREAD * level) ** 2 + squares) / total)
    others = tuple(Plane.of_pictures(row[None], centre) for row in wanted.unlike)
    return Judge(plane, others, level, max(float(spread), _TINY))


def _level(wanted: Wanted, words: Plane, centre: FloatArray) -> float:
    """Say how far other pictures of the examples' kind are expected to lie on their plane.

    An example's square distance from the centre is in part its kind's, which products of two
    examples show (their mean is that part, whatever the rest), in part its own. The mean of n
    examples keeps all of the first and one nth of the second.
    """
    apart = (wanted.like - centre).astype(np.float64)
    products = apart @ apart.T
    count = len(apart)
    own = float(np.trace(products)) / count
    pairs = count * (count - 1) / 2
    between = (float(products.sum()) - own * count) / 2
    kind = max((between + _PAIRS * _MET * own) / (pairs + _PAIRS), _LEAST_MET * own)
    length = np.sqrt(kind + max(own - kind, 0) / count)
    pictures = kind / length if length else 0.0
    share = wanted.words_share
    return float((1 - share) * pictures + share * words.scores(wanted.like).mean())
