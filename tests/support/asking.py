"""Clients that ask a server one thing after the other, and note what became of each."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

from tests.support.server_process import ServerProcess

Ask = Callable[[httpx2.Client, str], httpx2.Response]
"""Asks something by a client, and sends the id of a request with it."""


@dataclass(slots=True)
class Asked:
    """What became of requests.

    Attributes:
        answers: Status of those that were answered, by id.
        broken: Ids of those that were not: the connection was refused or broke off.
    """

    answers: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def wait_for(self, more: int, seconds: float = 120) -> None:
        """Wait until so many more are answered."""
        wanted, end = len(self.answers) + more, time.monotonic() + seconds
        while len(self.answers) < wanted:
            assert time.monotonic() < end, f"{len(self.answers)} answers instead of {wanted}"
            time.sleep(0.01)


@contextmanager
def asking(server: ServerProcess, ways: Sequence[Ask], count: int) -> Iterator[Asked]:
    """Let so many clients ask at once, in all ways by turns, until this is left."""
    asked, is_over, numbers = Asked(), threading.Event(), itertools.count()

    def client() -> None:
        with server.client() as opened:
            while not is_over.is_set():
                number = next(numbers)
                name = f"asked-{number}"
                try:
                    asked.answers[name] = ways[number % len(ways)](opened, name).status_code
                except httpx2.TransportError:
                    asked.broken.append(name)
                    time.sleep(0.01)

    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
