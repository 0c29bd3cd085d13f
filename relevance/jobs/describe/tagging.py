"""Pictures and words in one space -> the few words that stand out, and a sentence of them.

Words are ordered by how likely they are with the picture, as the encoder was trained: by the score
that everything else here goes by (``judging.scoring.score_of``). Those are kept that are at most
half as likely as the best, say something new, and stand out against the background, which is what
makes a picture relevant to a keyword. Corrections for words that are near to everything were tried
and left: none named more of the folders (docs/describe.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.embedding.cosines import cosine
from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.judging.scoring import DEFAULT_THRESHOLD, probability, score_of
from relevance.judging.words import stems

RATIO = 2.0
"""How many times likelier than a tag the best one may be."""

MOST = {"short": 1, "product": 3, "detailed": 5}
"""Tags of a sentence, by style."""

SENTENCES = {
    "short": "A photo of {}.",
    "product": "A product photo of {}.",
    "detailed": "A photo that shows {}.",
}

_LOOKED_AT = 40  # words of each picture, the likeliest; most of them say the same in other words
_BLOCK = 2048  # pictures whose scores with all words are in memory at a time


@dataclass(frozen=True, slots=True)
class Tags:
    """What stands out in one picture.

    Attributes:
        words: At least one, the likeliest first.
        stand_out: Whether the first stands out against the background.
    """

    words: tuple[str, ...]
    stand_out: bool

    def sentence(self, style: str) -> str:
        """Put the words into a plain sentence: they are likely, and need not all be true."""
        *others, last = self.words
        return SENTENCES[style].format(f"{', '.join(others)} or {last}" if others else last)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """m words, and what they are held against.

    Attributes:
        words: The words.
        rows: ``(m, dim)`` float32, their embeddings.
        background: ``(n_background, dim)`` float32, those of the background concepts.
        info: Facts about the encoder.
    """

    words: Sequence[str]
    rows: FloatArray
    background: FloatArray
    info: EncoderInfo

    def tags(self, vectors: npt.NDArray[np.floating], style: str) -> Iterator[Tags]:
        """Yield the tags of each of ``(n, dim)`` pictures, for a sentence of that style."""
        stemmed = [frozenset(stems(word)) for word in self.words]
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK]
            scores = score_of(cosine(block, self.rows), cosine(block, self.background), self.info)
            for row in scores:
                yield self._chosen(row, stemmed, MOST[style])

    def _chosen(
        self, scores: npt.NDArray[np.float64], stemmed: Sequence[frozenset[str]], most: int
    ) -> Tags:
        """Choose among the words of one picture, ``(m,)``."""
        order = np.argsort(-scores, kind="stable")[:_LOOKED_AT]
        likely = probability(scores[order], len(self.background), self.info) >= DEFAULT_THRESHOLD
        least = scores[order[0]] - np.log(RATIO) / self.info.logit_scale
        chosen = [int(order[0])]
        for number, is_likely in zip(order[1:].tolist(), likely[1:], strict=True):
            if len(chosen) == most or scores[number] < least or not is_likely:
                break
            if not any(stemmed[number] & stemmed[other] for other in chosen):
                chosen.append(number)
        return Tags(tuple([self.words[number] for number in chosen]), bool(likely[0]))
