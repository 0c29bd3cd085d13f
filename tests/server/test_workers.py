"""Several processes that answer: one is killed, all are asked to end, none can start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.asking import asking
from tests.support.server_process import server_process

API = "/api/v1"
CLIENTS = 6


def search(client, name):
    params = {"text": f"a thing, {name}", "k": 1}
    return client.get(f"{API}/search", params=params, headers={"X-Request-ID": name})


@pytest.fixture
def ways(garlic):
    """Search by words, by a picture, and a score of posted pictures."""

    def like(client, name):
        files = {"picture": ("x.jpg", garlic, "image/jpeg")}
        return client.post(f"{API}/search", files=files, headers={"X-Request-ID": name})

    def score(client, name):
        files = [("picture", ("x.jpg", garlic, "image/jpeg"))] * 4
        data = {"keyword": name}
        headers = {"X-Request-ID": name}
        return client.post(f"{API}/score", files=files, data=data, headers=headers)

    return search, like, score


@pytest.fixture
def running(shop, tmp_path, samples):
    words = (shop, "--root", samples, "--workers", "2")
    with server_process(tmp_path / "server", *words) as server:
        yield server


def workers(server):
    """Return the processes that answer."""
    tasks = Path(f"/proc/{server.process.pid}/task")
    found = [pid for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
    told = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
    return [int(pid) for pid, words in told.items() if b"spawn_main" in words]


def holder(server, job):
    """Return the process that does a job: that which holds its lock."""
    for pid in workers(server):
        for opened in Path(f"/proc/{pid}/fd").iterdir():
            if job["id"] in str(opened.readlink()):
                return pid
    pytest.fail("nobody does the job")


def test_a_worker_that_is_killed_is_replaced_and_its_work_is_lost(running, ways):
    asked_for = {"keyword": "garlic", "folder": "google_images"}
    with asking(running, ways[:2], CLIENTS) as asked, running.client() as client:
        asked.wait_for(5)
        jobs = [client.post(f"{API}/score", json=asked_for).json() for _ in range(3)]
        killed = holder(running, jobs[-1])
        os.kill(killed, signal.SIGKILL)
        asked.wait_for(5)  # by the other
        with running.client() as other:
            assert other.get(f"{API}/ready").json() == {"status": "ready"}
            lost = other.get(jobs[-1]["url"]).json()
        end = time.monotonic() + 20
        while running.log.read_text().count("Encoder: compact") < 3:  # the third has loaded it
            assert time.monotonic() < end
            time.sleep(0.05)
        asked.wait_for(20)
    assert set(asked.answers.values()) == {200}
    assert len(asked.broken) <= CLIENTS  # what the killed one was answering
    assert (lost["status"], lost["detail"]) == (
        *("lost", "The server ended before this was done; give it in again."),
    )
    assert len(workers(running)) == 2
    assert killed not in workers(running)
    assert f"Process {killed} of the server died (exit code -9)" in running.log.read_text()
    assert running.end() == 0


def test_what_workers_have_taken_in_is_answered_when_they_are_asked_to_end(running, ways):
    with asking(running, ways, CLIENTS) as asked:
        asked.wait_for(20)
        started = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - started < 10
    taken = {line["request"]: line["status"] for line in running.lines()}
    assert taken == asked.answers
    assert set(taken.values()) == {200}
    assert "Traceback" not in running.log.read_text()


def test_workers_end_with_the_process_that_watches_them(running):
    alone = workers(running)
    running.process.kill()
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in alone):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_keeps_workers_from_starting_is_said_once_with_its_exit_code(tmp_path):
    words = ["serve", str(tmp_path / "none.index"), "--port", "0", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "relevance", *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.count("There is no index") == 1
    assert "Traceback" not in done.stderr
