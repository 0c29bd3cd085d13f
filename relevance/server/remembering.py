"""Texts whose vectors are known: prompts of the background come with every question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from relevance.encoders.base import FloatArray


class TextMemory:
    """Vectors of the texts that were asked for last, in memory."""

    def __init__(self, most: int) -> None:
        """Remember so many texts at most."""
        self._most = most
        self._known: OrderedDict[str, FloatArray] = OrderedDict()
        self._turn = threading.Lock()

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
