"""References wherever fsspec has a driver, such as ``sftp://``, ``smb://`` and ``hdfs://``.

A file gets its name once it is whole, which is as safe as the driver's renaming is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import fsspec

from relevance.errors import UsageError
from relevance.index.references.changes import new_id
from relevance.index.references.places.base import first_line, out_of_reach
from relevance.system.names import printable


class Driven:
    """A place behind a driver; see ``Place``."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._system, root = fsspec.url_to_fs(address)
        except (ImportError, ValueError) as error:  # names the package to install
            raise UsageError(
                f"{printable(address)} cannot be opened: {first_line(error)}."
            ) from error
        self._root = str(root).rstrip("/")

    def names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder."""
        with self._reached():
            self._system.invalidate_cache()  # others write here too
            try:
                found = self._system.ls(f"{self._root}/{folder}", detail=False)
            except FileNotFoundError:
                return frozenset()
        names = [str(item).rstrip("/").rpartition("/")[2] for item in found]
        return frozenset([name for name in names if name and name[0] != "."])

    def read(self, name: str) -> bytes:
        """Return an object."""
        with self._reached(FileNotFoundError):
            return bytes(self._system.cat_file(f"{self._root}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """Put an object in its place."""
        folder, _, last = f"{self._root}/{name}".rpartition("/")
        draft = f"{folder}/.{last}.{new_id()}"  # most drivers show files before they are whole
        with self._reached():
            self._system.makedirs(folder, exist_ok=True)
            self._system.pipe_file(draft, data)
            self._system.mv(draft, f"{folder}/{last}")

    def remove(self, name: str) -> None:
        """Remove an object."""
        with self._reached(), suppress(FileNotFoundError):
            self._system.rm(f"{self._root}/{name}")

    @contextmanager
    def _reached(self, *expected: type[Exception]) -> Iterator[None]:
        """Turn errors but those expected into what they mean; a missing bucket is one, too."""
        try:
            yield
        except expected:
            raise
        except Exception as error:  # drivers have no common errors
            raise out_of_reach(self.address, error) from error
