"""Keywords as file names."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

_MAX_SLUG_BYTES = 80
_HASH_DIGITS = 6
_ALL_FIT = 48  # characters of a name that holds several keywords


def slug(keyword: str) -> str:
    """Turn a keyword into a file name: lower case, words of any script joined by hyphens.

    Where signs had to go ("C++", an emoji) or the end was cut, a few digits of a hash keep
    different keywords apart.
    """
    keyword = keyword.encode("utf-8", "backslashreplace").decode("utf-8")  # bytes that are no text
    text = unicodedata.normalize("NFC", keyword).casefold().replace("-", " ").replace("_", " ")
    words = "".join(char if _is_kept(char) else " " for char in text).split()
    name = "-".join(words).encode()[:_MAX_SLUG_BYTES].decode(errors="ignore")
    if name == "-".join(text.split()):
        return name
    return f"{name or 'keyword'}-{_digest(keyword)}"


def slug_of_several(keywords: Sequence[str]) -> str:
    """Turn keywords into one file name: all of them, or of many the first and a hash of all."""
    whole = slug(" ".join(["keywords", *keywords]))
    if len(whole) <= _ALL_FIT:
        return whole
    digest = _digest("\n".join(keywords))
    return f"keywords-{slug(keywords[0])}-and-{len(keywords) - 1}-more-{digest}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def _is_kept(char: str) -> bool:
    """Letters, digits and the marks that some scripts write their vowels with."""
    return char.isalnum() or unicodedata.category(char).startswith("M")
