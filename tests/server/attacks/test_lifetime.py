"""What keeps a server from answering others, what it tells and leaves, and how it ends."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.server.attacks.common import API, ROUTES, is_well, picture
from tests.support.server_process import everything, server_process, status_of, up_to


def test_a_body_that_never_ends_is_given_up(hasty):
    head = f"POST {API}/embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    started = time.monotonic()
    with hasty.connection() as opened:
        opened.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(100):  # would be 20 s
                opened.sendall(b" ")
                time.sleep(0.2)
        taken = time.monotonic() - started
        answer = everything(opened)
    assert taken < 8
    if answer:  # some systems forget what came when a connection is closed on them
        assert status_of(answer) == 408
        assert b"longer than 1 s" in answer


def test_a_request_that_never_begins_is_given_up(hasty):
    starts = (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(hasty.connection()) for _ in starts]
        for opened, start in zip(waiting, starts, strict=True):
            opened.sendall(start)
        assert [everything(opened) for opened in waiting] == [b""] * 3
    assert 0.5 < time.monotonic() - started < 8


def test_a_connection_that_is_used_is_kept(hasty):
    ask = f"GET {API}/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with hasty.connection() as opened:
        for _ in range(4):
            opened.sendall(ask[:20])
            time.sleep(0.3)
            opened.sendall(ask[20:])
            assert status_of(up_to(opened, b"alive")) == 200
        opened.sendall(ask * 50)  # one behind the other
        assert up_to(opened, b"alive", 50).count(b"HTTP/1.1 200 OK") == 50


def test_a_thousand_slow_connections_keep_nobody_waiting(server):
    head = b"POST /api/v1/embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as stack:
        slow = []
        for number in range(1000):
            opened = stack.enter_context(server.connection())
            opened.sendall(head + (b"Content-Length: 500\r\n\r\n{" if number % 2 else b""))
            slow.append(opened)
        assert is_well(server)
        started = time.monotonic()
        assert is_well(server)
        assert time.monotonic() - started < 5
        for opened in slow[:20]:
            opened.sendall(b" ")
    assert is_well(server)


def test_more_than_can_be_done_soon_is_sent_away(hasty):
    """Four may wait; each text is another, so that no answer is known already."""

    def ask(number):
        with hasty.client() as client:
            return client.get(f"{API}/search", params={"text": f"a thing number {number}"})

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(ask, range(120)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "2"
    assert is_well(hasty)


def test_any_number_may_follow_long_work(shop, tmp_path, samples):
    with server_process(tmp_path, shop / "shop.index", "--root", samples) as running:
        with running.client() as client, contextlib.ExitStack() as stack:
            asked = {"keyword": "garlic", "folder": "data"}
            jobs = [client.post(f"{API}/score", json=asked).json() for _ in range(8)]
            for _ in range(100):
                opened = stack.enter_context(running.connection())
                head = f"GET {jobs[-1]['url']}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                opened.sendall(head.encode())
                assert status_of(up_to(opened, b"\r\n\r\n")) == 200
            assert is_well(running)
            assert client.get(jobs[-1]["url"]).json()["status"] == "queued"
        started = time.monotonic()
        assert running.end() == 0  # who follows hears that it is over
        assert time.monotonic() - started < 10


def test_what_is_asked_is_not_in_the_log_and_each_request_has_a_number(server, garlic):
    with server.client() as client:
        client.get(f"{API}/search", params={"text": "a-secret-wish"})
        client.post(f"{API}/search", json={"text": "another-secret-wish"})
        client.post(f"{API}/score", files=picture(garlic), data={"keyword": "third-secret-wish"})
        client.get(f"{API}/search", params={"wrong": "fourth-secret-wish"})
        given = client.get(f"{API}/health", headers={"X-Request-ID": "my-own.1"})
        forged = client.get(f"{API}/health", headers={"X-Request-ID": 'a" evil "b'})
        answers = [client.get(f"{API}/health") for _ in range(3)]
    assert "secret-wish" not in server.log.read_text()
    numbers = [line["request"] for line in server.lines()]
    assert given.headers["x-request-id"] == "my-own.1"
    assert forged.headers["x-request-id"] not in ("", 'a" evil "b')
    for answer in (given, forged, *answers):
        assert numbers.count(answer.headers["x-request-id"]) == 1
    assert set(server.lines()[-1]) == {*("request", "method", "path", "status", "ms", "client")}


def test_uploads_leave_nothing_behind(server, garlic):
    large = garlic + bytes(1_500_000)  # past what is held in memory
    with server.client() as client:
        for route, data in ROUTES.items():
            for content in (garlic, large, b"no picture"):
                client.post(f"{API}/{route}", files=picture(content), data=data)
        client.delete(f"{API}/references", params={"type": "nuts"})
    assert list(server.temporary.iterdir()) == []


def test_what_is_in_flight_is_answered_when_the_server_is_asked_to_end(shop, tmp_path, samples):
    """Requests, a connection that waits, and long work that somebody follows."""
    pictures = sorted((samples / "google_images").rglob("*.jpg"))[:40]
    files = [("picture", (path.name, path.read_bytes())) for path in pictures]
    with server_process(tmp_path, shop / "shop.index", "--root", samples) as running:
        assert is_well(running)
        with (
            running.connection(),
            running.client() as client,
            ThreadPoolExecutor(5) as pool,
        ):
            asked = {"keyword": "garlic", "folder": "google_images"}
            job = client.post(f"{API}/score", json=asked).json()
            followed = pool.submit(client.get, f"{job['url']}/events")
            sent = [
                pool.submit(client.post, f"{API}/score", files=files, data={"keyword": f"w{n}"})
                for n in range(4)
            ]
            time.sleep(0.7)
            started = time.monotonic()
            code = running.end()
            assert code == 0
            assert time.monotonic() - started < 25
            for answer in sent:
                assert answer.result().status_code == 200
                assert len(answer.result().json()["rows"]) == 40
            states = [
                json.loads(line.removeprefix("data: "))["status"]
                for line in followed.result().text.splitlines()
                if line.startswith("data: ")
            ]
            assert states[-1] in ("done", "lost")
        assert "Traceback" not in running.log.read_text()
        assert list(running.temporary.iterdir()) == []
