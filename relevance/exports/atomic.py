"""All files that a run leaves go through here: each appears whole or not at all.

A file is written beside its place, under a hidden name, and renamed into it once it is on the
disk. Files written inside ``together`` take their places together, when all of them are there.
What was in a place before stays until then, whatever ends the run.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from relevance.errors import BY_OPTION, OutputError, PageError, unwritable
from relevance.exports.drafts import (
    OLDER,
    Draft,
    hidden_name,
    remove_abandoned,
    settle_folder,
)
from relevance.exports.locks import one_at_a_time


@contextlib.contextmanager
def together() -> Iterator[_Batch]:
    """Let all files that are written inside appear together, or none of them.

    A page that could not be drawn (``PageError``) keeps back nothing but itself.

    Raises:
        OSError: A file cannot take its place; those before it have left theirs again.
        OutputError: The same, and an older file could not be put back.
    """
    outer = _open_batch.get()
    if outer:
        yield outer
        return
    batch = _Batch()
    token = _open_batch.set(batch)
    try:
        yield batch
        batch.commit()
    except PageError:
        batch.commit()
        raise
    finally:
        _open_batch.reset(token)
        batch.discard()


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[TextIO]:
    """Write a text file as UTF-8 that takes its place at the end of the block, if all goes well.

    A link stays a link, to new content; mode and owner of an older file stay. What holds no
    content, such as a pipe or ``/dev/stdout``, is sent it.

    Raises:
        OSError: It cannot be written; its ``filename`` is the path.
    """
    with drafting(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        yield stream


@contextlib.contextmanager
def drafting(path: str | Path) -> Iterator[Path]:
    """Give a file to write, by whatever means, that takes its place; see ``replacing``."""
    place = Path(path)
    with together() as batch, named(place):
        draft = Draft.beside(place)
        batch.drafts.append(draft)
        yield draft.file
        draft.settle()


def put_text(path: str | Path, text: str) -> Path:
    """Write a text file; see ``replacing``."""
    with replacing(path) as stream:
        stream.write(text)
    return Path(path)


def put_bytes(path: str | Path, data: bytes) -> None:
    """Write a file as it is; raises what ``replacing`` raises."""
    with drafting(path) as draft:
        draft.write_bytes(data)


def put_file(file: Path, path: Path) -> None:
    """Give a file that is finished its name, as ``replacing`` does; raises the same."""
    with together() as batch, named(path):
        batch.drafts.append(Draft.of(file, path))


@contextlib.contextmanager
def explained(place: str | Path, by: str = BY_OPTION) -> Iterator[None]:
    """Turn ``OSError`` into an error that says what to do.

    Args:
        place: What is written, where the error does not name it.
        by: How another place is chosen; see ``unwritable``.

    Raises:
        UsageError: The place cannot be written to.
        OutputError: It could be, were the disk not full, for example.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(error.filename or place, error, by) from error


class _Batch:
    """Drafts that take their places together."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._replaced: list[_Replaced] = []

    def commit(self) -> None:
        """Let all drafts take their places, or none."""
        drafts = {draft.target: draft for draft in self.drafts if not draft.is_stream}
        for draft in self.drafts:
            if draft.is_stream:
                with named(draft.place):
                    draft.send()
        with contextlib.ExitStack() as stack:
            folders = sorted({target.parent for target in drafts})
            for folder in folders:  # in one order everywhere, so that two never wait for another
                stack.enter_context(one_at_a_time(folder))
                remove_abandoned(folder, drafts)
            try:
                for draft in drafts.values():
                    with named(draft.place):
                        self._replaced.append(_Replaced(draft))
                        draft.take_place()
            except BaseException as error:
                self._undo(error)
                raise
            for folder in folders:
                settle_folder(folder)

    def discard(self) -> None:
        """Remove whatever is left: drafts that took no place, and older files behind them."""
        for replaced in self._replaced:
            replaced.forget()
        for draft in self.drafts:
            with contextlib.suppress(OSError):
                draft.discard()

    def _undo(self, error: BaseException) -> None:
        lost = [item.draft for item in reversed(self._replaced) if not item.restore()]
        if lost:
            names = ", ".join(str(draft.place) for draft in lost)
            raise OutputError(
                f"Not all files of the run could be written ({error}); {names} may be new while "
                "the others are old. Run it again, or choose another place."
            ) from error


class _Replaced:
    """A place that a draft takes, and a second name for the file that was there."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._had_one = draft.target.exists()
        self._older: Path | None = None
        if self._had_one:
            older = hidden_name(draft.target, OLDER)
            with contextlib.suppress(OSError):  # some disks know no second names
                os.link(draft.target, older)
                self._older = older

    def restore(self) -> bool:
        """Put things back as they were; say whether that worked."""
        if not self.draft.file.exists():  # else the draft never took the place
            try:
                if self._older:
                    self._older.replace(self.draft.target)
                elif self._had_one:
                    return False
                else:
                    self.draft.target.unlink(missing_ok=True)
            except OSError:
                return False
        return True

    def forget(self) -> None:
        """Drop the older file."""
        if self._older:
            with contextlib.suppress(OSError):
                self._older.unlink(missing_ok=True)


_open_batch: ContextVar[_Batch | None] = ContextVar("_open_batch", default=None)


@contextlib.contextmanager
def named(place: Path) -> Iterator[None]:
    """Let errors name the file that was asked for rather than its draft."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(place)) from error
