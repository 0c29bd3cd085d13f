"""A file that is being written, under a hidden name beside the place that it will take."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from relevance.exports.locks import hold, is_held, one_at_a_time

_DRAFT, OLDER = ".draft", ".older"
_DIGITS = 8
_NAME_BYTES = 200  # of at most 255 that a file's name may have
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
_OURS_TO_OPEN = ("/dev/fd/", "/dev/std", "/proc/")
"""Where a name stands for something that is open already, though it may lead to a file."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a place will hold.

    Attributes:
        place: The file as the user named it.
        target: The file itself, where the name is that of a link.
        file: Where the new content is.
        is_stream: Whether the place takes content and holds none: a pipe, a terminal.
        lock: Descriptor that says that the draft is in the works; None where nothing says so.
    """

    place: Path
    target: Path
    file: Path
    is_stream: bool
    lock: int | None = None

    @classmethod
    def beside(cls, place: Path) -> Draft:
        """Make an empty draft with the mode and owner of the file that it will replace.

        Raises:
            OSError: The place cannot be written.
        """
        old = _status(place)
        if old and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
        if _is_stream(place, old):
            descriptor, name = tempfile.mkstemp(_DRAFT)
            os.close(descriptor)
            return cls(place, place, Path(name), is_stream=True)
        target = Path(os.path.realpath(place))
        if old and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        file = hidden_name(target, _DRAFT)
        with one_at_a_time(target.parent):  # or it might be taken for an abandoned one
            # a new file gets the mode that any program would give it
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if old else 0o666))
            draft = cls(place, target, file, is_stream=False, lock=hold(file))
        draft.take_after(old)
        return draft

    @classmethod
    def of(cls, file: Path, place: Path) -> Draft:
        """Take a finished file for the draft of a place.

        Raises:
            OSError: The place cannot be written.
        """
        old = _status(place)
        target = Path(os.path.realpath(place))
        draft = cls(place, target, file, is_stream=_is_stream(place, old))
        draft.take_after(old)
        draft.settle()
        return draft

    def take_after(self, old: os.stat_result | None) -> None:
        """Give the draft the owner and mode of the file that it will replace."""
        if not old:
            return
        with contextlib.suppress(OSError, AttributeError):  # who may not give files away keeps them
            os.chown(self.file, old.st_uid, old.st_gid)
        with contextlib.suppress(OSError):  # some disks know no modes
            self.file.chmod(stat.S_IMODE(old.st_mode))

    def settle(self) -> None:
        """Wait until the content is on the disk; a full one may say so only now."""
        _settle(self.file, os.O_RDWR)

    def send(self) -> None:
        """Pass the content on to a place that holds none."""
        with self.file.open("rb") as content, self.target.open("wb") as stream:
            shutil.copyfileobj(content, stream)

    def take_place(self) -> None:
        """Become the file."""
        self.file.replace(self.target)

    def discard(self) -> None:
        """Remove what is left of the draft, if anything is."""
        try:
            self.file.unlink(missing_ok=True)
        finally:
            if self.lock is not None:
                os.close(self.lock)


def settle_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where a folder can be asked that."""
    with contextlib.suppress(OSError):
        _settle(folder, os.O_RDONLY)


def _settle(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _status(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None


def _is_stream(place: Path, status: os.stat_result | None) -> bool:
    if os.path.abspath(place).startswith(_OURS_TO_OPEN):
        return status is not None
    return bool(status) and not stat.S_ISREG(status.st_mode)  # type: ignore[union-attr]


def hidden_name(target: Path, end: str) -> Path:
    """Make up a name beside a file; see ``remove_abandoned``."""
    return target.with_name(f"{_start(target)}{secrets.token_hex(_DIGITS // 2)}{end}")


def remove_abandoned(folder: Path, targets: Iterable[Path]) -> None:
    """Remove what killed processes left beside files; call it inside ``one_at_a_time``."""
    starts = {_start(target) for target in targets}
    with contextlib.suppress(OSError):
        with os.scandir(folder) as listing:  # a path of each would take long among many
            hidden = [entry.name for entry in listing if entry.name[0] == "."]
        for file in map(folder.joinpath, hidden):
            start, end = file.name[: -_DIGITS - len(file.suffix)], file.suffix
            if start in starts and end in (_DRAFT, OLDER) and not is_held(file):
                file.unlink(missing_ok=True)


def _start(target: Path) -> str:
    """Return how hidden names beside a file begin."""
    return f".{os.fsdecode(os.fsencode(target.name)[:_NAME_BYTES])}."
