"""Pictures in stores that fsspec knows, such as ``s3://`` and ``gs://``."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from functools import partial

from relevance.pictures.fetching.failure import STOPPED, FetchError
from relevance.pictures.fetching.limits import Limits
from relevance.pictures.guard import named


class Stores:
    """Reads pictures from stores; threads may share it.

    Drivers have no common way to limit time. So each address gets a thread of its own, which is
    left to itself when its time is over; it ends with the process at the latest.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._running: set[Future[bytes]] = set()

    def close(self) -> None:
        """Whoever still waits gives up."""
        for running in self._running.copy():
            running.cancel()

    def read(self, place: str) -> bytes:
        """Return the bytes behind an fsspec URL.

        Raises:
            FetchError: There is no driver for it, or it cannot be read within the limits.
        """
        running: Future[bytes] = Future()

        def read() -> None:
            try:
                outcome = partial(running.set_result, _read(place, self._limits))
            except FetchError as error:
                outcome = partial(running.set_exception, error)
            except BaseException as error:  # SystemExit too: here nobody but a driver raises it
                failed = FetchError(f"cannot be fetched: {named(error)}")
                outcome = partial(running.set_exception, failed)
            with suppress(InvalidStateError):  # given up in the meantime
                outcome()

        self._running.add(running)
        running.add_done_callback(self._running.discard)
        threading.Thread(target=read, daemon=True).start()
        try:
            return running.result(self._limits.seconds)
        except TimeoutError as error:
            running.cancel()
            raise FetchError(self._limits.too_slow) from error
        except CancelledError as error:
            raise FetchError(STOPPED) from error


def _read(place: str, limits: Limits) -> bytes:
    import fsspec  # slow, and few tables need it

    protocol = place.partition("://")[0]
    try:
        with fsspec.open(place, "rb") as stream:
            data: bytes = stream.read(limits.size + 1)
    except ImportError as error:  # names the package to install
        raise FetchError(f"{protocol}:// needs a driver: {error}") from error
    except FileNotFoundError as error:
        raise FetchError("not there") from error
    except PermissionError as error:
        raise FetchError("no permission to read it") from error
    except ValueError as error:
        if "Protocol not known" not in str(error):
            raise
        raise FetchError(f"{protocol}:// is no known kind of address") from error
    if len(data) > limits.size:
        raise FetchError(limits.too_large)
    return data
