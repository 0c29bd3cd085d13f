"""Where references lie, chosen by address: a folder, or a store of objects that fsspec knows."""

from __future__ import annotations

import re
from pathlib import Path

from relevance.errors import UsageError
from relevance.index.references.places.base import Place
from relevance.system.names import printable

__all__ = ["Place", "place_at"]

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
    if found and found[1].lower() in ("http", "https"):
        raise UsageError(
            f"Nothing can be written to {printable(address)}; keep references in a folder, or in a "
            "store such as s3://bucket/prefix."
        )
    if found:
        from relevance.index.references.places.objects import Objects

        return Objects(str(address))
    from relevance.index.references.places.folder import Folder

    return Folder(Path(address).expanduser())
