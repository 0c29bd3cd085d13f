"""Names of files and folders as people read them: safe to print, and sorted naturally."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

_DIGITS = re.compile(r"(\d+)")
_SHAPE = str.maketrans("123456789", "000000000")

_HIDDEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, format characters (bidirectional ones too), lone surrogates, line separators."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")  # letters that show nothing
# Number and verse signs of Arabic and its kin: format characters by name, but ones to be seen.
_SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_JOINERS = "\u200c\u200d"
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})
"""What joiners stand between where they belong to the spelling: Persian, Hindi, emoji."""


def printable(path: str | Path) -> str:
    r"""Show a name as Unicode that is safe to print, and in which nothing hides.

    Bytes that are not UTF-8, control characters (which could steer a terminal), bidirectional
    controls (which make ``gpj.exe`` of ``exe.jpg``) and other characters that cannot be seen
    appear as escapes such as ``\u202e``; nothing is lost.
    """
    plain = str(path)
    if plain.isprintable() and _FILLERS.isdisjoint(plain):
        return plain
    return "".join(_shown(plain))


def from_here(place: str) -> str:
    """Return an absolute path as it is reached from the working directory, if that is shorter."""
    try:
        near = os.path.relpath(place) if Path(place).is_absolute() else place
    except ValueError:  # another drive, on Windows
        return place
    return min(near, place, key=len)


def end_of(name: str, longest: int) -> str:
    """Return the last characters of a name, which tell names apart, behind a mark if cut off."""
    return name if len(name) <= longest else f"…{name[1 - longest :]}"


def told_apart(names: Sequence[str], longest: int = 32) -> list[str]:
    """Shorten paths to what tells them apart, for places where the whole is one look away.

    The parts that all begin with are dropped, then as many in the middle as a name needs to be no
    longer than ``longest``. The last part stays whole, and different names stay different.

    Args:
        names: Names of folders or files, parts of which slashes part; some may be equal.
        longest: Characters that a name may have where its last part allows it.
    """
    parts = {name: tuple(name.replace(os.sep, "/").rstrip("/").split("/")) for name in names}
    dropped = _in_common([known[:-1] for known in parts.values()])
    forms = [
        {name: form(known[dropped:], longest) for name, known in parts.items()}
        for form in (_last_parts, _first_and_last, _all_parts)
    ]
    shown: dict[str, str] = {}
    for form in forms:
        uses = Counter([*shown.values(), *(form[name] for name in parts if name not in shown)])
        shown |= {n: form[n] for n in parts if n not in shown and uses[form[n]] == 1}
    return [shown.get(name, name) for name in names]


def _in_common(paths: Sequence[tuple[str, ...]]) -> int:
    """Count the parts that all paths begin with."""
    pairs = zip(min(paths, default=()), max(paths, default=()), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _last_parts(parts: Sequence[str], longest: int) -> str:
    """Return as many of the last parts as there is room for, and one at least."""
    shown = "/".join(parts)
    for first in range(1, len(parts)):
        if len(shown) <= longest:
            break
        shown = "…/" + "/".join(parts[first:])
    return shown


def _first_and_last(parts: Sequence[str], longest: int) -> str:
    return "/".join((parts[0], "…", parts[-1])) if len(parts) > 2 else "/".join(parts)


def _all_parts(parts: Sequence[str], longest: int) -> str:
    return "/".join(parts)


def all_printable(names: Sequence[str]) -> list[str]:
    """Do ``printable`` to many names, at once where nothing hides in any of them."""
    together = "".join(names)
    if together.isprintable() and _FILLERS.isdisjoint(together):
        return list(names)
    return list(map(printable, names))


def naturally_sorted(names: Sequence[str]) -> list[str]:
    """Sort names by ``natural_key``."""
    shapes = "/".join(names).translate(_SHAPE).split("/")
    if len(set(shapes)) == 1:
        return sorted(names)  # they differ in digits only, in the same places: much faster
    return sorted(names, key=natural_key)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort key: natural (``2.jpg`` before ``10.jpg``) and case-blind first, then exact.

    A key of our own, since those of natsort take ten seconds for a hundred thousand names.
    """
    parts: list[str | int] = list(_DIGITS.split(name.casefold()))
    parts[1::2] = [int(digits) for digits in parts[1::2]]  # text and numbers take turns
    return parts, name


def _shown(text: str) -> Iterator[str]:
    for index, char in enumerate(text):
        yield char.encode("unicode_escape").decode() if _is_hidden(text, index) else char


def _is_hidden(text: str, index: int) -> bool:
    """Say whether a reader would not see the character that is there."""
    char = text[index]
    if char in _JOINERS and 0 < index < len(text) - 1:
        around = {unicodedata.category(text[index - 1]), unicodedata.category(text[index + 1])}
        return not around <= _JOINED
    return char in _FILLERS or (unicodedata.category(char) in _HIDDEN_KINDS and char not in _SEEN)
