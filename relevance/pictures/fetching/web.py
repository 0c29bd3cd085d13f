"""Pictures over HTTP: one pool of connections, polite retries, and an end to everything."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import anyio
import anyio.from_thread
import httpx2
import tenacity

from relevance.errors import UsageError
from relevance.pictures.fetching.failure import STOPPED, FetchError
from relevance.pictures.fetching.limits import Limits
from relevance.pictures.fetching.public import PublicTransport
from relevance.pictures.fetching.web_errors import MAX_REDIRECTS, may_pass, pause, reason

_ATTEMPTS = 4
_DOWN = 8  # connections in a row that fail before a server gets one try a picture
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0  # between two pieces of an answer

_LAST_PORT = 65_535

Answer = tuple[bytes, str]


class Web:
    """Fetches pictures; threads may share it.

    Answers 408, 429 and 5xx, lost connections and silence are tried again, four times in all, after
    the time that the server asks for (``Retry-After``, RFC 9110 section 10.2.3) or with exponential
    backoff and jitter. Where no connection to a server can be made at all, its other pictures are
    tried once each, or a table without network would take hours to say so.

    The requests run in an event loop, in a thread of its own: only there can a request be ended
    wherever it stands, in a header that comes byte by byte too.
    """

    def __init__(self, limits: Limits, *, public_only: bool = False) -> None:
        self._limits = limits
        self._public_only = public_only
        self._refused: Counter[str] = Counter()  # connections in a row, by server
        self._turn = anyio.CapacityLimiter(limits.connections)
        self._opening = threading.Lock()
        self._opened = ExitStack()
        self._portal: anyio.from_thread.BlockingPortal | None = None
        self._client: httpx2.AsyncClient
        self._running: set[Future[Answer]] = set()
        self._is_closed = False

    def close(self) -> None:
        """Close all connections; whoever still waits for an answer or a retry gives up."""
        with self._opening:
            self._is_closed = True
        for running in self._running.copy():
            running.cancel()
        self._opened.close()

    def get(self, url: str) -> Answer:
        """Return a picture's bytes and what the server calls them (``Content-Type``).

        Raises:
            FetchError: It cannot be had within the limits.
            UsageError: The proxies or certificates that the environment names are amiss.
        """
        try:
            return self._begin(url).result()
        except CancelledError as error:
            raise FetchError(STOPPED) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
            raise FetchError(reason(error)) from error  # ValueError: host names that are none

    def _begin(self, url: str) -> Future[Answer]:
        """Hand a request to the event loop, which the first one starts."""
        with self._opening:
            if self._is_closed:
                raise FetchError(STOPPED)
            portal = self._portal or self._open()
            running = portal.start_task_soon(self._get, url)
            self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    def _open(self) -> anyio.from_thread.BlockingPortal:
        """Start the event loop and its client: not before the first picture of the web."""
        try:
            self._client = _client(self._limits, public_only=self._public_only)
        except (ValueError, ImportError, OSError) as error:
            raise UsageError(
                "The settings for the web in the environment (HTTP_PROXY, SSL_CERT_FILE "
                f"and the like) cannot be used: {error}."
            ) from error
        self._portal = self._opened.enter_context(anyio.from_thread.start_blocking_portal())
        self._opened.callback(self._portal.call, self._client.aclose)
        return self._portal

    async def _get(self, url: str) -> Answer:
        """Fetch a picture, in as many attempts as there is time for."""
        server = url.partition("://")[2].partition("/")[0]
        attempts = tenacity.AsyncRetrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(_ATTEMPTS),
                tenacity.stop_before_delay(self._limits.seconds),
            ),
            wait=pause,
            retry=tenacity.retry_if_exception(
                lambda error: may_pass(error) and self._refused[server] < _DOWN
            ),
            reraise=True,
        )
        async with self._turn:  # waiting for a free connection is not the server's fault
            try:
                with anyio.fail_after(self._limits.seconds):
                    return await attempts(self._get_once, url, server)
            except TimeoutError as error:
                raise FetchError(self._limits.too_slow) from error

    async def _get_once(self, url: str, server: str) -> Answer:
        async with self._connected(url, server) as response:
            if not response.is_success:
                raise httpx2.HTTPStatusError("", request=response.request, response=response)
            declared = response.headers.get("Content-Length", "")
            if declared.isascii() and declared.isdigit() and int(declared) > self._limits.size:
                raise FetchError(self._limits.too_large)
            data = await self._body(response)
            return data, response.headers.get("Content-Type", "").partition(";")[0].strip()

    @asynccontextmanager
    async def _connected(self, url: str, server: str) -> AsyncIterator[httpx2.Response]:
        """Send the request, and remember whether the server can be reached."""
        try:
            async with self._client.stream("GET", url) as response:
                self._refused[server] = 0
                yield response
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            self._refused[server] += 1
            raise

    async def _body(self, response: httpx2.Response) -> bytes:
        """Read an answer's body, and no more of it than the limits allow."""
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > self._limits.size:
                raise FetchError(self._limits.too_large)
        return bytes(data)


def _client(limits: Limits, *, public_only: bool) -> httpx2.AsyncClient:
    count = limits.connections
    pool = httpx2.Limits(max_connections=count, max_keepalive_connections=count)
    return httpx2.AsyncClient(
        transport=PublicTransport(pool) if public_only else None,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        event_hooks={"request": [_check]},  # redirects included
        limits=pool,
        timeout=httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS, pool=None),
        headers={
            "User-Agent": f"relevance/{version('keyword-relevance')} (product picture scoring)",
            "Accept": "image/*,*/*;q=0.5",
            "Accept-Encoding": "identity",  # pictures are compressed; and no zip bombs
        },
        # none are kept: what a row gives must not depend on the rows before
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


async def _check(request: httpx2.Request) -> None:
    """Raise ``FetchError`` where a request, or what it was redirected to, leads nowhere."""
    url = request.url
    if not url.host:
        raise FetchError("not a valid web address: it names no server")
    if url.scheme not in {"http", "https"}:
        raise FetchError(f"the server redirects to {url.scheme}://, which is not followed")
    if url.port is not None and not 0 <= url.port <= _LAST_PORT:
        raise FetchError(f"not a valid web address: there is no port {url.port}")
