"""Standard streams that stop no run: closed ones, narrow ones, and a reader that has gone."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

from relevance.system.names import printable


def make_streams_safe() -> None:
    """Let no character and no reader of messages stop a result.

    A closed stream is ignored, a narrow one gets escapes. Messages to a reader that has seen
    enough (``2>&1 | head``) are lost; the same of results is the caller's to handle.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if not isinstance(sys.stderr, _Messages):
        sys.stderr = _Messages(sys.stderr)


def tell(text: str) -> None:
    """Write a message to standard error, in lines in which nothing hides (see ``printable``).

    Messages name files, addresses and what libraries say of them, none of which is ours.
    """
    sys.stderr.write("\n".join(map(printable, text.split("\n"))) + "\n")


def discard_output() -> None:
    """Send what is still buffered nowhere, or Python would fail over it once more on exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class _Messages:
    """A text stream that does not mind that nobody reads it any more."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(BrokenPipeError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
