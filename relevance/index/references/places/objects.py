"""References in a store of objects, such as ``s3://bucket/prefix``, by fsspec's drivers.

Stores of objects write each whole or not at all. Credentials and endpoints come from where the
driver looks for them: of S3 from ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from relevance.errors import MissingExtraError, StoreError, UsageError
from relevance.system.names import printable

_BY_OBSTORE = frozenset({"s3", "gs", "az"})


class Objects:
    """A place in a store; see ``Place``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._system, root = _opened(address)
        self._root = root.rstrip("/")

    def names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder."""
        with self._reached():
            self._system.invalidate_cache()  # others write here too
            try:
                found = self._system.ls(self._at(folder), detail=False)
            except FileNotFoundError:
                return frozenset()
        names = [str(item).rstrip("/").rpartition("/")[2] for item in found]
        return frozenset([name for name in names if name and name[0] != "."])

    def read(self, name: str) -> bytes:
        """Return an object."""
        with self._reached():
            return bytes(self._system.cat_file(self._at(name)))

    def write(self, name: str, data: bytes) -> None:
        """Put an object in its place."""
        with self._reached():
            self._system.pipe_file(self._at(name), data)

    def remove(self, name: str) -> None:
        """Remove an object."""
        with self._reached(), suppress(FileNotFoundError):
            self._system.rm(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:  # drivers have no common errors
            raise StoreError(
                f"{printable(self.address)} cannot be used ({type(error).__name__}: "
                f"{_first_line(error)}); check the address, the network and the credentials."
            ) from error


def _opened(address: str) -> tuple[Any, str]:
    """Return the driver of an address, and where in its store it leads."""
    import fsspec

    scheme = address.partition("://")[0].lower()
    if scheme in _BY_OBSTORE:
        try:
            from obstore.fsspec import register
        except ImportError as error:
            raise MissingExtraError(f"A place at {scheme}://", "objects") from error
        register(scheme)
    try:
        system, root = fsspec.url_to_fs(address)
    except ImportError as error:  # names the package to install
        raise UsageError(f"{scheme}:// needs a driver: {error}") from error
    except ValueError as error:
        raise UsageError(f"{printable(address)} cannot be opened: {_first_line(error)}.") from error
    return system, str(root)


def _first_line(error: Exception) -> str:
    return printable(str(error).strip().partition("\n")[0])[:200]
