"""Requests to a Qdrant server: tried again where that may help, and errors in plain words."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from typing import Any, TypeVar

import tenacity
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import (
    ApiException,
    ResponseHandlingException,
    UnexpectedResponse,
)

from relevance.encoders.quiet import quiet
from relevance.errors import OutputError, RelevanceError, StoreError
from relevance.index.stores.qdrant.address import Address

KEY_VARIABLE = "QDRANT_API_KEY"
_TIMEOUT_SECONDS = 60
_ATTEMPTS = 5
_LONGEST_PAUSE_SECONDS = 10.0
_BACKOFF = tenacity.wait_random_exponential(multiplier=0.2, max=_LONGEST_PAUSE_SECONDS)
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_NO_ROOM = ("no space left", "disk full", "not enough space")

Answer = TypeVar("Answer")


class GoneError(StoreError):
    """There is no such collection, or no longer."""


class TakenError(StoreError):
    """There is such a collection already."""


class Server:
    """A client that names its server in errors."""

    def __init__(self, client: QdrantClient, place: str) -> None:
        """Take a client that is connected.

        Args:
            client: The official one.
            place: What to call the index in errors.
        """
        self.client = client
        self.place = place

    def ask(self, request: Callable[..., Answer], *args: Any, **options: Any) -> Answer:
        """Send a request, up to five times where what went wrong may pass.

        Every request that a store sends may be repeated: what it names is chosen beforehand.

        Raises:
            GoneError: There is no such collection.
            TakenError: There is one of that name.
            OutputError: The server has no room.
            StoreError: It is out of reach, refuses, or answers in no way that is understood.
        """
        attempts = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=_pause,
            retry=tenacity.retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return attempts(request, *args, **options)
        except (ApiException, QdrantException) as error:
            raise self._plain(error) from error

    def _plain(self, error: Exception) -> RelevanceError:
        status = error.status_code if isinstance(error, UnexpectedResponse) else None
        if isinstance(error, ResponseHandlingException):
            return StoreError(
                f"{self.place} cannot be reached ({error.source or type(error.source).__name__}); "
                "check host and port, and that the server runs."
            )
        if status in {401, 403}:
            return StoreError(
                f"{self.place} refuses the request; set {KEY_VARIABLE} to a key that may do it."
            )
        words = _said(error)
        if any(sign in words.lower() for sign in _NO_ROOM):
            return OutputError(
                f"The server of {self.place} has no room ({words}); make room there and run it "
                "again. What was in the index before is as it was."
            )
        kinds = {404: GoneError, 409: TakenError}
        return kinds.get(status or 0, StoreError)(
            f"{self.place} answers: {words}. See the server's log."
        )


def connect(address: Address) -> QdrantClient:
    """Make a client; it connects with its first request.

    A key is sent over TLS, but for a server on this machine.
    """
    key = os.environ.get(KEY_VARIABLE) or None
    with quiet():  # of a key sent in the clear to this machine
        return QdrantClient(
            host=address.host,
            port=address.port,
            api_key=key,
            https=key is not None and not _is_here(address.host),
            timeout=_TIMEOUT_SECONDS,
            check_compatibility=False,  # it asks at once, and only warns
        )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, UnexpectedResponse):
        no_room = any(sign in _said(error).lower() for sign in _NO_ROOM)
        return error.status_code in _PASSING and not no_room
    return isinstance(error, ResponseHandlingException | ResourceExhaustedResponse)


def _pause(state: tenacity.RetryCallState) -> float:
    """Wait as long as the server asks for, or ever longer."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ResourceExhaustedResponse):
        return min(float(error.retry_after_s), _LONGEST_PAUSE_SECONDS)
    return _BACKOFF(state)


def _said(error: Exception) -> str:
    """Return the server's own words."""
    if not isinstance(error, UnexpectedResponse):
        return " ".join(str(error).split()) or "too many requests"
    try:
        said = error.structured()["status"]["error"]
    except (ValueError, KeyError, TypeError):
        said = error.reason_phrase or "nothing"
    return f"{error.status_code} {' '.join(str(said).split())}".rstrip(".")
