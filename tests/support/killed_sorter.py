"""Sorts in a process that kills itself at its n-th step on the disk, for each n, and undoes it.

    python -m tests.support.killed_sorter SOURCE FOLDER ACTION

SOURCE holds pictures and a table ``table.csv`` beside it. Prints, for each n, whether all contents
were still there after the kill, and whether the undoing gave back what was there before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from relevance.jobs.sort.job import sort
from relevance.jobs.sort.undoing import undo_sort

_STEPS = frozenset({"open", "os.rename", "os.remove", "os.symlink", "os.mkdir"})


def contents(*folders: Path) -> list[tuple[str, str]]:
    """Names and hashes of the pictures below folders, links not followed."""
    return sorted(
        (str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest())
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.suffix != ".jsonl"
    )


def sort_until(step: int, source: Path, folder: Path, action: str) -> bool:
    """Sort in a child that is killed at a step below the folders; say whether it was."""
    child = os.fork()
    if not child:
        left = step

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in _STEPS and str(arguments[0]).startswith((str(source), str(folder))):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        sort("red", source, folder, action=action, table=source.with_name("table.csv"))
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(source: Path, folder: Path, action: str) -> None:
    """Go through all steps."""
    before = contents(source)
    for step in range(1, 1000):
        killed = sort_until(step, source, folder, action)
        hashes = {digest for _, digest in contents(source, folder)}
        nothing_lost = hashes >= {digest for _, digest in before}
        kept = []
        for log in folder.glob("*.jsonl"):
            if log.stat().st_size:  # else it was killed before its first line
                kept += undo_sort(log).kept
            log.unlink()
        left = [str(path) for path in folder.rglob("*")] if folder.exists() else []
        is_back = contents(source) == before and not kept and not left
        print(json.dumps([step, nothing_lost, is_back, left]))  # noqa: T201
        shutil.rmtree(folder, ignore_errors=True)
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
