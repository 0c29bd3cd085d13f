"""How fast an encoder is here: the same pictures again and again, and what else the machine did."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 5
"""Times that pictures are read and encoded; a slow encoder's fewer, but three at least."""

_FEWEST_REPEATS = 3
_MOST_SECONDS = 20.0  # after which a slow encoder's repeats end
_SECONDS = 0.25  # that one repeat takes at least
_FEWEST, _MOST = 16, 256  # pictures of one repeat
_BUSY = 1.5


@dataclass(frozen=True, slots=True)
class Timing:
    """What was timed.

    Attributes:
        pictures: How many pictures each repeat read and encoded.
        rates: Pictures a second of each repeat, in their order.
        load: The highest load average of a minute (``getloadavg``) before and after; None where
            the system tells none.
        cores: Processors of the machine, by which a load is measured.
    """

    pictures: int
    rates: tuple[float, ...]
    load: float | None
    cores: int

    @property
    def is_busy(self) -> bool:
        """Whether more was to do than this process, which takes no more than all cores."""
        return self.load is not None and self.load > _BUSY * self.cores


def load_average() -> float | None:
    """Return how many threads ran or waited for a processor over the last minute; None: unknown."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows
        return None


def timed(work: Callable[[int], int], rate: float, load: float | None) -> Timing:
    """Time work that was done once before, so that nothing is opened for the first time.

    Args:
        work: Called with a number of pictures; reads and encodes as many, or all there are,
            and returns how many that were, one at least.
        rate: Pictures a second, about.
        load: The load average before all work.
    """
    wanted = min(max(_FEWEST, math.ceil(rate * _SECONDS)), _MOST)
    rates: list[float] = []
    started = time.perf_counter()
    while len(rates) < REPEATS:
        begun, done = time.perf_counter(), 0
        while done < wanted:
            done += work(wanted - done)
        rates.append(done / (time.perf_counter() - begun))
        if len(rates) >= _FEWEST_REPEATS and time.perf_counter() - started > _MOST_SECONDS:
            break
    loads = [item for item in (load, load_average()) if item is not None]
    return Timing(wanted, tuple(rates), max(loads, default=None), os.cpu_count() or 1)
