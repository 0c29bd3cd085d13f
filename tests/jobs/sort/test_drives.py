"""Sorts on real drives: killed at every step, two at once, full, without permission."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

SHM = Path("/dev/shm")


def files_in(home: Path) -> Path:
    """Make files, and beside them a table that says what to think of them."""
    folder = home / "source"
    (folder / "a").mkdir(parents=True)
    for name, size in (("a/1.png", 30_001), ("a/2.png", 30_002), ("3.png", 10)):
        (folder / name).write_bytes(os.urandom(size))
    (home / "table.csv").write_text(
        "path,label\nsource/a/1.png,yes\nsource/a/2.png,no\nsource/3.png,yes\n"
    )
    return folder


@pytest.fixture
def source(tmp_path):
    return files_in(tmp_path)


def run(*words: object, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("action", "elsewhere"), [("copy", False), ("link", False), ("move", False), ("move", True)]
)
def test_a_kill_at_any_step_loses_nothing_and_is_undone(source, tmp_path, action, elsewhere):
    if elsewhere and not (SHM.exists() and SHM.stat().st_dev != tmp_path.stat().st_dev):
        pytest.skip("needs a second drive")
    folder = SHM / f"relevance-killed-{os.getpid()}" if elsewhere else tmp_path / "to"
    done = run("tests.support.killed_sorter", source, folder, action, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 12
    assert [step for step in steps if step[1:] != [True, True, []]] == []


def test_two_sorts_at_once_share_the_pictures_and_lose_none(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    names = [f"{number}.png" for number in range(150)]
    contents = {os.urandom(100) for _ in names}
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_bytes(content)
    table = "path,label\n" + "".join(f"source/{name},yes\n" for name in names)
    (tmp_path / "table.csv").write_text(table)
    words = ["sort", "red", "source", "--to", "to", "--table", "table.csv", "--move", "--quiet"]
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "relevance", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in both:
        process.communicate()
    # Where both took one up at the same moment it may lie there as "58 (2).png".
    moved = [path.read_bytes() for path in (tmp_path / "to" / "relevant").iterdir()]
    assert (len(moved), set(moved)) == (len(names), contents)
    assert not list(folder.iterdir())
    for log in (tmp_path / "to").glob("*.jsonl"):
        run("relevance", "sort", "--undo", log, cwd=tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_a_full_drive_ends_the_sort_and_it_can_be_undone(source, tmp_path):
    drive = tmp_path / "drive"
    drive.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(drive)], check=False
    )
    if mounted.returncode:
        pytest.skip("cannot mount here")
    try:
        words = ("relevance", "sort", "red", "source", "--to", drive / "to", "--table", "table.csv")
        done = run(*words, "--move", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "No space left" in done.stderr
        assert "--undo" in done.stderr
        (log,) = (drive / "to").glob("*.jsonl")
        undone = run("relevance", "sort", "--undo", log, cwd=tmp_path)
        assert undone.returncode == 0, undone.stderr
        sizes = sorted(path.stat().st_size for path in source.rglob("*.png"))
        assert sizes == [10, 30_001, 30_002]
        assert [path.name for path in (drive / "to").iterdir()] == [log.name]
    finally:
        subprocess.run(["umount", str(drive)], check=True)


def test_without_permission_pictures_stay_and_say_why():
    script = (  # a dry run first: another user may not be let to where Python imports from
        "import os; from relevance.jobs.sort.job import sort\n"
        "what = {'table': 'table.csv', 'action': 'move'}\n"
        "sort('red', 'source', 'to', **what, dry_run=True)\n"
        "os.getuid() or os.setuid(65534)\n"
        "print(sort('red', 'source', 'to', **what).json_text())"
    )
    with tempfile.TemporaryDirectory() as name:  # pytest's own are for their owner alone
        source, to = files_in(Path(name)), Path(name, "to")
        to.mkdir()
        for folder, mode in ((Path(name), 0o755), (source, 0o777), (to, 0o777)):
            folder.chmod(mode)
        (source / "a").chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=name,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        (source / "a").chmod(0o755)
        left = {path.name for path in source.rglob("*.png")}
        moved = [path.name for path in to.rglob("*.png")]
    assert done.returncode == 0, done.stderr
    outcomes = {
        Path(item["source"]).name: item["reason"] for item in json.loads(done.stdout)["pictures"]
    }
    assert outcomes == {"1.png": "Permission denied", "2.png": "Permission denied", "3.png": ""}
    assert (left, moved) == ({"1.png", "2.png"}, ["3.png"])
