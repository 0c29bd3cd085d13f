"""Workers on a cluster: rows are dealt out, and dealt anew where a worker is lost."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from relevance.errors import ClusterError, MissingExtraError
from relevance.index.cluster.worker import Recipe, Report, Worker
from relevance.index.source import Wanted

LOCAL = "local"
_STORE_BYTES = 1_000_000_000
"""Of shared memory on this machine: with a seventh of that Ray hung without a word."""

_PATIENCE = 300.0  # seconds without any answer until workers are taken for lost
_HELLO, _WELCOME = 10.0, 60.0  # seconds for a connection, and for becoming part of the cluster
_SILENT: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
_PORT = re.compile(r"(?:ray://)?(.+):(\d+)$")
_STEP = 5.0  # seconds between two looks at whether there is room for another worker
_MOST_LOST = 100
_ATTEMPTS = 4  # workers that may be lost over the same rows

Task = tuple[Sequence[Wanted], Sequence[bytes]]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Give Ray, connected to a cluster; one that the caller has connected to stays so.

    Args:
        address: Of the cluster as ``ray.init`` takes it, or "local" for workers on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: There is no cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told who uses it
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of that
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("Encoding on a cluster", "cluster") from error
    if ray.is_initialized():
        yield ray
        return
    _check_answers(address)
    try:
        if address == LOCAL:
            _start_here(ray)
        else:
            _join(ray, address)
    except Exception as error:  # Ray has no base of its own for what may be amiss here
        raise _no_cluster(address, str(error).splitlines()[0]) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """Make sure that something listens at an address: Ray would try for minutes."""
    found = _PORT.search(address)
    if not found:
        return
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), _HELLO).close()
    except OSError as error:
        raise _no_cluster(address, error.strerror or str(error)) from error


def _start_here(ray: Any) -> None:
    """Start a cluster on this machine: in this thread, since its servers end with their thread."""
    on_terminate = signal.getsignal(signal.SIGTERM)
    ray.init(LOCAL, object_store_memory=_STORE_BYTES, include_dashboard=False, **_SILENT)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_terminate)  # Ray puts its own in its place


def _join(ray: Any, address: str) -> None:
    """Connect to a cluster that is there, or raise: Ray goes on trying whatever listens."""
    faults: list[Exception] = []

    def connect() -> None:
        try:
            ray.init(address, **_SILENT)
        except Exception as error:
            faults.append(error)

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_WELCOME)
    if thread.is_alive():
        raise TimeoutError(f"no Ray within {_WELCOME:.0f} seconds; is it the port of its head?")
    if faults:
        raise faults[0]


def _no_cluster(address: str, reason: str) -> ClusterError:
    return ClusterError(
        f"No cluster answers at {address} ({reason}); start one with `ray start --head`, or say "
        "--ray local."
    )


@dataclass(slots=True)
class Pool:
    """Workers, as many as there are processors, or GPUs where the encoder runs on these.

    A worker gets work once it has said that it is ready: one that finds no place waits for ever.

    Attributes:
        lost: How many workers were lost so far.
    """

    ray: Any
    recipe: Recipe
    lost: int = 0
    _starting: dict[Any, Any] = field(default_factory=dict)
    _idle: list[Any] = field(default_factory=list)
    _busy: dict[Any, tuple[Any, int]] = field(default_factory=dict)  # worker and number of task

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Report]]:
        """Yield what came of each task, with its number, as they are done.

        Raises:
            ClusterError: No worker answers, the same rows cost several workers, or a machine has
                another encoder or lacks this program.
        """
        waiting, attempts = deque(range(len(tasks))), [0] * len(tasks)
        heard = monotonic()
        while waiting or self._busy:
            while waiting and self._idle:
                self._give(self._idle.pop(), waiting.popleft(), tasks)
            while self._is_room(len(waiting)):
                self._start()
            answers = self._answers()
            if answers:
                heard = monotonic()
            elif monotonic() - heard > _PATIENCE:
                answers, heard = self._given_up(), monotonic()
            for ref in answers:
                if ref in self._starting:
                    self._take_in(ref)
                    continue
                worker, number = self._busy.pop(ref)
                report = self._report(ref)
                if report is not None:
                    self._idle.append(worker)
                    yield number, report
                    continue
                self.lost += 1
                attempts[number] += 1
                if attempts[number] == _ATTEMPTS:
                    raise ClusterError(_costly(tasks[number]))
                waiting.appendleft(number)

    @property
    def places(self) -> int:
        """How many workers the cluster has room for now, were it not for others' work."""
        return int(self.ray.cluster_resources().get(self._kind, 0))

    def close(self) -> None:
        """Let the workers go."""
        busy = [worker for worker, _ in self._busy.values()]
        for worker in (*self._idle, *busy, *self._starting.values()):
            with suppress(Exception):  # one that is lost is gone already
                self.ray.kill(worker)

    def _give(self, worker: Any, number: int, tasks: Sequence[Task]) -> None:
        self._busy[worker.encode.remote(*tasks[number])] = worker, number

    def _is_room(self, n_waiting: int) -> bool:
        """Say whether one more worker is wanted and may find a place."""
        count = len(self._busy) + len(self._idle) + len(self._starting)
        return len(self._starting) < n_waiting and count < self.places

    def _start(self) -> None:
        needs = {"num_gpus": 1} if self._kind == "GPU" else {"num_cpus": 1}
        worker = self.ray.remote(Worker).options(max_restarts=0, **needs).remote(self.recipe)
        self._starting[worker.start.remote()] = worker

    def _take_in(self, ref: Any) -> None:
        """Let a worker that is ready work; raises ``ClusterError`` where it is of no use."""
        worker, report = self._starting.pop(ref), self._report(ref)
        if report is None:
            self.lost += 1
            if self.lost > _MOST_LOST:
                raise ClusterError(
                    f"{self.lost} workers of the cluster were lost; see Ray's logs for the reason, "
                    "such as memory."
                )
        elif report.fault:
            raise ClusterError(report.fault)
        else:
            self._idle.append(worker)

    def _given_up(self) -> list[Any]:
        """Let workers go that have not answered for long; return what they were asked for."""
        if not self._busy:
            raise ClusterError(
                f"No worker could start on the cluster within {_PATIENCE:.0f} seconds; see whether "
                "its processors are taken."
            )
        for worker, _ in self._busy.values():
            self.ray.kill(worker)
        return list(self._busy)

    @property
    def _kind(self) -> str:
        return "GPU" if self.recipe.device == "cuda" else "CPU"

    def _answers(self) -> list[Any]:
        """Wait a while for an answer."""
        asked = [*self._busy, *self._starting]
        if not asked:
            sleep(_STEP / 10)
            return []
        done, _ = self.ray.wait(asked, num_returns=1, timeout=_STEP)
        return list(done)

    def _report(self, ref: Any) -> Report | None:
        """Return what a worker says; None where it is lost."""
        errors = self.ray.exceptions
        try:
            report: Report = self.ray.get(ref, timeout=_PATIENCE)
        except errors.RayTaskError as error:
            raise ClusterError(f"A worker failed: {error.cause or error}.") from error
        except errors.RayError as error:  # the actor, its node or the object is gone
            if isinstance(error, errors.RayActorError) and error.actor_init_failed:
                raise ClusterError(_not_made(error)) from error
            return None
        return report


def _not_made(error: Exception) -> str:
    """Say why a worker could not be made, which it cannot on another machine of that kind."""
    last = next((line for line in reversed(str(error).splitlines()) if "Error: " in line), "")
    return (
        f"A machine of the cluster cannot run this program ({last.strip() or 'see the logs of Ray'}"
        "); install the same version of relevance, with what it needs, on every machine."
    )


def _costly(task: Task) -> str:
    wanted, _ = task
    return (
        f"{_ATTEMPTS} workers were lost over the {len(wanted)} pictures from "
        f"{wanted[0].row.path} on; see Ray's logs for the reason, such as memory."
    )
