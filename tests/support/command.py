"""``relevance …`` as a process of its own, forked from one that has imported what commands import.

Python's start and the imports of NumPy, pandas, scikit-learn and Matplotlib take most of a short
command's time; here each process of tests pays for them once. Streams, exit code, folder and
environment are the command's own. What is about the start itself (variables that Python reads,
what is imported, signals, pipes, limits) needs a new interpreter.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_IMPORTED = (
    "relevance.cli",
    "relevance.jobs.score.command",
    "relevance.jobs.score.page",
    "relevance.jobs.score.files",
    "relevance.encoders.compact.encoder",
    "relevance.judging.keyword_labels",
    "imagehash",
    "matplotlib.backends.backend_svg",
    "onnxruntime",
    "pandas",
    "pytest",
    "scipy.stats",
    "sklearn.metrics",
)


def run_command(
    *words: object,
    cwd: str | Path = ".",
    given: str = "",
    **settings: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``relevance`` with these words to its end.

    Args:
        words: As typed, without the program.
        cwd: The folder it runs in.
        given: What it reads on standard input.
        settings: Variables of the environment beside those of the tests.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_text(given)
        for path in streams[1:]:
            path.touch()
        typed = list(map(str, words))
        environment = {**os.environ, **settings}
        process = context.Process(target=_command, args=(typed, str(cwd), environment, streams))
        process.start()
        process.join()
        out, err = (path.read_text(encoding="utf-8") for path in streams[1:])
    assert process.exitcode is not None
    return subprocess.CompletedProcess(["relevance", *typed], process.exitcode, out, err)


def _command(
    words: list[str],
    cwd: str,
    environment: Mapping[str, str],
    streams: list[Path],
) -> None:
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["relevance", *words]
    try:
        runpy.run_module("relevance", run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
