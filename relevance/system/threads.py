"""How many threads to run, and what no two of them may change at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

one_at_a_time = threading.RLock()
"""Held while what belongs to the whole process is other than it was: filters of warnings, standard
output, levels of loggers, settings of matplotlib. Of two threads at it, the one that ends last
would leave it as the other had it."""


def cores() -> int:
    """Count the processors this process may use.

    ``OMP_NUM_THREADS`` bounds them, as it does for other libraries: so a cluster tells a worker its
    share of a machine.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    bound = os.environ.get("OMP_NUM_THREADS", "")
    return min(count or 1, int(bound)) if bound.isdecimal() and int(bound) else count or 1


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let what is inside use one thread for linear algebra.

    For many products of small matrices, which take no less time on several threads, and tens of
    times as much where other processes want the processors too: the threads wait for each other by
    turning in a loop.
    """
    import scipy.linalg  # noqa: F401  only what is loaded can be asked
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield
