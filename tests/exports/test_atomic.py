"""What a run leaves: all of its files or none, and never a torn one, whatever ends it."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import relevance
from relevance.errors import OutputError, PageError, UsageError, unwritable
from relevance.exports.atomic import put_file, put_text, replacing, together
from relevance.exports.csv_file import write_csv
from relevance.jobs.calibrate.files import write_calibration
from relevance.jobs.score.files import write_scores
from tests.support.command import run_command

OLD = "what was there before\n"


@pytest.fixture
def old(tmp_path):
    """Three files of an earlier run."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("a.html", "b.csv", "c.json"):
        (folder / name).write_text(OLD)
    return folder


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_written_is_what_is_there(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("x") / "a.txt"
    assert put_text(path, text) == path
    assert path.read_bytes() == text.encode()
    assert [item.name for item in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_failure_leaves_everything_as_it_was(old, fails_at):
    def work():
        with together():
            for number, name in enumerate(("b.csv", "c.json", "new.txt")):
                with replacing(old / name) as stream:
                    stream.write("new")
                    if number == fails_at:
                        raise KeyboardInterrupt

    before = contents(old)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert contents(old) == before


def test_a_rename_that_fails_takes_the_others_back(old):
    """A folder that came meanwhile is what no file can replace."""

    def work():
        with together():
            put_text(old / "a.html", "new")
            put_text(old / "fresh.txt", "new")
            put_text(old / "z.json", "new")
            (old / "z.json").mkdir()

    with pytest.raises(IsADirectoryError) as caught:
        work()
    assert caught.value.filename == str(old / "z.json")
    (old / "z.json").rmdir()
    assert contents(old) == {"a.html": OLD, "b.csv": OLD, "c.json": OLD}


def test_a_page_that_cannot_be_drawn_keeps_nothing_back(old):
    def work():
        with together():
            put_text(old / "b.csv", "new")
            raise PageError("no page")

    with pytest.raises(PageError):
        work()
    assert contents(old) == {"a.html": OLD, "b.csv": "new", "c.json": OLD}


def test_links_and_modes_stay(tmp_path):
    real = tmp_path / "elsewhere" / "real.csv"
    real.parent.mkdir()
    real.write_text(OLD)
    real.chmod(0o640)
    link = tmp_path / "a.csv"
    link.symlink_to("elsewhere/real.csv")
    write_csv(link, ["x"], [[1]])
    assert link.is_symlink()
    assert real.read_text() == "x\n1\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    dangling = tmp_path / "b.csv"
    dangling.symlink_to(tmp_path / "elsewhere" / "new.csv")
    put_text(dangling, "new")
    assert (tmp_path / "elsewhere" / "new.csv").read_text() == "new"
    assert sorted(path.name for path in real.parent.iterdir()) == ["new.csv", "real.csv"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        put_text(tmp_path / "a.txt", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask


def test_a_pipe_is_sent_the_content(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    put_text(pipe, "content")
    reader.join(20)
    assert got == ["content"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("redirected", [True, False])
def test_standard_output_is_a_place_too(tmp_path, redirected):
    code = (
        "from relevance.exports.atomic import put_text\n"
        "put_text('/dev/stdout', 'one '); print('two')"
    )
    out = (tmp_path / "o.txt").open("w") if redirected else subprocess.PIPE
    done = subprocess.run([sys.executable, "-c", code], stdout=out, text=True, check=True)
    if redirected:
        out.close()
    said = (tmp_path / "o.txt").read_text() if redirected else done.stdout
    assert sorted(said.split()) == ["one", "two"] or said == "two\n"  # both share one offset
    assert list(tmp_path.glob(".*")) == []


def test_a_file_that_may_not_be_written_is_left(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("who may do everything is refused nothing")
    (tmp_path / "a.txt").write_text(OLD)
    (tmp_path / "a.txt").chmod(0o444)
    with pytest.raises(PermissionError):
        put_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == OLD


def test_a_finished_file_takes_its_name(old):
    part = old / "b.csv.part"
    part.write_text("new")
    (old / "b.csv").chmod(0o600)
    put_file(part, old / "b.csv")
    assert contents(old) == {"a.html": OLD, "b.csv": "new", "c.json": OLD}
    assert stat.S_IMODE((old / "b.csv").stat().st_mode) == 0o600


KILLED = """
import os, sys, time
from relevance.exports.atomic import put_text, replacing, together
folder = sys.argv[1]
with together():
    put_text(folder + "/a.html", "new" * 1000)
    with replacing(folder + "/b.csv") as stream:
        stream.write("new")
        stream.flush()
        print("writing", flush=True)
        time.sleep(60)
"""


def test_a_kill_in_the_middle_leaves_the_old_and_the_next_run_tidies_up(old):
    before = contents(old)
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(old)], stdout=subprocess.PIPE, text=True
    )
    with writer:
        assert writer.stdout.readline() == "writing\n"
        put_text(old / "b.csv", OLD)  # another run meanwhile leaves the drafts of this one alone
        assert len(list(old.glob(".*.draft"))) == 2
        writer.send_signal(signal.SIGKILL)
    assert {name: text for name, text in contents(old).items() if name[0] != "."} == before
    put_text(old / "a.html", "newer")
    put_text(old / "b.csv", "newer")
    assert contents(old) == {"a.html": "newer", "b.csv": "newer", "c.json": OLD}


BOTH = """
import sys
from relevance.exports.atomic import put_text, together
for number in range(150):
    with together():
        for name in "abcd":
            put_text(f"{sys.argv[1]}/{name}", f"{sys.argv[2]} {number}")
"""


def test_two_runs_at_once_leave_the_files_of_one(tmp_path):
    running = [
        subprocess.Popen([sys.executable, "-c", BOTH, str(tmp_path), name]) for name in "xyz"
    ]
    for process in running:
        assert process.wait() == 0
    assert len(set(contents(tmp_path).values())) == 1
    assert sorted(contents(tmp_path)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((name, UsageError) for name in ("EACCES", "EROFS", "ENOENT", "ENOTDIR", "EISDIR")),
        *((name, OutputError) for name in ("ENOSPC", "EDQUOT", "EIO", "EFBIG")),
    ],
)
def test_a_wrong_place_and_a_full_disk_are_told_apart(code, kind):
    number = getattr(errno, code)
    error = unwritable("x.csv", OSError(number, os.strerror(number)))
    assert type(error) is kind
    assert error.exit_code == {UsageError: 2, OutputError: 1}[kind]
    assert str(error).startswith(f"x.csv cannot be written ({os.strerror(number)}); ")


def test_a_name_cannot_write_on_the_terminal():
    error = unwritable("a\x1b[2J.csv", OSError(errno.ENOSPC, "full"))
    assert "\x1b" not in str(error)


# the commands, as processes


@pytest.fixture
def few(tmp_path, samples):
    for folder in ("almonds", "lemons"):
        (tmp_path / "p" / folder).mkdir(parents=True)
        for path in sorted((samples / "google_images" / folder).iterdir())[:4]:
            shutil.copy(path, tmp_path / "p" / folder)
    table = "image,caption\n" + "".join(
        f"p/{path.parent.name}/{path.name},a heap of {path.parent.name} {number}\n"
        for number in range(40)
        for path in sorted((tmp_path / "p").rglob("*.jpg"))
    )
    (tmp_path / "t.csv").write_text(table)
    return tmp_path


def small_files(limit):
    """Stand in for a full disk: no file of the process may grow beyond this many bytes."""

    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return prepare


def run(*words, cwd):
    return run_command(*words, "--model", "compact", cwd=cwd)


COMMANDS = {
    "score": (["score", "almonds", "p", "--no-cache", "--output-dir", "out"], 20_000),
    "categories": (["categories", "p", "--no-cache", "--output-dir", "out"], 1_000),
    "calibrate": (["calibrate", "almonds", "p", "--no-cache", "-o", "out/c.json"], 1_000),
    "captions": (["captions", "t.csv", "--no-cache", "--output", "out/c.csv", "--report"], 60_000),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_costs_nothing_that_was_there(few, name):
    words, limit = COMMANDS[name]
    (few / "out").mkdir()
    first = run(*words, cwd=few)
    assert first.returncode == 0, first.stderr
    before = contents(few / "out")
    full = subprocess.run(
        [sys.executable, "-m", "relevance", *words, "--model", "compact"],
        capture_output=True,
        text=True,
        check=False,
        cwd=few,
        preexec_fn=small_files(limit),
    )
    assert full.returncode == 1, full.stderr
    assert "cannot be written (" in full.stderr
    assert "make room there" in full.stderr
    assert "Traceback" not in full.stderr
    left = (
        contents(few / "out")
        if name != "captions"
        else {
            path.name: path.read_text()
            for path in (few / "out").iterdir()
            if path.suffix not in (".part", ".journal")  # with which --resume goes on
        }
    )
    assert left == before
    again = run(*words, *(["--resume"] if name == "captions" else []), cwd=few)
    assert again.returncode == 0, again.stderr
    assert sorted(contents(few / "out")) == sorted(before)


def test_a_disk_that_is_really_full(few):
    disk = few / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    try:
        (disk / "almonds.csv").write_text(OLD)
        done = run("score", "almonds", "p", "--no-cache", "--output-dir", disk, cwd=few)
        left = contents(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 1
    assert "disk/almonds.html cannot be written (No space left on device)" in done.stderr
    assert left == {"almonds.csv": OLD}


def test_a_folder_that_takes_nothing_is_named(few):
    disk = few / "disk"
    disk.mkdir()
    for words in (["-t", "tmpfs", "tmpfs", str(disk)], ["-o", "remount,ro", str(disk)]):
        if subprocess.run(["mount", *words], check=False, capture_output=True).returncode:
            pytest.skip("only root can make a disk that is read-only")
    try:
        done = run("score", "almonds", "p", "--no-cache", "--output-dir", disk, cwd=few)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert done.returncode == 2
    assert f"{disk} cannot be written (Read-only file system)" in done.stderr


def test_an_unforeseen_failure_of_the_page_does_not_cost_the_tables(
    red_and_blue, toy, tmp_path, monkeypatch
):
    from relevance.jobs.score import charts

    monkeypatch.setattr(charts, "roc_curve", lambda *_: {}["unforeseen"])
    scores = relevance.score("red", red_and_blue, model=toy)
    out = tmp_path / "out"
    with pytest.raises(PageError, match=r"red\.html could not be drawn \(KeyError: 'unforeseen'\)"):
        write_scores(scores, out)
    assert sorted(contents(out)) == ["red.csv", "red.json"]
    assert len((out / "red.csv").read_text().splitlines()) == 33
    assert json.loads((out / "red.json").read_text())["keyword"] == "red"


def test_a_calibration_and_its_page_come_together(red_and_blue, toy, tmp_path):
    made = relevance.calibrate("red", red_and_blue, model=toy)
    (tmp_path / "c.html").mkdir()
    with pytest.raises(UsageError, match=r"c\.html cannot be written"):
        write_calibration(made, tmp_path / "c.json")
    assert not (tmp_path / "c.json").exists()


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def test_a_second_captions_run_is_told_of_the_first(few):
    """From the first moment on, before the model is there, and whatever it is asked."""
    words = ["captions", "t.csv", "--no-cache", "--output", "o.csv"]
    command = [sys.executable, "-m", "relevance", *words, "--model", "compact", "--quiet"]
    first = subprocess.Popen(command, cwd=few)
    try:
        end = time.monotonic() + 60
        while not size_of(few / "o.csv.journal") and time.monotonic() < end:
            time.sleep(0.005)
        first.send_signal(signal.SIGSTOP)  # so that it is at work for as long as this takes
        refused = [run(*words, *more, cwd=few) for more in ([], ["--resume"])]
    finally:
        first.send_signal(signal.SIGCONT)
    assert first.wait() == 0
    for second in refused:
        assert second.returncode == 2
        assert "Another run is writing this table" in second.stderr
        assert "delete" not in second.stderr
        if sys.platform == "linux":
            assert f"(process {first.pid})" in second.stderr
    lines = [len((few / name).read_text().splitlines()) for name in ("o.csv", "t.csv")]
    assert lines[0] == lines[1]
    assert not list(few.glob("*.journal"))


def test_a_run_killed_before_its_first_row_is_no_unfinished_one(few):
    words = ["captions", "t.csv", "--no-cache", "--output", "o.csv"]
    command = [sys.executable, "-m", "relevance", *words, "--model", "compact", "--quiet"]
    first = subprocess.Popen(command, cwd=few)
    end = time.monotonic() + 60
    while not size_of(few / "o.csv.journal") and time.monotonic() < end:
        time.sleep(0.002)
    first.kill()
    first.wait()
    assert run(*words, cwd=few).returncode == 0
    assert sorted(few.glob("o.*")) == [few / "o.csv"]
