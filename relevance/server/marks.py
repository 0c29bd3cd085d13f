"""What marks every answer: how browsers must treat it, and that nobody keeps it.

The outermost layer, since other layers answer by themselves: CORS does, to preflights.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""Of every answer that does not say otherwise."""

RawHeaders = Iterable[tuple[bytes, bytes]]


class Marks:
    """The layer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *missing({name for name, _ in message["headers"]}),
                ]
            await send(message)

        await self._app(scope, receive, marked)


def missing(given: Collection[bytes]) -> RawHeaders:
    """Return the headers that an answer lacks, given the names of those it has."""
    for name, value in HEADERS.items():
        if name.encode() not in given:
            yield name.encode(), value.encode()
