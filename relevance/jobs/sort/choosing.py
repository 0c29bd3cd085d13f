"""Verdicts -> what goes where: which pictures, and at which place below the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import unquote, urlsplit

from relevance.errors import UsageError
from relevance.jobs.sort.verdicts import Verdict, roots_of
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.judging.listing import MISFITS, UNSURE, check_labelled
from relevance.pictures.fetching import is_address
from relevance.system.finding import meant
from relevance.system.names import printable

COPY, MOVE, LINK = "copy", "move", "link"
ACTIONS = (COPY, MOVE, LINK)

_THERE = "lies in that folder already"
_NO_FILE = "no file of this machine; it can be copied only"
_LINKED = "reached through a symbolic link, which moving would break; copy it"
_NAMELESS = "picture"


@dataclass(frozen=True, slots=True)
class Item:
    """A picture to be put somewhere.

    Attributes:
        source: Where it is: an absolute path, or an address.
        target: Where it should go, from the folder on, if that place is free.
        reason: Why it cannot be; empty where it can.
    """

    source: str
    target: str
    reason: str = ""


def choose(verdicts: Sequence[Verdict], which: str) -> list[tuple[Verdict, str]]:
    """Return the pictures of a selection, each with the sub-folder that its kind has.

    All are told apart in two sub-folders, relevant and irrelevant; a part of them needs none.

    Raises:
        UsageError: Misfits are asked for, and nothing is labelled.
    """
    judged = [item for item in verdicts if not item.reason]
    if which == MISFITS:
        check_labelled(item.label for item in verdicts)
        return [(item, "") for item in judged if item.is_misfit]
    if which == UNSURE:
        return [(item, "") for item in judged if item.is_unsure]
    if which == RELEVANT:
        return [(item, "") for item in judged if item.is_relevant]
    return [(item, RELEVANT if item.is_relevant else IRRELEVANT) for item in judged]


def check_apart(to: Path, paths: Sequence[str | Path]) -> None:
    """Raise ``UsageError`` where the folder to sort into is one that is sorted."""
    home = os.path.realpath(to)
    if any(home == os.path.realpath(meant(path)) for path in paths):
        raise UsageError(
            f"{printable(to)} is what is to be sorted; choose another folder with --to, such as "
            f"{printable(to / 'sorted')}."
        )


class Layout:
    """Where pictures go below a folder: as they lie below the path that they were found in.

    With several paths, the name of each is put in front. What no path holds (an index keeps
    addresses, and files from anywhere) goes by its category.
    """

    def __init__(self, paths: Sequence[str | Path], to: Path, action: str) -> None:
        """Take the paths that are sorted, the folder that is sorted into, and what is done."""
        self._roots = sorted(set(roots_of([meant(path) for path in paths])), key=len, reverse=True)
        self._home = os.path.realpath(to)
        self._action = action

    def item(self, verdict: Verdict, group: str) -> Item:
        """Say where a picture goes, or why it cannot."""
        place = verdict.place
        if is_address(place) or place.startswith("data:"):
            target = PurePath(group, _inner(verdict.folder), _name_of(place))
            return Item(place, str(target), "" if self._action == COPY else _NO_FILE)
        source = os.path.abspath(place)
        root = next((root for root in self._roots if _is_below(source, root)), "")
        if not root:
            target = PurePath(group, _inner(verdict.folder), os.path.basename(source))
            return Item(source, str(target), self._why_not(source, os.path.dirname(source)))
        front = os.path.basename(root) if len(self._roots) > 1 else ""
        target = PurePath(group, front, os.path.relpath(source, root))
        return Item(source, str(target), self._why_not(source, root))

    def _why_not(self, source: str, root: str) -> str:
        """Say why a file stays where it is; empty where nothing keeps it."""
        real_root = os.path.realpath(root)
        real = os.path.realpath(source)
        if _is_below(real, self._home) and not _is_below(real_root, self._home):
            return _THERE
        if self._action == MOVE and real != os.path.join(real_root, os.path.relpath(source, root)):
            return _LINKED
        return ""


def numbered(target: str) -> Iterator[str]:
    """Yield a place, and then those with numbers in their names: "a.jpg", "a (2).jpg", ..."""
    path = PurePath(target)
    yield target
    number = 2
    while True:
        yield str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        number += 1


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def _inner(folder: str) -> PurePath:
    """Return the name of a category as a path that leads down only."""
    return PurePath(*[part for part in PurePosixPath(folder).parts if part not in ("/", "..")])


def _name_of(address: str) -> str:
    """Return the name of the file that an address seems to mean."""
    if address.startswith("data:"):
        return _NAMELESS
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    return name.replace("\0", "").replace(os.sep, "") or _NAMELESS
