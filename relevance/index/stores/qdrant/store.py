"""The store's calls, in terms of points and of what the collection says of itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from qdrant_client import models

from relevance.encoders.base import FloatArray, HalfArray
from relevance.errors import NoIndexError, UsageError
from relevance.index.stores.base import (
    ALL,
    Batch,
    Block,
    Filter,
    Hits,
    Origin,
    Row,
    StoreInfo,
    block_of,
)
from relevance.index.stores.common import columns_of, in_order, last_of_each
from relevance.index.stores.qdrant.address import DEFAULT_QUANTISATION, Address
from relevance.index.stores.qdrant.generations import Generations
from relevance.index.stores.qdrant.pieces import pieces
from relevance.index.stores.qdrant.points import (
    after,
    among,
    ended,
    point_of,
    row_of,
    seen,
    vector_of,
)
from relevance.index.stores.qdrant.search import nearest
from relevance.index.stores.qdrant.server import GoneError, Server, connect
from relevance.index.stores.qdrant.state import State
from relevance.index.stores.qdrant.writing import WritingRight

_BATCH = 256  # points a request: about 2 MB of JSON at 512 numbers each
_IDS = 1000  # a request

Answer = TypeVar("Answer")


class QdrantStore:
    """An index on a Qdrant server; see the package for how it lies there."""

    def __init__(
        self, server: Server, address: Address, right: WritingRight, successor: str = ""
    ) -> None:
        """Take what is there.

        Args:
            server: Where it is.
            address: Of the index.
            right: To write.
            successor: The collection that is to take its place, if this is about that.
        """
        self._server = server
        self._client = server.client
        self._address = address
        self._right = right
        self._generations = Generations(server, address.name)
        self._is_successor = bool(successor)
        self._name = successor or address.name
        self._is_swept = False

    @classmethod
    def open(cls, address: str) -> QdrantStore:
        """Open an index that is there.

        Raises:
            NoIndexError: There is none.
            UsageError: It is of an unknown version, or a collection that others made.
            StoreError: It is damaged or out of reach.
        """
        store = cls._at(address)
        if store._generations.is_free():
            raise NoIndexError(
                f"There is no index at {store._address}; make it with `relevance index`."
            )
        store._state()
        return store

    @classmethod
    def create(cls, address: str, origin: Origin) -> QdrantStore:
        """Make an index where there is none.

        Raises:
            UsageError: Something else is there.
            StoreError: The server is out of reach.
        """
        store = cls._at(address)
        if not store._generations.is_free():
            raise UsageError(
                f"There is something at {store._address} already; choose another name, or add to "
                "it with --add."
            )
        quantisation = store._address.quantisation or DEFAULT_QUANTISATION
        store._generations.put_in_force(store._generations.make(origin, quantisation))
        return store

    @classmethod
    def _at(cls, text: str) -> QdrantStore:
        address = Address.of(text)
        server = Server(connect(address), str(address))
        return cls(server, address, WritingRight(server, f"{address.name}-writing"))

    @property
    def info(self) -> StoreInfo:
        """What it holds now."""
        return self._reading(self._info)

    def _info(self, state: State) -> StoreInfo:
        count = self._server.ask(
            self._client.count, state.collection, count_filter=seen(state.write), exact=True
        ).count
        codes = "" if state.quantisation == "none" else f" over {state.quantisation} codes"
        return StoreInfo(
            origin=state.origin,
            count=count,
            columns=state.columns,
            made=state.made,
            version=state.version,
            notes=state.notes,
            remark=f"Qdrant's HNSW graph{codes}, ranked by float16 vectors",
        )

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.floating]) -> None:
        """Enter rows with their ``(n, dim)`` unit vectors, all or none; known ids are replaced."""
        if not rows:
            return
        halves = np.asarray(vectors, dtype=np.float16).astype(np.float32)
        with self._writing() as state:
            for numbers in pieces(last_of_each(rows), _BATCH):
                points = [point_of(rows[n], halves[n], state.write) for n in numbers]
                self._end([rows[n].id for n in numbers], state)
                self._server.ask(self._client.upsert, state.collection, points, wait=True)
            self._commit(replace(state, columns=columns_of(state.columns, rows)))

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out, all or none; unknown ids are passed over."""
        if not ids:
            return
        with self._writing() as state:
            for some in pieces(ids, _IDS):
                self._end(some, state)
            self._commit(state)

    def note(self, notes: Mapping[str, str]) -> None:
        """Keep texts under names of the index's choice; the empty text removes one."""
        with self._writing() as state:
            kept = {**state.notes, **notes}
            self._commit(replace(state, notes={name: text for name, text in kept.items() if text}))

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """Return those of these rows that are there, by id."""
        found = self._reading(lambda state: self._points(state, ids))
        return {point.payload["id"]: row_of(point.payload) for point in found}

    def vectors(self, ids: Sequence[str]) -> HalfArray:
        """Return ``(n, dim)`` float16 vectors; NaN where there is no such row."""
        return self._reading(lambda state: self._vectors(state, ids))

    def _vectors(self, state: State, ids: Sequence[str]) -> HalfArray:
        points = self._points(state, ids, with_vectors=True)
        known = {point.payload["id"]: vector_of(point.vector) for point in points}
        return in_order(ids, known, state.origin.dim)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield every row once, in the order of points; see ``Store.batches``."""
        state, offset = self._state(), None
        while True:
            points, offset = self._server.ask(
                self._client.scroll,
                state.collection,
                scroll_filter=seen(state.write),
                limit=size,
                offset=offset,
                with_payload=True,
                with_vectors=True,
            )
            if points:
                vectors = np.stack([vector_of(point.vector) for point in points])
                yield Batch([row_of(point.payload or {}) for point in points], vectors)
            if offset is None:
                return

    def block(self) -> Block:
        """Return all rows at once."""
        return block_of(self)

    def search(self, queries: FloatArray, k: int, chosen: Filter = ALL) -> list[Hits]:
        """Return the k nearest of the chosen rows to each of ``(n, dim)`` unit queries."""
        return self._reading(lambda state: nearest(self._server, state, queries, k, chosen))

    def renewed(self, origin: Origin) -> QdrantStore:
        """Make an empty store that takes this one's place when it is ``published``."""
        self._right.take()
        self._generations.drop_strays()
        quantisation = self._address.quantisation or self._state().quantisation
        made = self._generations.make(origin, quantisation)
        return QdrantStore(self._server, self._address, self._right, made)

    def publish(self) -> None:
        """Take the place of the store that this one was made to renew."""
        self._right.take()
        self._generations.put_in_force(self._name)
        self._name = self._address.name

    def compact(self) -> None:
        """Delete the points of what was removed or replaced."""
        with self._writing() as state:
            chosen = models.FilterSelector(filter=ended(state.write - 1))
            self._server.ask(self._client.delete, state.collection, chosen, wait=True)
            self._is_swept = True

    def close(self) -> None:
        """Give back the right to write; what was made to renew it and never published is deleted.

        What renews another store shares that one's right and connections, and leaves it both.
        """
        if self._name != self._address.name:
            self._generations.drop(self._name)
            self._name = self._address.name
        if not self._is_successor:
            self._right.release()
            self._client.close()

    def _reading(self, ask: Callable[[State], Answer]) -> Answer:
        """Ask again where another collection took the alias meanwhile."""
        try:
            return ask(self._state())
        except GoneError:
            return ask(self._state())

    def _state(self) -> State:
        return State.read(self._server, self._name)

    @contextmanager
    def _writing(self) -> Iterator[State]:
        """Begin a write: yield the state with its number, to be committed.

        Points that an earlier write left behind when it was cut off are taken away first.
        """
        if self._right.take():
            self._is_swept = False
        state = self._state()
        if not self._is_swept:
            begun = models.FilterSelector(filter=after("since", state.write))
            self._server.ask(self._client.delete, state.collection, begun, wait=True)
            self._server.ask(
                self._client.delete_payload,
                state.collection,
                ["until"],
                after("until", state.write),
                wait=True,
            )
        self._is_swept = False
        yield replace(state, write=state.write + 1)

    def _commit(self, state: State) -> None:
        self._right.check()
        state.keep(self._server)
        self._is_swept = True

    def _end(self, ids: Sequence[str], state: State) -> None:
        """Let the rows that are there be no more as of the write that is under way."""
        self._right.check()
        self._server.ask(
            self._client.set_payload,
            state.collection,
            {"until": state.write},
            points=seen(state.write - 1, among("id", ids)),
            wait=True,
        )

    def _points(
        self, state: State, ids: Collection[str], *, with_vectors: bool = False
    ) -> list[Any]:
        found: list[Any] = []
        for some in pieces(ids, _IDS):
            found += self._server.ask(
                self._client.scroll,
                state.collection,
                scroll_filter=seen(state.write, among("id", some)),
                limit=len(some),
                with_payload=True,
                with_vectors=with_vectors,
            )[0]
        return found
