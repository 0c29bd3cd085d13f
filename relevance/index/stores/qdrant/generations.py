"""Collections behind an alias: each is an index made anew, and takes the last one's place."""

from __future__ import annotations

import contextlib
import re
import secrets
from datetime import UTC, datetime

from qdrant_client import models

from relevance.errors import StoreError
from relevance.index.stores.base import Origin
from relevance.index.stores.qdrant.points import INDEXED
from relevance.index.stores.qdrant.server import Server, TakenError
from relevance.index.stores.qdrant.state import State

_CODES: dict[str, models.QuantizationConfig | None] = {
    "int8": models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(
            type=models.ScalarType.INT8, quantile=0.99, always_ram=True
        )
    ),
    "binary": models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=True)),
    "none": None,
}


class Generations:
    """The collections of one index."""

    def __init__(self, server: Server, alias: str) -> None:
        """Look at nothing yet.

        Args:
            server: Where they are.
            alias: Name of the index.
        """
        self._server = server
        self._client = server.client
        self._alias = alias

    def current(self) -> str:
        """Return the collection behind the alias; empty where there is none."""
        found = self._server.ask(self._client.get_aliases).aliases
        names = {alias.alias_name: alias.collection_name for alias in found}
        return names.get(self._alias, "")

    def is_free(self) -> bool:
        """Whether the server has neither an alias nor a collection of this name."""
        return not self.current() and not self._server.ask(
            self._client.collection_exists, self._alias
        )

    def make(self, origin: Origin, quantisation: str) -> str:
        """Make an empty collection, with the fields by which points are looked for."""
        name = f"{self._alias}-{secrets.token_hex(6)}"
        state = State(name, origin, datetime.now(UTC).isoformat(timespec="seconds"), quantisation)
        vectors = models.VectorParams(
            size=origin.dim,
            distance=models.Distance.DOT,  # of unit rows, which Cosine would scale again
            datatype=models.Datatype.FLOAT16,
            on_disk=quantisation != "none",
        )
        with contextlib.suppress(TakenError):  # by this request, of which the answer was lost
            self._server.ask(
                self._client.create_collection,
                name,
                vectors_config=vectors,
                quantization_config=_CODES[quantisation],
                metadata=state.metadata(),
            )
        if not self._server.ask(self._client.get_collection, name).config.metadata:
            self.drop(name)
            raise StoreError(f"{self._server.place} is older than Qdrant 1.16; use a newer server.")
        for field, kind in INDEXED.items():
            self._server.ask(self._client.create_payload_index, name, field, kind, wait=True)
        return name

    def put_in_force(self, name: str) -> None:
        """Point the alias at a collection, in one step; delete what it pointed at before."""
        old = self.current()
        forget = models.DeleteAlias(alias_name=self._alias)
        point = models.CreateAlias(collection_name=name, alias_name=self._alias)
        steps: list[models.AliasOperations] = [models.CreateAliasOperation(create_alias=point)]
        if old:
            steps.insert(0, models.DeleteAliasOperation(delete_alias=forget))
        self._server.ask(self._client.update_collection_aliases, steps)
        if old and old != name:
            self.drop(old)

    def drop(self, name: str) -> None:
        """Delete a collection."""
        self._server.ask(self._client.delete_collection, name)

    def drop_strays(self) -> None:
        """Delete collections that were to take the current one's place, and never did."""
        ours = re.compile(re.escape(self._alias) + "-[0-9a-f]{12}")
        current = self.current()
        for found in self._server.ask(self._client.get_collections).collections:
            if ours.fullmatch(found.name) and found.name != current:
                self.drop(found.name)
