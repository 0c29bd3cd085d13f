"""Connections that are not kept for those who do not ask: Uvicorn's own wait for ever."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from relevance.server.marks import missing
from relevance.server.problems import Problem

_HEAD_BYTES = 1 << 19
"""Of a request before its body; more than one piece that also holds the body before it."""


class Connection(HttpToolsProtocol):
    """Closes when a request has not wholly begun in time, or begins with too much.

    The time is that of ``timeout_keep_alive``, and starts with the connection and with each answer.
    It also ends what is sent on after an answer, such as the rest of a body that was refused.
    """

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
        self._deadline = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _stop(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
