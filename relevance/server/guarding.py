"""Round every request: who may ask, how much they may send, what is logged.

A plain ASGI layer, since these must hold before a body is read and after a stream has begun.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relevance.server.arriving import Intake
from relevance.server.metrics import REQUESTS, SECONDS
from relevance.server.problems import Problem
from relevance.server.settings import ServerSettings

_logger = logging.getLogger("relevance.server")
_access = logging.getLogger("relevance.server.access")
COOKIE = "relevance-session"
OPEN_PATHS = frozenset({"/", "/api/v1/health", "/api/v1/ready", "/api/v1/session"})
"""What is answered without a key: the page, which asks for it, and whether the server is alive."""
_OPEN_FOLDER = "/static/"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")


class Guard:
    """The layer."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings
        self._intake = Intake(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        call = _Call(scope, headers, send)
        try:
            refused = self._refusal(scope, headers)
            if refused:
                await refused(scope, receive, call.send)
            else:
                with self._intake.bounded(receive) as bounded:
                    await self._app(scope, bounded, call.send)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except Exception as error:
            await call.fail(error, receive)
        finally:
            call.log(log_queries=self._settings.log_queries)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Problem | None:
        """Say why a request is not looked at; None where it is."""
        settings = self._settings
        host = _host_of(headers.get("host", ""))
        if settings.hosts and host not in settings.hosts:
            return Problem(421, f"This server is not called {host}; see --allow-host.")
        if not self._is_own(scope, headers):
            return Problem(403, "Pages of other sites may not use this server; see --origin.")
        if not self._is_known(scope, headers):
            return Problem(
                401,
                "An API key is needed: Authorization: Bearer KEY.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._intake.limit:
            return Problem(413, self._intake.too_large)
        return None

    def _is_own(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Say whether a request comes from no other site's page."""
        origin = headers.get("origin", "")
        if origin and origin in self._settings.origins:
            return True
        if origin and scope["method"] not in _SAFE:
            return urlsplit(origin).netloc == headers.get("host", "")
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin") or (
            scope["method"] in _SAFE and headers.get("sec-fetch-mode") == "navigate"
        )

    def _is_known(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        key, path = self._settings.api_key, scope["path"]
        is_open = path in OPEN_PATHS or path.startswith(_OPEN_FOLDER)
        if not key or is_open or scope["method"] == "OPTIONS":
            return True
        shown = headers.get("x-api-key", "")
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer":
            shown = bearer.strip()
        cookie = _cookie(headers.get("cookie", ""))
        # both are compared, whatever the first says, so that time tells nothing
        by_key = same(shown, key)
        by_cookie = same(cookie, self._settings.cookie)
        return by_key or by_cookie


class _Call:
    """One request and its answer."""

    def __init__(self, scope: Scope, headers: Mapping[str, str], send: Send) -> None:
        given = headers.get("x-request-id", "")
        self.id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        self._scope = scope
        self._send = send
        self._start = time.perf_counter()
        self._status = 0

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, with the number of its request."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.id.encode())]
        await self._send(message)

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Answer what nobody foresaw; an answer that has begun breaks off instead."""
        _logger.error("Request %s failed.", self.id, exc_info=error)
        if self._status:
            raise error
        problem = Problem(500, "The server failed on this request; its log says where.")
        await problem(self._scope, receive, self.send)

    def log(self, *, log_queries: bool) -> None:
        """Count the request, and write a line on it."""
        seconds = time.perf_counter() - self._start
        route = self._scope.get("route")
        name = getattr(route, "path", "other")
        method = self._scope["method"]
        REQUESTS.labels(method, name, self._status).inc()
        SECONDS.labels(method, name).observe(seconds)
        line: dict[str, Any] = {
            "request": self.id,
            "method": method,
            "path": self._scope["path"],
            "status": self._status,
            "ms": round(1000 * seconds, 1),
            "client": (self._scope.get("client") or ("",))[0],
        }
        if log_queries:
            line["query"] = self._scope.get("query_string", b"").decode("latin-1")
        _access.info("%s", json.dumps(line))


def same(shown: str, wanted: str) -> bool:
    """Compare secrets in a time that does not depend on where they differ."""
    return bool(wanted) and hmac.compare_digest(shown.encode(), wanted.encode())


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _host_of(header: str) -> str:
    """Return the host without its port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0].casefold()
