"""What errors of PostgreSQL mean to who uses an index: the one place for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from relevance.errors import NoIndexError, OutputError, RelevanceError, StoreError, UsageError
from relevance.index.stores.postgres.address import Address
from relevance.system.json_reader import JsonError
from relevance.system.names import printable

_LONGEST = 200  # characters of the server's words
_NO_ROOM = (errors.DiskFull, errors.OutOfMemory, errors.ConfigurationLimitExceeded)
_IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turn errors of PostgreSQL into one sentence about the index at an address.

    Raises:
        NoIndexError: There is none.
        StoreError: It is damaged or out of reach, or others are in the way.
        OutputError: There is no room.
        UsageError: The user may not do that, or something else is there.
    """
    try:
        yield
    except JsonError as error:
        raise StoreError(
            f"The index {address.shown} is damaged ({error}); make it again from the pictures with "
            "--again."
        ) from error
    except psycopg.Error as error:
        raise _meaning(address, error) from error


def _meaning(address: Address, error: psycopg.Error) -> RelevanceError:
    words = printable(" ".join(str(error).split())[:_LONGEST])
    if isinstance(error, errors.UndefinedTable):
        return no_index(address)
    if isinstance(error, errors.DuplicateSchema):
        return taken(address)
    if isinstance(error, _NO_ROOM):
        return OutputError(
            f"The index {address.shown} cannot be written ({words}); make room there and run it "
            "again. What it held before is as it was."
        )
    if isinstance(error, _IN_THE_WAY):
        return StoreError(
            f"The index {address.shown} is in use by others for too long ({words}); run this again "
            "when they are done."
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return UsageError(
            f"The user of {address.shown} may not do that ({words}); ask for the right, or name "
            "another user in the address."
        )
    if error.sqlstate is None or isinstance(error, psycopg.OperationalError):
        return StoreError(
            f"The index {address.shown} cannot be reached ({words}); check the address and that "
            "the server runs, and try again."
        )
    return StoreError(
        f"PostgreSQL refused what was asked of the index {address.shown} ({words}); if the tables "
        "were changed by hand, make it again from the pictures with --again."
    )


def no_index(address: Address) -> NoIndexError:
    """Return what to raise where there is no index."""
    return NoIndexError(
        f"There is no index at {address.shown}; make it with `relevance index PATH -o "
        f"{address.shown}`."
    )


def taken(address: Address) -> UsageError:
    """Return what to raise where something is in the way of a new index."""
    return UsageError(
        f"There is something at {address.shown} already; add to it with --add, make it anew with "
        "--again, or name another index behind the #."
    )


def busy(address: Address) -> StoreError:
    """Return what to raise where another process writes."""
    return StoreError(
        f"Another run is writing the index {address.shown}; wait until it is done, and run this "
        "again. Searching goes on meanwhile."
    )
