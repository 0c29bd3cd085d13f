"""A name that a user or a table writes -> the file or folder that it means.

The same letters can be written composed ("é" as one character, as keyboards type it) and decomposed
("e" and an accent, as macOS stored names), and most file systems keep either. So a path is looked
for as it is written, and else part by part in its other forms. What is merely like it (in another
case, with other spaces, by a slip of the finger) is never taken, but named.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from relevance.system.names import printable

DID_YOU_MEAN = "; did you mean "

_LISTINGS = 16  # folders whose names are remembered: a table's rows lie in few at a time
_TICK_NS = 2_000_000_000
_Spellings = Mapping[str, tuple[str, ...]]


def find_path(given: str | Path) -> Path | None:
    """Return the path that is meant, with each part as the disk spells it; None if there is none.

    A broken link is there. Other forms of a part count only where exactly one is there.
    """
    path = Path(given)
    if os.path.lexists(path):
        return path
    if str(path).isascii():
        return None  # letters of ASCII are written in one way
    return _spelled(Path(path.anchor), _parts(path))


def meant(given: str | Path) -> Path:
    """Return what ``find_path`` finds, else the path as it was given."""
    return find_path(given) or Path(given)


def near_miss(given: str | Path, *, thorough: bool = True) -> Path | None:
    """Return what is there and was probably meant by a path that ``find_path`` does not find.

    Args:
        given: The path.
        thorough: Whether to look for slips of the finger as well, which takes long in large
            folders; names that differ in case, spaces or characters that cannot be seen are
            found at once.
    """
    # ~ as in --labels=~/x, which no shell reads; pathlib raises where there is no such user
    path = Path(os.path.expanduser(given))  # noqa: PTH111
    found = Path(path.anchor)
    for part in _parts(path):
        name = _like(found, part, thorough=thorough)
        if not name:
            return None
        found /= name
    return found if found != Path(given) else None


def did_you_mean(given: str | Path) -> str:
    """Return the end of a sentence about a path that is not there: "; did you mean x?" or "."."""
    near = near_miss(given)
    return f"{DID_YOU_MEAN}{printable(near)}?" if near else "."


def why_unreadable(given: str | Path, error: Exception) -> str:
    """Say, in a sentence, why a file could not be read, and which one was probably meant."""
    reason = getattr(error, "strerror", None) or error
    end = did_you_mean(given) if isinstance(error, FileNotFoundError) else "."
    return f"{printable(given)} cannot be read: {reason}{end}"


def same_name(name: str) -> str:
    """Return a name's one form of Unicode: equal for names that differ in composition only."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def like_name(name: str) -> str:
    """Return what near misses have in common: blind to case, width, spaces and the invisible."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    seen = "".join(char for char in plain if unicodedata.category(char) not in {"Cc", "Cf"})
    return " ".join(seen.split())


def _parts(path: Path) -> tuple[str, ...]:
    return path.parts[1:] if path.anchor else path.parts


def _spelled(folder: Path, parts: tuple[str, ...]) -> Path | None:
    """Find parts below a folder, each as written or in the one other form that is there."""
    waiting = [(folder, 0)]
    while waiting:
        found, depth = waiting.pop()
        if depth == len(parts):
            return found
        part = parts[depth]
        if len(others := [n for n in _same(found, part) if n != part]) == 1:
            waiting.append((found / others[0], depth + 1))
        if os.path.lexists(found / part):  # what is written exactly is looked into first
            waiting.append((found / part, depth + 1))
    return None


def _same(folder: Path, part: str) -> tuple[str, ...]:
    return _listing(folder)[0].get(same_name(part), ())


def _like(folder: Path, part: str, *, thorough: bool) -> str:
    """Return the part as it is there, or what is most like it; empty if nothing is."""
    if os.path.lexists(folder / part):
        return part
    same, like = _listing(folder)
    others = same.get(same_name(part)) or like.get(like_name(part))
    if others:
        return others[0]
    return nearest(part, [name for names in same.values() for name in names]) if thorough else ""


def _listing(folder: Path) -> tuple[_Spellings, _Spellings]:
    """Return the names in a folder, by their one form and by what near misses have in common."""
    try:
        changed = os.stat(folder).st_mtime_ns
        # what changed just now may change again within one tick of the file system's clock
        read = _spellings.__wrapped__ if time.time_ns() - changed < _TICK_NS else _spellings
        return read(os.path.abspath(folder), changed)
    except (OSError, ValueError):
        return {}, {}


@lru_cache(maxsize=_LISTINGS)
def _spellings(folder: str, _changed: int) -> tuple[_Spellings, _Spellings]:
    names = sorted([path.name for path in Path(folder).iterdir()])
    return _grouped(names, map(same_name, names)), _grouped(names, map(like_name, names))


def _grouped(names: Iterable[str], keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for key, name in zip(keys, names, strict=True):
        found[key] += (name,)
    return dict(found)


def nearest(word: str, known: Collection[str], cutoff: float = 0.6) -> str:
    """Return the known word that was probably meant; empty where none is like it.

    ``cutoff`` says how like it must be, from 0 to 1 (difflib's ratio).
    """
    from difflib import get_close_matches  # only who made a slip waits for it

    return next(iter(get_close_matches(word, known, n=1, cutoff=cutoff)), "")
