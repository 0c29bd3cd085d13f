"""What went wrong on the web: whether another try may help, when, and in plain words."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import tenacity

from relevance.pictures.guard import named

MAX_REDIRECTS = 5
_PASSING = frozenset({408, 429, 500, 502, 503, 504})  # worth another try
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.5, max=10)


def may_pass(error: BaseException) -> bool:
    """Say whether another try may go better."""
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in _PASSING
    if _is_bad_redirect(error):
        return False
    return isinstance(
        error, httpx2.TimeoutException | httpx2.NetworkError | httpx2.RemoteProtocolError
    )


def pause(state: tenacity.RetryCallState) -> float:
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


def reason(error: Exception) -> str:
    """Say in plain words what went wrong."""
    if isinstance(error, httpx2.HTTPStatusError):
        answer = error.response
        asked = _asked_seconds(error)
        wait = f", which asks to wait {asked:.0f} s" if asked else ""
        return f"the server answered {answer.status_code} {answer.reason_phrase}".rstrip() + wait
    if _is_bad_redirect(error):
        return "the server redirects to what is no valid web address"
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
            return f"{words}: {_cause(error)}" if kind is httpx2.ConnectError else words
    return f"cannot be fetched: {named(error)}"


def _is_bad_redirect(error: BaseException) -> bool:
    """Tell an answer that leads nowhere from a broken one; the library has one error for both."""
    return isinstance(error, httpx2.RemoteProtocolError) and "location header" in str(error)


def _cause(error: BaseException) -> str:
    """Say why there was no connection; the library itself only says that every attempt failed."""
    inner = error
    while deeper := inner.__cause__ or inner.__context__:
        inner = deeper
        if isinstance(inner, BaseExceptionGroup):  # one for each address of the server
            inner = inner.exceptions[0]
    # SSL has numbers of its own, and name resolution negative ones; both say it in words
    if isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError):
        number = inner.errno or 0
        if number > 0:
            return os.strerror(number)
    return " ".join(str(error).split())
