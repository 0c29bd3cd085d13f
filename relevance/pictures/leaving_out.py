"""What a search for pictures passes over by its name, and how that is said."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from relevance.errors import UsageError
from relevance.system.finding import same_name
from relevance.system.names import printable

UNSUPPORTED = "not in a supported picture format"
EXCLUDED = "excluded"
HIDDEN = "hidden"
SYSTEM_FOLDER = "system folder"
OWN_FOLDER = "index of pictures"
OWN_MARK = ".relevance"
"""A folder with a file of this name is the program's own and is not looked through."""

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_RESOURCE_FORK = "._"  # macOS keeps beside x.jpg what other file systems cannot: no picture
_SYSTEM_FOLDERS = frozenset(
    {"$recycle.bin", "system volume information", "__macosx", "lost+found"}
    | {"@eadir", "#recycle", "#snapshot", "@sharebin", "@tmp"}  # Synology
    | {"@recycle", "@recently-snapshot", "@__thumb"}  # QNAP
    | {"~snapshot", "_vti_cnf", "network trash folder", "temporary items"}
)
"""Copies, thumbnails and rubbish that systems keep. Most of their kin begin with a dot, as
``.Trash-1000`` and ``.Spotlight-V100`` do, and are hidden."""
_KINDS_SHOWN = 5
_LONGEST_ENDING = 12


def why_passed_over(name: str) -> str:
    """Return the reason not to look at a file of this name; empty if there is none."""
    if name.lower() in _SYSTEM_FILES or name.startswith(_RESOURCE_FORK):
        return "system file"
    return HIDDEN if name.startswith(".") else ""


def why_not_entered(name: str) -> str:
    """Return the reason not to look into a folder of this name; empty if there is none."""
    if name.startswith("."):
        return HIDDEN
    return SYSTEM_FOLDER if name.casefold() in _SYSTEM_FOLDERS else ""


def ending(name: str) -> str:
    """Return what kind of file a name says it is, such as ``.svg``, fit to print."""
    kind = Path(name).suffix.lower()
    return printable(kind) if 1 < len(kind) <= _LONGEST_ENDING else "without an ending"


class Exclusion:
    """The user's patterns for what to leave out; remembers which of them met something.

    A pattern is a glob, blind to case and to composed or decomposed Unicode, and holds for a name
    (``*_thumb.jpg``, ``backup``) or for the path below the folder that is searched
    (``2019/*``, ``**/drafts/*.png``); ``*`` also stands for slashes. A folder that is met is not
    entered.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take patterns; raises ``UsageError`` where one is empty."""
        if not all(pattern.strip() for pattern in patterns):
            raise UsageError("A pattern to exclude is empty; is a shell variable not set?")
        self._rules = {pattern: _compiled(pattern) for pattern in patterns}
        self._met: Counter[str] = Counter()

    @property
    def is_any(self) -> bool:
        """Whether there is a pattern."""
        return bool(self._rules)

    def meets(self, relative: str) -> bool:
        """Say whether a file or folder is to be left out; its path has forward slashes."""
        if not self._rules:
            return False
        path = "/" + same_name(relative).casefold()
        name = path[path.rfind("/") + 1 :]
        for pattern, rule in self._rules.items():
            if rule.match(name) or rule.match(path) or rule.match(path[1:]):
                self._met[pattern] += 1
                return True
        return False

    def notes(self) -> tuple[str, ...]:
        """Say of each pattern that has met nothing that it has not."""
        return tuple(
            f"Nothing here is called {printable(pattern)}, so nothing was excluded by it."
            for pattern in self._rules
            if not self._met[pattern]
        )


def left_out_words(left_out: Mapping[str, int]) -> str:
    """Say what was left out, from the count of each reason: "2 hidden, 1 system file"."""
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items())


def kinds_words(kinds: Mapping[str, int]) -> str:
    """Say of which kinds the files in no supported format are: "3 .svg, 2 .psd, 4 others"."""
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count} {kind}" for kind, count in ordered[:_KINDS_SHOWN]]
    rest = sum(count for _, count in ordered[_KINDS_SHOWN:])
    return ", ".join([*shown, f"{rest} others"] if rest else shown)


def _compiled(pattern: str) -> re.Pattern[str]:
    plain = same_name(pattern).casefold().removeprefix("./").rstrip("/")
    return re.compile(fnmatch.translate(plain))
