"""How many threads to run."""

from __future__ import annotations

import os


def cores() -> int:
    """Count the processors this process may use.

    ``OMP_NUM_THREADS`` bounds them, as it does for other libraries: so a cluster tells a worker its
    share of a machine.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    bound = os.environ.get("OMP_NUM_THREADS", "")
    return min(count or 1, int(bound)) if bound.isdecimal() and int(bound) else count or 1
