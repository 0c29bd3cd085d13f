"""Pictures in stores that fsspec knows: ``s3://``, ``gs://``, ``memory://`` and many more."""

from __future__ import annotations

import queue
import threading

from relevance.fetching.failure import FetchError
from relevance.fetching.limits import Limits


def read_remote(place: str, limits: Limits) -> bytes:
    """Return the bytes behind an fsspec URL.

    Drivers have no common way to limit time. So each address gets a thread of its own, which is
    left to itself when its time is over; it ends with the process at the latest.

    Raises:
        FetchError: There is no driver for it, or it cannot be read within the limits.
    """
    outcome: queue.SimpleQueue[bytes | FetchError] = queue.SimpleQueue()

    def read() -> None:
        try:
            outcome.put(_read(place, limits))
        except FetchError as error:
            outcome.put(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        found = outcome.get(timeout=limits.seconds)
    except queue.Empty as error:
        raise FetchError(limits.too_slow) from error
    if isinstance(found, FetchError):
        raise found
    return found


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
    except Exception as error:  # drivers raise errors of their own, with no common base class
        if isinstance(error, ValueError) and "Protocol not known" in str(error):
            raise FetchError(f"{protocol}:// is no known kind of address") from error
        detail = " ".join(str(error).split()) or type(error).__name__
        raise FetchError(f"cannot be fetched: {detail}") from error
    if len(data) > limits.size:
        raise FetchError(limits.too_large)
    return data
