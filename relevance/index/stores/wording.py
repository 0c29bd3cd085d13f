"""Texts of any kind as the clean Unicode that servers take, and back.

Names of files that are no UTF-8 hold lone surrogates in Python, and a cell may hold a NUL. Neither
is text to PostgreSQL, nor the former to JSON.
"""

from __future__ import annotations

import re

_MARK = "\ufdd0"  # no character, and promised never to become one
_UNCLEAN = re.compile(f"[\x00\ud800-\udfff{_MARK}]")
_MARKED = re.compile(f"{_MARK}([0-9a-f]{{4}})")


def storable(text: str) -> str:
    """Write what servers refuse as a mark and four hexadecimal digits; the rest stays as it is."""
    return _UNCLEAN.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", text)


def restored(text: str) -> str:
    """Return the text of which ``storable`` made this one."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text)
