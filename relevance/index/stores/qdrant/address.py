"""``qdrant://host:6333/collection?quantisation=binary`` taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from relevance.errors import UsageError, check_choice
from relevance.system.names import printable

DEFAULT_QUANTISATION = "int8"
QUANTISATIONS = (DEFAULT_QUANTISATION, "binary", "none")
_PORT = 6333
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is.

    Attributes:
        host: Name or number of the server.
        port: Of its REST API.
        name: Of the index: an alias on the server.
        quantisation: One of ``QUANTISATIONS``, for an index that is made; empty says nothing.
    """

    host: str
    port: int
    name: str
    quantisation: str

    @classmethod
    def of(cls, text: str) -> Address:
        """Take an address apart.

        Raises:
            UsageError: It is none.
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port or _PORT
            options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        except ValueError as error:
            raise _wrong(text) from error
        name = parts.path.strip("/")
        if parts.username or parts.password:
            raise UsageError(
                "A key does not belong in an address, which ends up in logs and shell histories; "
                "set the environment variable QDRANT_API_KEY instead."
            )
        if not host or not _NAME.fullmatch(name) or set(options) - {"quantisation"}:
            raise _wrong(text)
        quantisation = options.get("quantisation", "")
        if quantisation:
            check_choice("quantisation", quantisation, QUANTISATIONS)
        return cls(host, port, name, quantisation)

    def __str__(self) -> str:
        return f"qdrant://{self.host}:{self.port}/{self.name}"


def _wrong(text: str) -> UsageError:
    return UsageError(
        f"{printable(text)} is no address of an index on Qdrant; write "
        "qdrant://host:6333/collection, with letters, digits, dots and dashes for the collection."
    )
