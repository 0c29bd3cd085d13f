"""The right to write, which one process holds at a time: a collection that only one can make."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time

from relevance.errors import RelevanceError, StoreError
from relevance.index.stores.qdrant.server import GoneError, Server, TakenError

SIGN_SECONDS = 1.0
LEASE_SECONDS = 4.0
"""A holder that has given no sign of life for so long is taken to be cut off."""
_LOOK_SECONDS = 0.25


class WritingRight:
    """Taken when first needed, and held until ``release``.

    A thread gives signs of life for its holder. Whoever else wants the right watches for one, so
    that no two machines need to agree on the time, and a killed holder is in nobody's way for long.
    """

    def __init__(self, server: Server, name: str) -> None:
        """Take nothing yet.

        Args:
            server: Where to write.
            name: Of the collection that stands for the right.
        """
        self._server = server
        self._client = server.client
        self._name = name
        self._holder = secrets.token_hex(8)
        self._signs = 0
        self._end = threading.Event()
        self._life: threading.Thread | None = None

    def take(self) -> bool:
        """Take it; return whether it was taken anew.

        Raises:
            StoreError: Another process writes.
        """
        if self._life and self._is_mine():
            return False
        self._stop()
        if not self._made():
            self._outwait()
        self._end.clear()
        self._life = threading.Thread(target=self._live, name="qdrant-writing", daemon=True)
        self._life.start()
        return True

    def check(self) -> None:
        """See that nobody has taken it meanwhile, as happens to a process that was held up.

        Raises:
            StoreError: Somebody has.
        """
        if not self._is_mine():
            self._stop()
            raise self._busy()

    def release(self) -> None:
        """Give it back, if it is held."""
        if self._life:
            self._stop()
            if self._is_mine():
                self._server.ask(self._client.delete_collection, self._name)

    def _live(self) -> None:
        while not self._end.wait(SIGN_SECONDS):
            self._signs += 1
            with contextlib.suppress(RelevanceError):  # a sign less: ``check`` has the last word
                self._server.ask(
                    self._client.update_collection, self._name, metadata=self._metadata()
                )

    def _stop(self) -> None:
        if self._life:
            self._end.set()
            self._life.join()
        self._life = None

    def _metadata(self) -> dict[str, str]:
        return {"holder": self._holder, "sign": f"{self._holder} {self._signs}"}

    def _made(self) -> bool:
        if self._server.ask(self._client.collection_exists, self._name):
            return False
        try:
            self._server.ask(self._client.create_collection, self._name, metadata=self._metadata())
        except TakenError:  # by another; or by us, and the answer was lost
            return self._is_mine()
        return True

    def _outwait(self) -> None:
        """Watch another holder, and take its place if it gives no sign of life."""
        first = self._read("sign")
        end = time.monotonic() + LEASE_SECONDS
        while time.monotonic() < end and (sign := self._read("sign")) is not None:
            if sign != first:
                raise self._busy()
            time.sleep(_LOOK_SECONDS)
        self._server.ask(self._client.delete_collection, self._name)
        if not self._made():
            raise self._busy()

    def _is_mine(self) -> bool:
        return self._read("holder") == self._holder

    def _read(self, field: str) -> str | None:
        """Return what the collection says of its holder; None where nobody has the right."""
        try:
            found = self._server.ask(self._client.get_collection, self._name)
        except GoneError:
            return None
        return (found.config.metadata or {}).get(field)

    def _busy(self) -> StoreError:
        return StoreError(
            f"Another run is writing the index {self._server.place}; wait until it is done."
        )
