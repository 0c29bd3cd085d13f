"""Pictures over HTTP: one pool of connections, polite retries, and an end to everything."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import httpx2
import tenacity

from relevance.errors import UsageError
from relevance.fetching.failure import FetchError
from relevance.fetching.limits import Limits

MAX_REDIRECTS = 5
_ATTEMPTS = 4
_DOWN = 8  # connections in a row that fail before a server gets one try a picture
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0  # between two pieces of an answer
_PASSING = frozenset({408, 429, 500, 502, 503, 504})  # worth another try
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.5, max=10)


class Web:
    """Fetches pictures; threads may share it.

    Answers 408, 429 and 5xx, lost connections and silence are tried again, four times in all, after
    the time that the server asks for (``Retry-After``, RFC 9110 section 10.2.3) or with exponential
    backoff and jitter. Where no connection to a server can be made at all, its other pictures are
    tried once each, or a table without network would take hours to say so.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._closing = threading.Event()
        self._refused: Counter[str] = Counter()  # connections in a row, by server
        self._opening = threading.Lock()
        self._opened: httpx2.Client | None = None

    def close(self) -> None:
        """Close all connections; whoever still waits for an answer or a retry gives up."""
        self._closing.set()
        if self._opened:
            self._opened.close()

    @property
    def _client(self) -> httpx2.Client:
        """The client; it is made when the first picture needs it, since proxies may be amiss."""
        with self._opening:
            if not self._opened:
                try:
                    self._opened = _client(self._limits)
                except (ValueError, ImportError, OSError) as error:
                    raise UsageError(
                        "The settings for the web in the environment (HTTP_PROXY, SSL_CERT_FILE "
                        f"and the like) cannot be used: {error}."
                    ) from error
            return self._opened

    def get(self, url: str) -> tuple[bytes, str]:
        """Return a picture's bytes and what the server calls them (``Content-Type``).

        Raises:
            FetchError: It cannot be had within the limits.
        """
        server = url.partition("://")[2].partition("/")[0]
        attempts = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(_ATTEMPTS),
                tenacity.stop_before_delay(self._limits.seconds),
                tenacity.stop_when_event_set(self._closing),
            ),
            wait=_pause,
            retry=tenacity.retry_if_exception(
                lambda error: _may_pass(error) and self._refused[server] < _DOWN
            ),
            sleep=tenacity.sleep_using_event(self._closing),
            reraise=True,
        )
        deadline = time.monotonic() + self._limits.seconds
        try:
            return attempts(self._get_once, url, server, deadline)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
            raise FetchError(_reason(error)) from error  # ValueError: host names that are none
        except RuntimeError as error:  # the client was closed under a waiting thread
            raise FetchError("the run was stopped") from error

    def _get_once(self, url: str, server: str, deadline: float) -> tuple[bytes, str]:
        with self._connected(url, server, deadline) as response:
            if not response.is_success:
                raise httpx2.HTTPStatusError("", request=response.request, response=response)
            declared = response.headers.get("Content-Length", "")
            if declared.isascii() and declared.isdigit() and int(declared) > self._limits.size:
                raise FetchError(self._limits.too_large)
            data = b"".join(self._pieces(response, deadline))
            return data, response.headers.get("Content-Type", "").partition(";")[0].strip()

    @contextmanager
    def _connected(self, url: str, server: str, deadline: float) -> Iterator[httpx2.Response]:
        """Send the request, and remember whether the server can be reached."""
        client = self._client
        try:
            with client.stream("GET", url, extensions={"deadline": deadline}) as response:
                self._refused[server] = 0
                yield response
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            self._refused[server] += 1
            raise

    def _pieces(self, response: httpx2.Response, deadline: float) -> Iterator[bytes]:
        """Yield the body as it comes, and no more of it than the limits allow."""
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._limits.size:
                raise FetchError(self._limits.too_large)
            if time.monotonic() > deadline:
                raise FetchError(self._limits.too_slow)
            if self._closing.is_set():
                raise FetchError("the run was stopped")
            yield piece


def _client(limits: Limits) -> httpx2.Client:
    def check_deadline(request: httpx2.Request) -> None:
        """Look at the time before each request, those after redirects included."""
        if time.monotonic() > request.extensions["deadline"]:
            raise FetchError(limits.too_slow)

    count = limits.connections
    return httpx2.Client(
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        limits=httpx2.Limits(max_connections=count, max_keepalive_connections=count),
        timeout=httpx2.Timeout(
            min(_READ_SECONDS, limits.seconds),
            connect=min(_CONNECT_SECONDS, limits.seconds),
            pool=limits.seconds,
        ),
        headers={
            "User-Agent": f"relevance/{version('keyword-relevance')} (product picture scoring)",
            "Accept": "image/*,*/*;q=0.5",
            "Accept-Encoding": "identity",  # pictures are compressed; and no zip bombs
        },
        # none are kept: what a row gives must not depend on the rows before
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        event_hooks={"request": [check_deadline]},
    )


def _may_pass(error: BaseException) -> bool:
    """Say whether another try may go better."""
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in _PASSING
    return isinstance(
        error, httpx2.TimeoutException | httpx2.NetworkError | httpx2.RemoteProtocolError
    )


def _pause(state: tenacity.RetryCallState) -> float:
    """Seconds until the next try: what the server asks for, or exponential backoff."""
    error = state.outcome.exception() if state.outcome else None
    asked = _asked_seconds(error)
    return _BACKOFF(state) if asked is None else asked


def _asked_seconds(error: BaseException | None) -> float | None:
    """Read ``Retry-After``, seconds or a date; None where there is none that makes sense."""
    if not isinstance(error, httpx2.HTTPStatusError):
        return None
    value = error.response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError):  # dates that are none
        return None
    now = datetime.now(UTC)
    return max(
        0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    )


def _reason(error: Exception) -> str:
    """Say in plain words what went wrong."""
    if isinstance(error, httpx2.HTTPStatusError):
        answer = error.response
        asked = _asked_seconds(error)
        wait = f", which asks to wait {asked:.0f} s" if asked else ""
        return f"the server answered {answer.status_code} {answer.reason_phrase}".rstrip() + wait
    for kind, words in (
        (httpx2.TooManyRedirects, f"more than {MAX_REDIRECTS} redirects"),
        (httpx2.ConnectTimeout, "no connection to the server in time"),
        (httpx2.TimeoutException, "the server stopped answering"),
        (httpx2.ConnectError, "no connection to the server"),
        (httpx2.UnsupportedProtocol, "not a valid web address"),
        (httpx2.InvalidURL, "not a valid web address"),
        (httpx2.NetworkError, "the connection was lost"),
        (httpx2.RemoteProtocolError, "the server broke off, or does not speak HTTP"),
        (httpx2.DecodingError, "the server's answer cannot be decompressed"),
        (ValueError, "not a valid web address"),
    ):
        if isinstance(error, kind):
            detail = " ".join(str(error).split())
            return f"{words}: {detail}" if detail and kind is httpx2.ConnectError else words
    return f"cannot be fetched: {' '.join(str(error).split()) or type(error).__name__}"
