"""What makes the next run faster must never cost this one its result: the one boundary for that."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import ClassVar, TypeVar

from relevance.embedding.cache.database import Database, open_cache
from relevance.errors import CacheError

_logger = logging.getLogger("relevance")

_Answer = TypeVar("_Answer")


class Accelerator:
    """Part of the cache that may fail at any time, in any way, and is then as if it were empty.

    The first failure is a warning. After one of asking, nothing is asked or stored any more; after
    one of storing (a full disk, say), what is there is still asked for.
    """

    name: ClassVar[str]
    """What the warning calls it."""

    def __init__(self, database: Database) -> None:
        """Take an open cache."""
        self._database = database
        self._is_lost = self._is_full = False
        self._turn = threading.Lock()

    def _ask(self, question: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
        """Return the cache's answer, or another one where it has none to give."""
        if self._is_lost:
            return otherwise
        try:
            return question()
        except Exception as error:  # see the module
            self._give_up(error, "No {name} ({reason}); going on without.")
            self._is_lost = True
            return otherwise

    def _keep(self, store: Callable[[], None]) -> None:
        """Store something, if that is possible."""
        if self._is_lost or self._is_full:
            return
        try:
            store()
        except Exception as error:  # see the module
            self._give_up(error, "The {name} takes no more ({reason}); going on without.")
            self._is_full = True

    def _give_up(self, error: Exception, warning: str) -> None:
        with self._turn:  # several threads may find out at once
            if not (self._is_lost or self._is_full):
                _warn(error, self.name, warning)
            self._is_full = True


_Part = TypeVar("_Part", bound=Accelerator)


@contextmanager
def opened(kind: type[_Part], make: Callable[[Database], _Part]) -> Iterator[_Part | None]:
    """Open a part of the user's cache; where that fails, warn and give None.

    Args:
        kind: Which part.
        make: Makes it of an open cache.
    """
    with ExitStack() as stack:
        part = None
        try:
            database = stack.enter_context(closing(open_cache()))
            part = make(database)
        except Exception as error:  # see the module
            _warn(error, kind.name, "No {name} ({reason}); going on without.")
        yield part


def _warn(error: Exception, name: str, warning: str) -> None:
    known = isinstance(error, OSError | CacheError)
    reason = str(error) if known else f"{type(error).__name__}: {error}"
    _logger.warning("%s", warning.format(name=name, reason=reason.rstrip(".")))
