"""Whether `relevance serve` loses requests, or grows, under the load of many connections.

    python benchmarks/load.py --seconds 20

wrk (Debian: wrk) asks by as many connections as said, by turns: a search by words that are always
others, a search by a posted picture, a score, a picture, a thumbnail; it asks again at once,
whatever the answer. Lost is what wrk calls errors of a socket: refused, broken off, or not answered
within 30 s. What it has sent and not waited for when its time is up is neither lost nor answered,
at most one request a connection.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parent.parent / "data/google_images"
_CONNECTIONS = (16, 64, 256, 256, 256, 256)  # the last again: does memory go on growing?
_THREADS = 2


def main() -> None:
    """Run the server once, load it in steps, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of each step")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = Path(name)
        os.environ["RELEVANCE_CACHE"] = str(folder / "cache")
        arguments = _prepare(folder)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(_serve(folder, options.workers), stdout=log, stderr=log)
        try:
            _load(folder, server.pid, arguments, options.seconds)
            started = time.perf_counter()
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
            print(f"\nEnded with exit code {code} after {time.perf_counter() - started:.1f} s.")
        finally:
            server.kill()
            server.wait()


def _prepare(folder: Path) -> list[str]:
    """Make an index and copies of its pictures; return what the script for wrk wants to know."""
    import relevance

    with relevance.Index.create(folder / "shop.index", model="compact") as index:
        index.add(_SAMPLES)
        ids = [row.id for batch in index.batches() for row in batch.rows]
    files = sorted(_SAMPLES.rglob("*.jpg"))
    for number, file in enumerate(files, 1):
        shutil.copy(file, folder / f"{number}.jpg")
    return [str(folder), str(len(files)), *ids]


def _serve(folder: Path, workers: int) -> list[str]:
    words = ["serve", str(folder / "shop.index"), "--port", "0", "--state", str(folder / "state")]
    return [sys.executable, "-m", "relevance", *words, "--workers", str(workers)]


def _load(folder: Path, server: int, arguments: list[str], seconds: int) -> None:
    address = _address(folder / "log")
    _wrk(address, _CONNECTIONS[-1], 5, arguments)  # what is loaded and made at first use
    print(
        "| connections | sent | 2xx | 429 | with Retry-After | others | cut off at the end", end=""
    )
    print(" | lost | p50 ms | p99 ms | MB before | MB after |")
    print("|---" * 12 + "|")
    for connections in _CONNECTIONS:
        before = _megabytes(server)
        found = _wrk(address, connections, seconds, arguments)
        time.sleep(1)
        statuses = {int(status): count for status, count in found["statuses"].items()}
        good = sum(count for status, count in statuses.items() if 200 <= status < 300)
        busy, answered = statuses.get(429, 0), sum(statuses.values())
        cells = (
            *(connections, found["sent"], good, busy, found["retry_after"]),
            *(answered - good - busy, found["sent"] - answered - found["lost"], found["lost"]),
            *(found["p50"], found["p99"], before, _megabytes(server)),
        )
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def _address(log: Path) -> str:
    while not (where := re.search(r"on (http://127\.0\.0\.1:\d+) ", log.read_text())):
        time.sleep(0.05)
    return where[1]


def _wrk(address: str, connections: int, seconds: int, arguments: list[str]) -> dict[str, Any]:
    script = str(Path(__file__).with_suffix(".lua"))
    words = [f"-t{_THREADS}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    command = ["wrk", *words, "-s", script, address, "--", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (line,) = re.findall(r"^JSON (.*)$", told, re.M)
    found: dict[str, Any] = json.loads(line)
    found["sent"] -= 1  # wrk makes one only to look at it
    return found


def _megabytes(server: int) -> int:
    """Return the memory of the server and the processes that it has started."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        text = status.read_text()
        if re.search(rf"^(Pid|PPid):\t{server}$", text, re.M) and "VmRSS" in text:
            found += int(re.findall(r"^VmRSS:\s+(\d+)", text, re.M)[0]) >> 10
    return found


if __name__ == "__main__":
    main()
