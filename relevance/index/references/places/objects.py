"""References in a store of objects, ``s3://bucket/prefix``, ``gs://`` or ``az://``, by obstore.

Such stores write each object whole or not at all. Credentials and endpoints come from where all
such programs look for them: of S3 from ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from obstore.exceptions import BaseError
from obstore.store import from_url

from relevance.errors import UsageError
from relevance.index.references.places.base import first_line, out_of_reach


class Objects:
    """A place in a store; see ``Place``."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._store = from_url(address.rstrip("/"))
        except (BaseError, ValueError) as error:
            raise UsageError(f"{address} cannot be opened: {first_line(error)}.") from error

    def names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder."""
        with self._reached():
            found = self._store.list_with_delimiter(f"{folder}/")
        paths = [*found["common_prefixes"], *(item["path"] for item in found["objects"])]
        names = [path.removeprefix(f"{folder}/").rstrip("/") for path in paths if path != folder]
        return frozenset([name for name in names if name and name[0] != "."])

    def read(self, name: str) -> bytes:
        """Return an object."""
        with self._reached(FileNotFoundError):
            return bytes(self._store.get(name).bytes())

    def write(self, name: str, data: bytes) -> None:
        """Put an object in its place."""
        with self._reached():
            self._store.put(name, data, use_multipart=False)

    def remove(self, name: str) -> None:
        """Remove an object."""
        with self._reached(), suppress(FileNotFoundError):
            self._store.delete(name)

    @contextmanager
    def _reached(self, *expected: type[Exception]) -> Iterator[None]:
        """Turn errors but those expected into what they mean; a missing bucket is one, too."""
        try:
            yield
        except expected:
            raise
        except (BaseError, OSError) as error:
            raise out_of_reach(self.address, error) from error
