"""What in a folder's name says nothing of the product: article numbers, "img", "final v2"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEFORE = frozenset({"img", "imgs", "sku", "artnr", "backup", "bak", "tmp", "temp"})
_BEHIND = _BEFORE | {"image", "images", "pic", "pics", "photos", "jpg", "jpeg", "png", "webp"}
_BEHIND |= {"final", "copy", "version", "draft"}
_VERSION = re.compile(r"v\d+(\.\d+)*|\(\d+\)")
_ARTICLE = re.compile(r"\d{4,}|(?=.*[a-z])(?=(.*\d){3})[a-z0-9.]{5,}")
"""Four digits or more; or letters with at least three digits, five signs or more in all."""


def product_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part a name into what names a product, and what is set aside.

    Only from the ends: in the middle, and where nothing else is left, words are taken as meant.

    Args:
        words: The words of a name in lower case.

    Returns:
        The words kept, all of them where none would be; the words set aside, in their order.
    """
    start, end = 0, len(words)
    while end and (taken := _behind(words[:end])):
        end -= taken
    while start < end and _is_before(words[start]):
        start += 1
    if start == end:
        return list(words), []
    return list(words[start:end]), [*words[:start], *words[end:]]


def is_set_aside(words: Sequence[str]) -> bool:
    """Say whether a name has words, and none of them names a product."""
    return bool(words) and all(
        _is_before(word) or _behind(words[: place + 1]) for place, word in enumerate(words)
    )


def _is_before(word: str) -> bool:
    return word in _BEFORE or bool(_ARTICLE.fullmatch(word))


def _behind(words: Sequence[str]) -> int:
    """Count the last words that are set aside: one, or two as in "copy 2"; none: 0."""
    last = words[-1]
    if last in _BEHIND or _VERSION.fullmatch(last) or _ARTICLE.fullmatch(last):
        return 1
    return 2 if len(words) > 1 and last.isdigit() and words[-2] in _BEHIND else 0
