"""A log -> everything as it was before the sort, as far as nobody has changed it since.

What is there is looked at, whatever the log says was done: a sort that was killed, or an undoing,
is undone as a whole one is, and undoing twice does no harm. Nothing is written over, and nothing
removed but what holds the same as something that stays, or as the sort made it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from relevance.embedding.cache import digest_of
from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.watching import watched
from relevance.errors import UsageError
from relevance.exports.drafts import remove_abandoned
from relevance.exports.locks import hold, is_held, one_at_a_time
from relevance.exports.placing import put_moved, same_bytes
from relevance.jobs.sort.choosing import LINK, MOVE
from relevance.jobs.sort.log import Entry, History, read_log
from relevance.jobs.sort.result import BACK, KEPT, Restored, Undone
from relevance.pictures.fetching import is_address
from relevance.system.finding import meant
from relevance.system.names import printable

_BOTH = "something else is where it was"
_GONE = "it is no longer there"
_CHANGED = "it was changed since"


@watched()
def undo_sort(log: str | Path, *, progress: Watch = None) -> Undone:
    """Bring back what ``sort`` did: move back, remove copies and links.

    Args:
        log: The log that the sort wrote, which lies in the folder that was sorted into.
        progress: Called with an ``Advance`` after each picture.

    Returns:
        What was brought back and what was not, with the reason.

    Raises:
        UsageError: The log cannot be read, is damaged, or the sort still runs.
    """
    history = read_log(log)
    place = meant(log)
    if is_held(place):
        raise UsageError(f"The sort that writes {printable(log)} still runs; wait for its end.")
    descriptor = hold(place)
    try:
        found = tuple(_undo(history, progress))
        _tidy(history)
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return Undone(place, found)


def _undo(history: History, progress: Watch) -> Iterator[Restored]:
    for number, entry in enumerate(reversed(history.entries), 1):
        target = history.folder / entry.target
        try:
            reason = (_move_back if entry.action == MOVE else _remove)(entry, target)
        except OSError as error:
            reason = error.strerror or str(error)
        yield Restored(entry.source, entry.target, KEPT if reason else BACK, reason)
        if progress:
            progress(Advance(number, len(history.entries)))


def _move_back(entry: Entry, target: Path) -> str:
    """Move a picture back; return why it is not where it was."""
    source = Path(entry.source)
    if not os.path.lexists(source):
        if not os.path.lexists(target):
            return _GONE if entry.is_done else ""
        if _is_placeholder(entry, target):  # another sort had moved it before
            target.unlink()
            return ""
        source.parent.mkdir(parents=True, exist_ok=True)
        put_moved(target, source)
        return ""
    if not os.path.lexists(target):
        return ""
    is_same = os.path.realpath(source) == os.path.realpath(target)  # by way of a link made since
    if not is_same and (_is_placeholder(entry, target) or same_bytes(source, target)):
        target.unlink()  # of a move from drive to drive that was cut off
        return ""
    return _BOTH if entry.is_done else ""


def _remove(entry: Entry, target: Path) -> str:
    """Remove a copy or link; return why it stays."""
    if not os.path.lexists(target):
        return ""
    if _is_ours(entry, target):
        target.unlink()
        return ""
    return _CHANGED


def _is_ours(entry: Entry, target: Path) -> bool:
    """Say whether a copy or link is as the sort made it."""
    if entry.action == LINK:
        return target.is_symlink() and target.readlink() == Path(entry.source)
    if target.is_symlink():
        return False
    if entry.is_done:
        return digest_of(str(target)).hex() == entry.sha256
    if _is_placeholder(entry, target):
        return True
    source = Path(entry.source)
    return not is_address(entry.source) and source.is_file() and same_bytes(source, target)


def _is_placeholder(entry: Entry, target: Path) -> bool:
    """Say whether a file is what a sort that was killed had taken a name with."""
    if entry.is_done or not entry.size:
        return False
    return target.is_file() and target.stat().st_size == 0


def _tidy(history: History) -> None:
    """Remove drafts of a sort that was killed, and the folders it made that are empty again."""
    targets = [history.folder / entry.target for entry in history.entries if not entry.is_done]
    for target in targets:
        with one_at_a_time(target.parent):
            remove_abandoned(target.parent, [target])
    for folder in reversed(history.made):
        with contextlib.suppress(OSError):
            (history.folder / folder).rmdir()
