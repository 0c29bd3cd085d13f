"""Texts whose vectors are known: prompts of the background come with every question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from relevance.encoders.base import Encoder, FloatArray, unit_rows

_MOST = 4096  # texts, of about 2 KB each
_ENCODERS = 4


class TextMemory:
    """Vectors of the texts that were asked for last, in memory."""

    def __init__(self, most: int) -> None:
        """Remember so many texts at most."""
        self._most = most
        self._known: OrderedDict[str, FloatArray] = OrderedDict()
        self._turn = threading.Lock()

    def knows(self, texts: Sequence[str]) -> bool:
        """Say whether all of these texts are remembered."""
        with self._turn:
            return all(text in self._known for text in texts)

    def rows(self, texts: Sequence[str], encode: Callable[[list[str]], FloatArray]) -> FloatArray:
        """Return the vectors of texts, ``(n, dim)`` for n > 0; those that are new get encoded."""
        with self._turn:
            found = {text: self._known[text] for text in texts if text in self._known}
            for text in found:
                self._known.move_to_end(text)
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            fresh = dict(zip(new, encode(new), strict=True))
            found |= fresh
            with self._turn:
                self._known |= {text: row.copy() for text, row in fresh.items()}
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
        return np.stack([found[text] for text in texts])


def remembered_concepts(prompts: Sequence[Sequence[str]], encoder: Encoder) -> FloatArray:
    """Do as ``embed_concepts``, ``(n, dim)`` for n > 0, and remember texts in this process."""
    texts = [prompt for group in prompts for prompt in group]
    rows = _memory(encoder.info.fingerprint).rows(texts, encoder.encode_texts)
    return unit_rows(rows.reshape(len(prompts), -1, encoder.info.dim).mean(axis=1))


def is_remembered(texts: Sequence[str], encoder: Encoder) -> bool:
    """Say whether ``remembered_concepts`` met all of these texts in this process, not long ago."""
    return _memory(encoder.info.fingerprint).knows(texts)


@lru_cache(_ENCODERS)
def _memory(fingerprint: str) -> TextMemory:
    """Return what is known of one encoder: equal fingerprints give equal vectors."""
    return TextMemory(_MOST)
