"""Keywords as file names."""

from __future__ import annotations

import hashlib
import unicodedata

_MAX_SLUG_BYTES = 80
_HASH_DIGITS = 6


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
    digest = hashlib.sha256(keyword.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{name or 'keyword'}-{digest}"


def _is_kept(char: str) -> bool:
    """Letters, digits and the marks that some scripts write their vowels with."""
    return char.isalnum() or unicodedata.category(char).startswith("M")
