"""Bodies of requests, which arrive within limits of size and time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from relevance.server.batching import BusyError
from relevance.server.settings import ServerSettings

_TOGETHER = 16
"""How many of the largest bodies may be held at once: 320 MB unless told otherwise."""


class Intake:
    """What bodies of all requests may take, one by one and together."""

    def __init__(self, settings: ServerSettings) -> None:
        self.limit = settings.max_megabytes << 20
        self.too_large = f"The body is larger than {settings.max_megabytes} MB (--max-megabytes)."
        self._seconds = settings.body_seconds
        self._held = 0

    @contextmanager
    def bounded(self, receive: Receive) -> Iterator[Receive]:
        """Bound what is received while a request is answered; it counts as held until then.

        What is yielded raises ``HTTPException``: 408, 413 or, where too much is held, 429.
        """
        arriving = _Arriving(self, receive, time.monotonic() + self._seconds)
        try:
            yield arriving.receive
        finally:
            self._held -= arriving.taken

    def take(self, size: int) -> None:
        """Hold more."""
        self._held += size
        if self._held > _TOGETHER * self.limit:
            headers = {"Retry-After": str(BusyError.seconds)}
            raise HTTPException(429, f"{BusyError()}", headers)

    def late(self) -> HTTPException:
        """Say that a body took too long."""
        return HTTPException(408, f"The body took longer than {self._seconds:g} s.")


class _Arriving:
    """One body."""

    def __init__(self, intake: Intake, receive: Receive, end: float) -> None:
        self._intake = intake
        self._receive = receive
        self._end = end
        self._is_whole = False
        self.taken = 0

    async def receive(self) -> Message:
        """Receive the next part of it."""
        if self._is_whole:  # what comes now is that the client has gone
            return await self._receive()
        left = max(self._end - time.monotonic(), 0.001)
        try:
            message = await asyncio.wait_for(self._receive(), left)
        except TimeoutError as error:
            raise self._intake.late() from error
        size = len(message.get("body", b""))
        self.taken += size
        self._intake.take(size)
        self._is_whole = not message.get("more_body", False)
        if self.taken > self._intake.limit:
            raise HTTPException(413, self._intake.too_large)
        return message
