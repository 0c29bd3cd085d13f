"""``postgresql://user@host:5432/database#name`` -> what libpq takes, and which index is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relevance.errors import UsageError
from relevance.system.names import printable

USUAL_NAME = "relevance"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")
_PASSWORD = re.compile(r"(//[^/@]*?):[^/@]*@")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is.

    Attributes:
        server: The address without the index, as libpq takes it.
        name: The index, which is a schema of the database.
        shown: The address as it may be printed: without password and settings.
    """

    server: str
    name: str
    shown: str

    @classmethod
    def of(cls, given: str) -> Address:
        """Read an address; what follows ``#`` names the index, which is "relevance" unless said.

        Raises:
            UsageError: The name cannot be one of a schema.
        """
        server, _, name = given.partition("#")
        name = name or USUAL_NAME
        shown = _PASSWORD.sub(r"\1@", server.partition("?")[0]) + f"#{name}"
        if not _NAME.fullmatch(name):
            raise UsageError(
                f'"{printable(name[:80])}" cannot name an index in PostgreSQL; take at most 40 of '
                "the characters a-z, 0-9 and _, beginning with a letter."
            )
        return cls(server, name, shown)
