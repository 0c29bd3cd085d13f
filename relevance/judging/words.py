"""Names compared as words: blind to case, separators, articles and English endings."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import snowballstemmer

_ARTICLES = frozenset({"a", "an", "the"})
_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def _stem(word: str) -> str:
    """Return a word's stem; a stemmer of its own, as one keeps the word it works on in itself."""
    stem: str = snowballstemmer.stemmer("english").stemWord(word)
    return stem


def same_words(left: str, right: str) -> bool:
    """Say whether two names are one: "Running_Shoes" and "running shoe" are."""
    own = stems(left)
    return bool(own) and own == stems(right)


def stems(text: str) -> list[str]:
    """Return the stems of a text's words (Snowball), in order, without articles.

    Unicode is composed first: macOS stores "Äpfel" in a folder's name in another form than a
    keyboard types it.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("-", " ")
    return [_stem(word) for word in plain.split() if word not in _ARTICLES]
