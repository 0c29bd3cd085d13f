"""The folder of an embedded store: which generation is in force, and who may write."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from relevance.errors import NoIndexError, RelevanceError, StoreError, UsageError, unwritable
from relevance.exports.atomic import explained, put_text
from relevance.exports.databases import disk_error
from relevance.pictures.leaving_out import OWN_MARK
from relevance.system.finding import did_you_mean
from relevance.system.locations import is_file
from relevance.system.names import printable

_CURRENT, _LOCK = "current", "writing.lock"
DATABASE = "rows.sqlite"


class Home:
    """The folder; it may not be there yet.

    Attributes:
        folder: Its path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_there(self) -> bool:
        """Whether a store was made in it."""
        return is_file(self.folder / OWN_MARK) and is_file(self.folder / _CURRENT)

    def stamp(self) -> tuple[int, int]:
        """Return what is another when another generation is in force.

        Raises:
            StoreError: The folder is gone.
        """
        try:
            status = (self.folder / _CURRENT).stat()
        except OSError as error:
            raise StoreError(
                f"The index {printable(self.folder)} is not there any more ({error.strerror}); "
                "open it where it is now."
            ) from error
        return status.st_ino, status.st_mtime_ns

    def current(self) -> int:
        """Return the generation in force.

        Raises:
            NoIndexError: There is no index here.
            StoreError: The folder cannot be read, or is damaged.
        """
        name = printable(self.folder)
        try:
            return int((self.folder / _CURRENT).read_text())
        except (FileNotFoundError, NotADirectoryError) as error:
            place = f"{name} is no index" if self.folder.exists() else f"There is no index {name}"
            end = did_you_mean(self.folder) if not self.folder.exists() else "."
            raise NoIndexError(
                f"{place}; `relevance index PATH -o {name}` makes one{end}"
            ) from error
        except OSError as error:
            raise StoreError(f"The index {name} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise StoreError(
                f"The index {name} is damaged ({_CURRENT} names no generation); make it again."
            ) from error

    def generation(self, number: int) -> Path:
        """Return the folder of a generation."""
        return self.folder / str(number)

    def begin(self, number: int) -> Path:
        """Make an empty folder for a generation, whatever a killed run left there."""
        folder = self.generation(number)
        shutil.rmtree(folder, ignore_errors=True)
        with explained(folder):
            folder.mkdir(parents=True)
        return folder

    def publish(self, number: int) -> None:
        """Put a generation in force, and drop all others."""
        with explained(self.folder):
            put_text(self.folder / _CURRENT, f"{number}\n")
        for entry in self.folder.iterdir():
            if entry.name.isdecimal() and entry.name != str(number):
                shutil.rmtree(entry, ignore_errors=True)  # on Windows readers keep them

    def settle_in(self) -> None:
        """Make the folder, where nothing is there but what a killed run may have left.

        Raises:
            UsageError: Something else is there.
            OutputError: The disk is full, for example.
        """
        name = printable(self.folder)
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            found = {entry.name for entry in self.folder.iterdir()}
        if _CURRENT in found:
            raise UsageError(f"There is an index {name} already; add to it, or name another place.")
        if not all(item.isdecimal() or item.startswith(_LOCK) or item[0] == "." for item in found):
            raise UsageError(f"{name} holds other files; name an empty or new folder.")
        with explained(self.folder):
            put_text(self.folder / OWN_MARK, "An index that `relevance index` made.\n")

    def lock(self) -> WriterLock:
        """Take the right to write; raises ``StoreError`` where another run has it."""
        return WriterLock(self.folder / _LOCK)


class WriterLock:
    """The right to write, until all who share it ``release`` it or the process ends, however."""

    def __init__(self, file: Path) -> None:
        """Take it.

        Raises:
            StoreError: Another run has it.
            UsageError: The folder cannot be written.
            OutputError: The disk is full, for example.
        """
        self._sharers = 1
        try:
            self._connection = sqlite3.connect(
                file, timeout=0, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise _refused(file, error) from error

    def share(self) -> WriterLock:
        """Return it for someone else of this process, who also has to release it."""
        self._sharers += 1
        return self

    def release(self) -> None:
        """Let others write, if nobody shares it any more."""
        self._sharers -= 1
        if not self._sharers:
            self._connection.close()


def _refused(file: Path, error: sqlite3.Error) -> RelevanceError:
    reason = disk_error(error)
    if reason:
        return unwritable(file.parent, reason)
    return StoreError(
        f"Another run is writing the index {printable(file.parent)}; wait until it is done."
    )
