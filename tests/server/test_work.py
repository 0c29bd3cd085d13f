"""Long work: followed, cancelled, kept over a restart, lost with a killed server."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import relevance
from relevance.embedding.embeddings import Advance
from relevance.errors import UsageError
from relevance.server.batching import BusyError
from relevance.server.naming import Naming
from relevance.server.problems import NotHereError
from relevance.server.settings import ServerSettings
from relevance.server.work.desk import Desk, follow
from relevance.server.work.task import ENDED
from tests.server.conftest import serving

API = "/api/v1"


def desk_in(folder):
    return Desk(folder, Naming(ServerSettings()))


@pytest.fixture
def desk(tmp_path):
    made = desk_in(tmp_path / "work")
    yield made
    made.close()


def ended(desk, task):
    """Wait for work to end."""

    async def followed():
        return [state async for state in follow(desk, task.id, every=0.01)]

    with ThreadPoolExecutor(1) as pool:  # Playwright's loop may run in this thread
        return pool.submit(lambda: asyncio.run(followed())).result()[-1]


def test_work_is_done_and_what_it_left_is_kept(desk):
    def work(place, progress):
        progress(Advance(1, 2))
        (place / "a.txt").write_text("here")
        return {"found": 3}, ("a.txt",)

    task = ended(desk, desk.give("score", {"keyword": "x"}, work))
    assert (task.status, task.result, task.done, task.total) == ("done", {"found": 3}, 1, 2)
    assert desk.file(task.id, "a.txt").read_text() == "here"
    for name in ("task.json", "../x", "b.txt"):
        with pytest.raises(NotHereError, match="has left no file"):
            desk.file(task.id, name)


def test_work_fails_with_its_sentence(desk):
    def work(place, progress):
        raise UsageError("That cannot be.")

    def broken(place, progress):
        raise ZeroDivisionError

    assert ended(desk, desk.give("score", {}, work)).detail == "That cannot be."
    task = ended(desk, desk.give("score", {}, broken))
    assert (task.status, task.detail) == ("failed", "The server failed on this; see its log.")


def test_work_ends_when_it_is_cancelled_also_before_it_began(desk):
    begun = threading.Event()

    def work(place, progress):
        begun.set()
        while True:
            progress(Advance(0, 9))
            time.sleep(0.005)

    first, second = desk.give("score", {}, work), desk.give("score", {}, work)
    begun.wait(5)
    desk.cancel(second.id)
    desk.cancel(first.id)
    assert ended(desk, first).status == "cancelled"
    assert ended(desk, second).status == "cancelled"
    assert {task.id for task in desk.tasks()} == {first.id, second.id}


def test_what_a_server_that_ended_was_working_on_is_lost_and_what_was_done_is_not(tmp_path):
    begun = threading.Event()

    def endless(place, progress):
        begun.set()
        while True:
            progress(Advance(0, 9))
            time.sleep(0.005)

    first = desk_in(tmp_path)
    done = first.give("score", {}, lambda place, progress: ("whole", ()))
    running = first.give("score", {}, endless)
    begun.wait(5)
    first.close()
    second = desk_in(tmp_path)
    assert second.task(done.id).result == "whole"
    assert second.task(running.id).status == "lost"
    second.close()


def test_work_of_a_killed_process_is_lost(tmp_path):
    """No lock is held on it, whatever its file says."""
    desk = desk_in(tmp_path)
    task = desk.give("score", {}, lambda place, progress: (1, ()))
    ended(desk, task)
    desk.close()  # with which the lock is gone
    file = tmp_path / task.id / "task.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "running"}))
    later = desk_in(tmp_path)
    found = later.task(task.id)
    assert found.status == "lost"
    assert "give it in again" in found.detail
    later.close()


def test_too_much_work_is_refused(desk):
    gate = threading.Event()
    for _ in range(16):
        desk.give("score", {}, lambda place, progress: (gate.wait(5), ()))
    with pytest.raises(BusyError):
        desk.give("score", {}, lambda place, progress: (1, ()))
    gate.set()


@pytest.mark.parametrize("name", ["", "..", "0" * 15, "G" * 16, "0123456789abcdef/.."])
def test_ids_are_ids(desk, name):
    with pytest.raises(NotHereError):
        desk.task(name)


def test_a_folder_is_scored_with_progress_and_a_report(client, samples):
    asked = {"keyword": "garlic", "folder": "data/google_images"}
    answer = client.post(f"{API}/score", json=asked)
    assert answer.status_code == 202
    url = answer.json()["url"]
    states = []
    with client.stream("GET", f"{url}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: ")))
    assert states[-1]["status"] == "done"
    assert states[-1]["total"] == 80
    wanted = relevance.score("garlic", samples / "google_images", model="compact")
    assert [row["folder"] for row in states[-1]["result"]["folders"]] == [
        row.folder for row in wanted.folder_rows
    ]
    assert len(states[-1]["result"]["rows"]) == 80
    files = states[-1]["files"]
    assert set(files) == {"garlic.html", "garlic.csv", "garlic.json"}
    page = client.get(files["garlic.html"])
    assert "sandbox" in page.headers["content-security-policy"]
    assert "<title>" in page.text
    assert client.get(f"{API}/jobs").json()[0]["id"] == states[-1]["id"]
    assert client.get(f"{url}/files/task.json").status_code == 404


def test_an_index_is_brought_up_to_date(tmp_path, samples, compact):
    pictures = tmp_path / "root" / "pictures"
    shutil.copytree(samples / "google_images/garlic", pictures)
    with relevance.Index.create(tmp_path / "i.index", model=compact) as index:
        index.add(pictures)
    lemon = min((samples / "google_images/lemons").iterdir())
    shutil.copy(lemon, pictures)
    with serving(
        indexes=(tmp_path / "i.index",), roots=(tmp_path / "root",), state=tmp_path / "s"
    ) as client:
        url = client.post(f"{API}/indexes/i/update", json={}).json()["url"]
        while (state := client.get(url).json())["status"] not in ENDED:
            time.sleep(0.05)
        assert (state["status"], state["result"]["added"]) == ("done", 1)
        assert client.get(f"{API}/indexes").json()[0]["count"] == 9
        found = client.get(f"{API}/search", params={"text": "lemons", "k": 1}).json()
        assert found["results"][0]["path"].endswith(lemon.name)
        assert client.post(f"{API}/indexes/no/update", json={}).status_code == 404
