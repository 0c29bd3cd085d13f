"""The one boundary round a picture, a caption or a row: whatever happens becomes its reason.

Decoders, encoders, drivers and servers are other people's code, and no list of the errors that they
may raise is complete. What is raised inside costs what it was raised for, and nothing beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from relevance.errors import RelevanceError
from relevance.pictures.reading import Skipped

_Arguments = ParamSpec("_Arguments")
_Found = TypeVar("_Found")

_LONGEST = 300  # characters; a message may quote a whole picture or caption


def guarded(
    work: Callable[_Arguments, _Found], *args: _Arguments.args, **kwargs: _Arguments.kwargs
) -> _Found | Skipped:
    """Return what ``work`` returns, or ``Skipped`` with the reason why it returned nothing.

    Raises:
        RelevanceError: What is said on purpose is about the run, not about one picture.
        KeyboardInterrupt, SystemExit: Somebody wants the run to end.
    """
    try:
        return work(*args, **kwargs)
    except (RelevanceError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # panics of libraries in Rust are no ``Exception``
        return Skipped(named(error))


def named(error: BaseException) -> str:
    """Say what was raised as "name of the error: its message", in one line."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    name = type(error).__name__
    try:
        message = " ".join(str(error).split())
    except Exception:  # an error whose own message fails
        message = ""
    if isinstance(error, MemoryError):
        message = "not enough memory"
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    return f"{name}: {message}" if message else name
