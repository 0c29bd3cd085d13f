"""Items -> files in their places, each noted in the log before and after."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from relevance.embedding.embeddings import Advance, Watch
from relevance.errors import unwritable
from relevance.exports.placing import put_copy, put_link, put_moved, same_bytes
from relevance.jobs.sort.choosing import COPY, LINK, MOVE, Item, numbered
from relevance.jobs.sort.log import Log
from relevance.jobs.sort.result import DONE, FAILED, PLANNED, THERE, Filed
from relevance.pictures.fetching import Fetcher, Limits, is_address
from relevance.pictures.reading import Skipped

BY_TO = " with --to"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of the drive rather than of one picture: the next one would meet them too."""


@dataclass(slots=True)
class Plan:
    """Says where everything would go, and touches nothing.

    Attributes:
        home: The folder that is sorted into.
        action: "copy", "move" or "link".
    """

    home: Path
    action: str
    _taken: set[str] = field(default_factory=set)

    def put(self, item: Item, target: str) -> str:
        """Take a place; raises ``FileExistsError`` where it is taken."""
        if target in self._taken or os.path.lexists(self.home / target):
            raise FileExistsError
        self._taken.add(target)
        return PLANNED


class Work:
    """Puts pictures into their places; use it as a context manager."""

    def __init__(self, home: Path, action: str, begin: Callable[[], Log]) -> None:
        """Take the folder that is sorted into, what is done, and what begins a log of it."""
        self.home = home
        self.action = action
        self.log: Log | None = None
        self._begin = begin
        self._stack = ExitStack()
        self._fetcher: Fetcher | None = None

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def put(self, item: Item, target: str) -> str:
        """Put a picture into a place.

        Raises:
            FileExistsError: Something is there.
            OSError: It cannot be put there; nothing is left of it.
            _UnreachableError: An address gave no picture.
        """
        content = self._content(item.source)
        log = self._opened_log()
        self._make_folders(PurePath(target).parent, log)
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        log.intent(item.source, target, self.action, size)
        try:
            digest = self._put(content, self.home / target)
        except OSError:
            log.void()
            raise
        log.done(digest)
        return DONE

    def _put(self, content: Path | bytes, place: Path) -> bytes:
        if self.action == COPY or isinstance(content, bytes):
            return put_copy(content, place)
        (put_moved if self.action == MOVE else put_link)(content, place)
        return b""

    def _content(self, source: str) -> Path | bytes:
        """Return a file, or what an address serves."""
        if not (is_address(source) or source.startswith("data:")):
            return Path(source)
        if not self._fetcher:
            self._fetcher = self._stack.enter_context(Fetcher(Path(), Limits()))
        found = self._fetcher.fetch(source)
        if isinstance(found, Skipped):
            raise _UnreachableError(found.reason)
        return found.content

    def _opened_log(self) -> Log:
        """Return the log; a sort that does nothing needs none."""
        if not self.log:
            self.log = self._begin()
            self._stack.callback(self.log.close)
        return self.log

    def _make_folders(self, below: PurePath, log: Log) -> None:
        """Make the folders on the way to a place, noting each."""
        for folder in (*reversed(below.parents), below):
            place = self.home / folder
            if not place.is_dir():
                log.folder(str(folder))
                with contextlib.suppress(FileExistsError):  # another sort has just made it
                    place.mkdir()
                if not place.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))


class _UnreachableError(Exception):
    """What an address should have served cannot be had."""


def file_items(items: Sequence[Item], hands: Plan | Work, progress: Watch) -> Iterator[Filed]:
    """Do with each item what is to be done, or say why it was not.

    Raises:
        OutputError: The disk is full; what is done is noted.
    """
    for number, item in enumerate(items, 1):
        yield _file(item, hands)
        if progress:
            progress(Advance(number, len(items)))


def _file(item: Item, hands: Plan | Work) -> Filed:
    if item.reason:
        return Filed(item.source, "", FAILED, item.reason)
    try:
        return _to_free_place(item, hands)
    except _UnreachableError as error:
        return Filed(item.source, "", FAILED, str(error))
    except OSError as error:
        if error.errno in _FULL:
            raise unwritable(error.filename or hands.home, error, BY_TO) from error
        return Filed(item.source, "", FAILED, error.strerror or str(error))


def _to_free_place(item: Item, hands: Plan | Work) -> Filed:
    """Take the first place that is free, unless the picture is in one before it."""
    places = numbered(item.target)
    while True:
        target = next(places)
        if os.path.lexists(hands.home / target):
            if _is_there(item.source, hands.home / target, hands.action):
                return Filed(item.source, target, THERE)
            continue
        with contextlib.suppress(FileExistsError):  # another sort was faster
            return Filed(item.source, target, hands.put(item, target))


def _is_there(source: str, place: Path, action: str) -> bool:
    """Say whether a place holds what would be put there."""
    if is_address(source) or not place.is_file():
        return False
    if action == LINK:
        return place.is_symlink() and os.path.realpath(place) == os.path.realpath(source)
    return same_bytes(Path(source), place)
