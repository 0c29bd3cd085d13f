"""Connections that are not kept for those who do not ask, nor when the server ends."""

from __future__ import annotations

import socket
from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from relevance.server.marks import missing
from relevance.server.problems import Problem

_HEAD_BYTES = 1 << 19
"""Of a request before its body; more than one piece that also holds the body before it."""

_LAST_SECONDS = 1.0
"""For the request of a connection that was taken as the server was asked to end."""


class State(ServerState):
    """What connections know of the server they belong to."""

    is_ending = False


class Server(uvicorn.Server):
    """Lets its connections know that it ends.

    Uvicorn asks those to close which it has by then. One whose connecting is not finished at that
    moment would be kept, and its client served, until the time for ending is over.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state: State = State()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing more, and answer what is in flight."""
        self.server_state.is_ending = True
        await super().shutdown(sockets)


class Connection(HttpToolsProtocol):
    """Closes when a request has not wholly begun in time, or begins with too much.

    Uvicorn's own waits for ever. The time is that of ``timeout_keep_alive``, and starts with the
    connection and with each answer; when the server ends there is a second for one request. It also
    ends what is sent on after an answer, such as the rest of a body that was refused.
    """

    server_state: State

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: TimerHandle | None = None
        self._is_head = False
        self._taken = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start the time."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        super().data_received(data)
        if self._is_head and not self.transport.is_closing():
            self._taken += len(data)
            if self._taken > _HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request begins with too much."
                )

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request; no app hears of it."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def on_message_begin(self) -> None:
        """Count what comes from here on."""
        super().on_message_begin()
        self._is_head = True
        self._taken = 0

    def on_headers_complete(self) -> None:
        """Stop the time: a request has begun."""
        self._is_head = False
        self._stop()
        super().on_headers_complete()
        if self.server_state.is_ending:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Start the time anew, unless the next request was sent before this answer."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._stop()
        super().connection_lost(exc)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with a problem that looks like all others, and close."""
        problem = Problem(status, detail)
        headers = [*problem.raw_headers, *missing(()), (b"connection", b"close")]
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(problem.body)]))
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._stop()
        is_ending = self.server_state.is_ending
        seconds = _LAST_SECONDS if is_ending else self.timeout_keep_alive
        self._deadline = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _stop(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
