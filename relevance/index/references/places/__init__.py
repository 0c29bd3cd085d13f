"""Where references lie, chosen by address: a folder, or a store of objects that fsspec knows."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from relevance.errors import MissingExtraError, UsageError
from relevance.index.references.places.base import Place
from relevance.system.names import printable

__all__ = ["Place", "place_at"]

_STORES = frozenset({"s3", "gs", "az"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
"""Two letters at least: one is a drive of Windows."""


def place_at(address: str | Path) -> Place:
    """Return the place at an address; nothing is made or looked at there yet.

    Raises:
        UsageError: It is empty, or of a kind that fsspec does not know.
        MissingExtraError: A driver is not installed.
    """
    if not str(address):
        raise UsageError("The place of the references is empty; is a shell variable not set?")
    found = _SCHEME.match(str(address))
    scheme = found[1].lower() if found else ""
    if scheme in ("http", "https"):
        raise UsageError(
            f"Nothing can be written to {printable(address)}; keep references in a folder, or in a "
            "store such as s3://bucket/prefix."
        )
    if scheme in _STORES:
        with suppress(ImportError):  # of obstore; what to do about it is said here
            from relevance.index.references.places.objects import Objects

            return Objects(str(address))
        raise MissingExtraError(f"A place at {scheme}://", "objects")
    if scheme:
        from relevance.index.references.places.drivers import Driven

        return Driven(str(address))
    from relevance.index.references.places.folder import Folder

    return Folder(Path(address).expanduser())
