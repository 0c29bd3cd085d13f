"""What a place that keeps references can do."""

from __future__ import annotations

from typing import Protocol


class Place(Protocol):
    """Objects by name, in folders one deep; each appears whole or not at all, and never changes.

    Everything in it raises ``StoreError`` where the place cannot be reached, and ``UsageError`` or
    ``OutputError`` where it cannot be written.

    Attributes:
        address: As it was given.
    """

    address: str

    def names(self, folder: str) -> frozenset[str]:
        """Return the names in a folder; none where there is no such folder."""

    def read(self, name: str) -> bytes:
        """Return an object, ``folder/name``; raises ``FileNotFoundError`` where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Put an object in its place; when this returns, it is there to stay."""

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
