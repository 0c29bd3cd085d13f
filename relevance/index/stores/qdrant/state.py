"""What a collection says of itself in its metadata, which is replaced in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from relevance.errors import StoreError, UsageError
from relevance.index.stores.base import Origin
from relevance.index.stores.qdrant.server import Server
from relevance.system.json_reader import JsonError, build, parse

VERSION = 1
_KEY = "relevance"


@dataclass(frozen=True, slots=True)
class State:
    """What holds as of the last whole write.

    Attributes:
        collection: The name behind the alias.
        origin: What made the vectors.
        made: When, as ISO 8601 in UTC.
        quantisation: How vectors are sifted.
        write: Number of the last whole write.
        columns: Names of all columns that any row has had.
        notes: What the index keeps with it.
        version: Of this format.
    """

    collection: str
    origin: Origin
    made: str
    quantisation: str
    write: int = 0
    columns: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    version: int = VERSION

    def metadata(self) -> dict[str, str]:
        """Return it as the server keeps it: one text, or parts of it would be merged."""
        return {_KEY: json.dumps(asdict(self))}

    @classmethod
    def read(cls, server: Server, name: str) -> State:
        """Read it.

        Args:
            server: Where it is.
            name: A collection or alias.

        Raises:
            GoneError: There is no such collection.
            UsageError: It is not one of ours, or of an unknown version.
            StoreError: It is damaged.
        """
        kept = server.ask(server.client.get_collection, name).config.metadata or {}
        if _KEY not in kept:
            raise UsageError(
                f"{server.place} is a collection that relevance did not make; choose another name."
            )
        try:
            found = parse(kept[_KEY])
            if isinstance(found, dict) and found.get("version") != VERSION:
                raise UsageError(
                    f"{server.place} is of version {found.get('version')}, and this is made for "
                    f"{VERSION}; use the relevance that made it, or make it anew with --again."
                )
            return build(cls, found)
        except JsonError as error:
            raise StoreError(
                f"{server.place} is damaged: {error}. Make it anew with --again."
            ) from error

    def keep(self, server: Server) -> None:
        """Replace what the server keeps."""
        server.ask(server.client.update_collection, self.collection, metadata=self.metadata())
