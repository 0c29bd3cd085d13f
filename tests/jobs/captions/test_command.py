"""``relevance captions`` as a process: killed and resumed, twice at once, and every exit code."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command import run_command
from tests.support.picture_server import COLOURS, png, serving

ADDED = "similarity,clip_score,status,reason"


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


OPTIONS = ["--model", "compact", "--no-cache"]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "relevance", "captions", *map(str, words), *OPTIONS]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return run_command("captions", *words, *OPTIONS)


def slow_table(server, path: Path, rows: int = 300) -> Path:
    """Pictures that take a while, some that are not there, and captions that repeat."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["image_url", "title"])
        for number in range(rows):
            kind = "missing" if number % 9 == 5 else "slowly"
            place = f"{server.url}/{kind}/{COLOURS[number % 4]}-{number % 290}.png"
            writer.writerow([place, f"a {COLOURS[number % 3]} thing {number % 11}"])
    return path


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_a_killed_run_goes_on_and_writes_the_same_file(server, tmp_path, kind):
    table = slow_table(server, tmp_path / "a.csv")
    whole, part = tmp_path / f"whole{kind}", tmp_path / f"part{kind}"
    assert run(table, "--output", whole).returncode == 0
    started = subprocess.Popen(
        command(table, "--output", part), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = tmp_path / f"part{kind}.journal"
    wait_for(lambda: started.poll() is not None or rows_in(journal) >= 128)
    started.kill()
    started.wait()
    assert not part.exists()
    done = rows_in(journal)
    assert 128 <= done < 300
    if kind == ".csv":  # what was done can be read meanwhile
        assert len((tmp_path / "part.csv.part").read_text().splitlines()) > 64
    refused = run(table, "--output", part)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is unfinished. Go on with it with --resume" in refused.stderr
    before = server.hits.copy()
    resumed = run(table, "--output", part, "--resume", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert f"Going on after {done} rows." in resumed.stderr
    assert part.read_bytes() == whole.read_bytes()
    assert sum((server.hits - before).values()) <= 290 - done + 11
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["a.csv", whole.name, part.name]
    )
    assert json.loads(resumed.stdout)["rows"] == 300


def rows_in(journal: Path) -> int:
    """Count rows from another process; a journal in use is locked, so read a copy."""
    try:
        copy = journal.with_suffix(".copy")
        copy.write_bytes(journal.read_bytes())
        with sqlite3.connect(copy) as connection:
            (count,) = connection.execute("SELECT count(*) FROM rows").fetchone()
        return int(count)
    except (OSError, sqlite3.Error):
        return 0
    finally:
        copy.unlink(missing_ok=True)


def wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_run_with_other_settings_is_not_gone_on_with(server, tmp_path):
    table = slow_table(server, tmp_path / "a.csv")
    started = subprocess.Popen(command(table), stderr=subprocess.DEVNULL)
    wait_for(lambda: rows_in(tmp_path / "a-similarity.csv.journal") > 0)
    second = run(table, "--resume")  # while the first is at work
    assert second.returncode == 2
    assert "Another run is writing" in second.stderr
    started.send_signal(signal.SIGKILL)
    started.wait()
    for words, reason in (
        (["--distance", "dot"], "distance was cosine"),
        (["--long-captions", "chunk"], "long captions was truncate"),
        (["--report"], "report was False"),
        (["--timeout", "9"], "timeout was 60"),
    ):
        other = run(table, "--resume", *words)
        assert other.returncode == 2
        assert reason in other.stderr
    table.write_text(table.read_text() + "x.png,y\n")
    assert "the table was another, or has been changed" in run(table, "--resume").stderr
    (tmp_path / "a-similarity.csv.journal").write_bytes(b"no journal at all" * 100)
    damaged = run(table, "--resume")
    assert damaged.returncode == 2
    assert "is not usable" in damaged.stderr


@pytest.mark.parametrize(("request_to_end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_how_to_go_on(server, tmp_path, request_to_end, code):
    table = slow_table(server, tmp_path / "a.csv")
    started = subprocess.Popen(
        command(table),
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has its children ignore interrupts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: rows_in(tmp_path / "a-similarity.csv.journal") > 0)
    os.kill(started.pid, request_to_end)
    _, said = started.communicate(timeout=60)
    assert started.returncode == code
    assert "--resume goes on from there" in said
    assert "Traceback" not in said


def test_what_a_person_sees(tmp_path, samples):
    shown = run(samples / "captions.csv", "--output", tmp_path / "o.csv", "--retrieval", "--report")
    assert shown.returncode == 0, shown.stderr
    assert 'Pictures: column "image". Captions: column "caption", guessed' in shown.stderr
    assert "encoding utf-8, separated by commas" in shown.stderr
    for text in ("116 of 116 pairs scored", "Lowest (look at these first)", "R@10", "o.html"):
        assert text in shown.stdout
    header, first, *_ = (tmp_path / "o.csv").read_text().splitlines()
    assert header == f"image,caption,fits,{ADDED}"
    assert first.startswith('google_images/almonds/almonds-01.jpg,"Almonds side by side')
    page = (tmp_path / "o.html").read_text()
    assert page.count('"thumbnail":"data:image/webp') == 116
    quiet = run(samples / "captions.csv", "--output", tmp_path / "q.csv", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (tmp_path / "q.csv").read_bytes() == (tmp_path / "o.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["none.csv"], 2, "No such file"),
        (["a.csv", "--image-column", "no"], 2, 'There is no column "no"'),
        (["a.csv", "--folder", "nowhere"], 2, "There is no folder nowhere"),
        (["a.csv", "--output", "a.csv"], 2, "would be written over"),
        (["a.csv", "--output", "o.xlsx"], 2, "must end in one of"),
        (["a.csv", "--output", "file/o.csv"], 2, "cannot be written"),
        (["a.csv", "--output", "/proc/o.csv"], 2, "cannot be written"),
        (["a.csv", "--output", "folder.csv"], 2, "is a folder"),
        (["a.csv", "--output", "page.csv", "--report"], 2, "page.html is a folder"),
        (["a.csv", "--output", ""], 2, "must end in one of"),
        ([""], 2, "must end in one of"),
        (["/"], 2, "must end in one of"),
        (["a.csv", "--long-captions", "drop"], 2, 'There is no treatment of long captions "drop"'),
        (["a.csv", "--timeout", "0"], 2, "must be above 0"),
        (["a.csv", "--encoding", "klingon"], 2, "unknown encoding"),
        (["gone.csv"], 3, "Not one of 2 rows could be scored"),
    ],
)
def test_wrong_use_is_explained(tmp_path, monkeypatch, words, code, reason):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("folder.csv").mkdir()
    Path("page.html").mkdir()
    Path("red.png").write_bytes(png("red"))
    Path("a.csv").write_text("image,caption\nred.png,red\n")
    Path("gone.csv").write_text("image,caption\nx.png,red\ny.png,red\n")
    before = set(tmp_path.iterdir())
    done = run(*words)
    assert done.returncode == code
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    left = {path.name for path in set(tmp_path.iterdir()) - before}
    assert left == ({"gone-similarity.csv"} if code == 3 else set())
