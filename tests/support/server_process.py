"""`relevance serve` as a process of its own, and plain sockets to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

_SECONDS = 60
_WHERE = re.compile(r"Serving on (http://127\.0\.0\.1:(\d+)) ")
_OF_SETTINGS = """
from pathlib import Path
from relevance.server.running import Listening, serve
from relevance.server.settings import ServerSettings
from relevance.terminal.options import log_to_stderr
log_to_stderr(quiet=False)
serve(ServerSettings.of(**{settings!r}), Listening("127.0.0.1", 0, idle_seconds=1.0))
"""


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that runs.

    Attributes:
        process: The process.
        url: Where it listens, without a slash at the end.
        port: The same.
        log: File of what it writes to standard error.
        temporary: Its folder for temporary files.
    """

    process: subprocess.Popen[bytes]
    url: str
    port: int
    log: Path
    temporary: Path

    def lines(self) -> list[dict[str, object]]:
        """Return its access log."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"request"')]

    def megabytes(self, kind: str = "VmHWM") -> int:
        """Return a figure on its memory: the most it ever had, or VmRSS, what it has."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{kind}:")[2].split()[0]) >> 10

    def say(self, data: bytes, seconds: float = 10) -> bytes:
        """Send bytes as they are on a new connection; return all that comes until it is closed."""
        with self.connection(seconds) as opened:
            opened.sendall(data)
            return everything(opened)

    def ask(self, method: str, target: str, *headers: str) -> tuple[int, bytes]:
        """Send a request whose target nobody tidies; return the status and the whole answer."""
        lines = (f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *headers)
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        answer = self.say(head.encode("latin-1"))
        return status_of(answer), answer

    def connection(self, seconds: float = 10) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def client(self, **options: object) -> httpx2.Client:
        """Make a client that shows nothing but what it is told to."""
        return httpx2.Client(base_url=self.url, timeout=30, trust_env=False, **options)

    def end(self, seconds: float = 40) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def everything(opened: socket.socket) -> bytes:
    """Read until the other side closes."""
    return up_to(opened, None)


def up_to(opened: socket.socket, end: bytes | None, times: int = 1) -> bytes:
    """Read until some bytes have come so many times, or the other side closes."""
    found = b""
    while end is None or found.count(end) < times:
        try:
            piece = opened.recv(65_536)
        except ConnectionResetError:
            return found
        if not piece:
            return found
        found += piece
    return found


@contextmanager
def server_process(folder: Path, *words: str | Path) -> Iterator[ServerProcess]:
    """Run `relevance serve` with these words in an empty folder; any free port."""
    command = ("-m", "relevance", "serve", *map(str, words))
    with _running(folder, (*command, "--port", "0", "--state", str(folder / "state"))) as found:
        yield found


@contextmanager
def server_of(folder: Path, **settings: object) -> Iterator[ServerProcess]:
    """Run a server with settings for which the command has no options, and little patience."""
    plain = {"state": str(folder / "state"), **settings}
    with running_code(folder, _OF_SETTINGS.format(settings=plain)) as found:
        yield found


@contextmanager
def running_code(folder: Path, code: str) -> Iterator[ServerProcess]:
    """Run a server that Python code starts."""
    with _running(folder, ("-c", code)) as found:
        yield found


@contextmanager
def _running(folder: Path, words: Sequence[str]) -> Iterator[ServerProcess]:
    log, temporary = folder / "log", folder / "tmp"
    temporary.mkdir(parents=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *words],
            stderr=stream,
            stdout=stream,
            env=os.environ | {"TMPDIR": str(temporary)},
        )
    try:
        where = _wait_for(process, log)
        yield ServerProcess(process, where[1], int(where[2]), log, temporary)
    finally:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> re.Match[str]:
    """Return where it listens, once it does."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        if where := _WHERE.search(log.read_text(encoding="utf-8")):
            return where
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')}")
