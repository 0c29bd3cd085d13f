"""References in a folder of this machine, or of a drive that several share."""

from __future__ import annotations

import os
from pathlib import Path

from relevance.errors import StoreError
from relevance.exports.atomic import explained, put_bytes
from relevance.system.names import printable

_BY = " with --store"


class Folder:
    """A place on a disk; see ``Place``."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder)
        self._folder = folder

    def names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder."""
        try:
            with os.scandir(self._folder / folder) as listing:
                return frozenset([entry.name for entry in listing if entry.name[0] != "."])
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except OSError as error:
            raise self._unreadable(error) from error

    def read(self, name: str) -> bytes:
        """Return an object."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FileNotFoundError(name) from error
        except OSError as error:
            raise self._unreadable(error) from error

    def write(self, name: str, data: bytes) -> None:
        """Put an object in its place."""
        path = self._folder / name
        with explained(path, _BY):
            path.parent.mkdir(parents=True, exist_ok=True)
            put_bytes(path, data)

    def remove(self, name: str) -> None:
        """Remove an object."""
        with explained(self._folder / name, _BY):
            (self._folder / name).unlink(missing_ok=True)

    def _unreadable(self, error: OSError) -> StoreError:
        return StoreError(
            f"The references in {printable(self._folder)} cannot be read: {error.strerror}."
        )
