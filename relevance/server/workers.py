"""Several processes that answer, and the one that watches them.

Uvicorn's own supervisor asks a process for a sign of life and waits for it, also when the process
dies meanwhile; until then nothing takes the place of the dead, and nobody hears a signal.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from typing import Any

import uvicorn

from relevance.errors import RelevanceError
from relevance.server.app import create_app
from relevance.server.connections import Server
from relevance.server.ending import end_quietly
from relevance.server.settings import ServerSettings
from relevance.terminal.options import log_to_stderr

_CANNOT_START = 3
_EVERY = 0.2  # seconds until a signal is heard
_logger = logging.getLogger("relevance.server")


@dataclass(frozen=True, slots=True)
class Serving:
    """What each process is made from.

    Attributes:
        settings: How it is set up.
        listening: What all share; connections wait there until a process takes them.
        options: Of ``uvicorn.Config``.
        quiet: Whether to print errors only.
    """

    settings: ServerSettings
    listening: socket.socket
    options: Mapping[str, Any]
    quiet: bool


def serve_by_workers(serving: Serving, count: int) -> None:
    """Let so many processes answer until this one is asked to end, and replace those that die.

    Raises:
        RelevanceError: One cannot start, and the others were ended.
    """
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    workers = [_started(serving) for _ in range(count)]
    while not asked.is_set() and not any(one.exitcode == _CANNOT_START for one in workers):
        connection.wait([one.sentinel for one in workers], _EVERY)
        workers = [_replaced(one, serving) for one in workers]
    serving.listening.close()  # who connects from now on is refused instead of kept waiting
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    if not asked.is_set():
        create_app(serving.settings).state.library.open()  # says here, once, what is wrong
        raise RelevanceError("A process of the server could not start; see above.")


def _started(serving: Serving) -> SpawnProcess:
    worker = get_context("spawn").Process(target=_answer, args=(serving,))
    worker.start()
    return worker


def _replaced(worker: SpawnProcess, serving: Serving) -> SpawnProcess:
    """Return a process, or one in its place where it has died."""
    if worker.exitcode in (None, _CANNOT_START):
        return worker
    other = _started(serving)
    _logger.error(
        "Process %s of the server died (exit code %s), with what it was answering; %s takes its "
        "place.",
        *(worker.pid, worker.exitcode, other.pid),
    )
    return other


def _answer(serving: Serving) -> None:
    """Answer requests: what each of the processes does."""
    end_quietly()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log_to_stderr(quiet=serving.quiet)
    try:
        app = create_app(serving.settings)
        app.state.library.open()
    except Exception:  # it is met again, and told, in the process that watches
        raise SystemExit(_CANNOT_START) from None
    server = Server(uvicorn.Config(app, **serving.options))
    server.run(sockets=[serving.listening])
    if not server.started:
        raise SystemExit(_CANNOT_START)


def _end_with_parent() -> None:
    """Wait for the process that watches: without it nobody would end this one."""
    if parent := parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
