"""The server as a process: one that listens, or several that share what it listens to."""

from __future__ import annotations

import logging
import resource
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from relevance.errors import MissingExtraError, UsageError
from relevance.server.ending import end_quietly
from relevance.server.settings import ServerSettings
from relevance.system.streams import tell

_GRACE = 30  # seconds that requests in flight have when the process is asked to end
_BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen.

    Attributes:
        host: Name or number of this machine.
        port: 0 for any that is free.
        workers: Processes.
        quiet: Whether to print errors only.
        idle_seconds: How long a connection is kept on which no request begins.
    """

    host: str
    port: int
    workers: int = 1
    quiet: bool = False
    idle_seconds: float = 30.0


def serve(settings: ServerSettings, listening: Listening) -> None:
    """Serve until the process is asked to end (SIGTERM, SIGINT); requests in flight are answered.

    Raises:
        MissingExtraError: FastAPI or Uvicorn is not installed.
        UsageError: The port is taken, or a setting cannot be used.
        RelevanceError: A model or index cannot be loaded.
    """
    try:
        import uvicorn

        from relevance.server.app import create_app
        from relevance.server.connections import Server
        from relevance.server.workers import Serving, serve_by_workers
    except ModuleNotFoundError as error:
        raise MissingExtraError("`relevance serve`", "server") from error
    _allow_many_files()
    opened = _listen(listening)
    options = _options(listening)
    app = create_app(settings)
    if listening.workers == 1:
        app.state.library.open()  # what cannot be loaded is said as everywhere, before listening
    opened.listen(_BACKLOG)  # so that what is announced holds
    _announce(opened.getsockname(), settings, quiet=listening.quiet)
    end_quietly()
    if listening.workers == 1:
        Server(uvicorn.Config(app, **options)).run(sockets=[opened])
    else:
        serve_by_workers(Serving(settings, opened, options, listening.quiet), listening.workers)


def _options(listening: Listening) -> dict[str, Any]:
    from relevance.server.connections import Connection

    if not listening.quiet:
        _log_access()
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "http": Connection,
        "timeout_keep_alive": listening.idle_seconds,
        "timeout_graceful_shutdown": _GRACE,
        "backlog": _BACKLOG,
    }


def _log_access() -> None:
    """Let the access log's lines, JSON each, go to standard error."""
    logger = logging.getLogger("relevance.server.access")
    logger.setLevel(logging.INFO)


def _listen(listening: Listening) -> socket.socket:
    """Bind the port before anything is loaded."""
    if not 0 <= listening.port <= 65_535:
        raise UsageError(f"There is no port {listening.port}; use 0 for any that is free.")
    if listening.workers < 1:
        raise UsageError(f"The number of workers must be at least 1, not {listening.workers}.")
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((listening.host, listening.port))
    except OSError as error:
        opened.close()
        raise UsageError(
            f"Cannot listen on {listening.host}, port {listening.port} ({error.strerror}); choose "
            "another with --port."
        ) from error
    return opened


def _announce(where: tuple[Any, ...], settings: ServerSettings, *, quiet: bool) -> None:
    if quiet:
        return
    host = f"[{where[0]}]" if ":" in where[0] else where[0]
    tell(f"Serving on http://{host}:{where[1]} (description of the interface: /docs).")
    if not settings.indexes:
        tell("No index was named: there is nothing to search, but /score and the rest work.")


def _allow_many_files() -> None:
    """Take as many open connections as the system lets a process have."""
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
