"""What a place that keeps references can do."""

from __future__ import annotations

from typing import Protocol

from relevance.errors import StoreError
from relevance.system.names import printable

_LONGEST = 200


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


def out_of_reach(address: str, error: Exception) -> StoreError:
    """Return what to raise where a place does not do what it is asked for."""
    return StoreError(
        f"{printable(address)} cannot be used ({type(error).__name__}: {first_line(error)}); check "
        "the address, the network and the credentials."
    )


def first_line(error: Exception) -> str:
    """Return what an error says, without what it says beyond that."""
    return printable(str(error).strip().partition("\n")[0])[:_LONGEST]
