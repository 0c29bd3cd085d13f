"""What a tokenizer does to a text before the graph, with the ``tokenizers`` library alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from relevance.encoders.base import IntArray


@dataclass(frozen=True, slots=True)
class TextRules:
    """How a text becomes token numbers.

    Attributes:
        max_tokens: Longest text in tokens, special tokens included; the rest is cut off.
        lower_case: Whether the text is lower-cased first.
        padding: Token that fills every text up to ``max_tokens``; None: no padding at all.
    """

    max_tokens: int
    lower_case: bool
    padding: int | None


class TextTokens:
    """Token numbers of texts, one text at a time, so that none depends on its neighbours."""

    def __init__(self, file: Path, rules: TextRules) -> None:
        self._rules = rules
        self._counter = Tokenizer.from_file(str(file))
        self._counter.no_truncation()
        self._counter.no_padding()
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(rules.max_tokens)

    def ids(self, text: str) -> IntArray:
        """Return ``(1, n_tokens)`` int64."""
        numbers = self._tokenizer.encode(self._cased(text)).ids
        if self._rules.padding is not None:
            numbers += [self._rules.padding] * (self._rules.max_tokens - len(numbers))
        return np.array([numbers], dtype=np.int64)

    def count(self, text: str) -> int:
        """Count tokens before any cut, special tokens included."""
        return len(self._counter.encode(self._cased(text)).ids)

    def _cased(self, text: str) -> str:
        return text.lower() if self._rules.lower_case else text
