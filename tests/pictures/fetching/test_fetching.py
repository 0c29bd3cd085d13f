"""Fetching pictures, from a real server and every other place, and every way to fail."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import fsspec
import httpx2
import pytest

from relevance.errors import UsageError
from relevance.pictures.fetching import Doors, Fetched, Fetcher, Limits
from relevance.pictures.fetching.web_errors import reason
from relevance.pictures.reading import Skipped
from tests.support.picture_server import png, serving

QUICK = Limits(seconds=4, megabytes=1)
BOUND = 20
"""Seconds; far above what any of these should take, for busy machines, and far below a hang."""


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def fetcher(tmp_path):
    with Fetcher(tmp_path, QUICK, Doors(frozenset({"memory", "nonsense"}))) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "colour", "hits"),
    [
        ("/colour/red.png", "red", 1),
        ("/moved/", "red", 1),
        ("/busy/", "red", 2),
        ("/busy_until/", "green", 2),
        ("/broken_once/", "blue", 2),
        ("/odd_kind/", "yellow", 1),
    ],
)
def test_pictures_come_whatever_the_server_does_first(server, fetcher, path, colour, hits):
    before = server.hits[path]
    found = fetcher.fetch(server.url + path)
    assert isinstance(found, Fetched), found
    assert found.content == png(colour)
    assert server.hits[path] - before == hits


def test_a_connection_that_breaks_off_is_tried_again(server, fetcher):
    found = fetcher.fetch(f"{server.url}/cut/")
    assert found.content == png("red", (200, 200))


def test_retry_after_is_honoured_in_seconds_and_as_a_date(server, fetcher):
    for path, least in (("/busy/?again", 1.0), ("/busy_until/?again", 0.9)):
        fetcher.fetch(server.url + path)
        first, second = server.times[path]
        assert least <= second - first < BOUND


@pytest.mark.parametrize(
    ("path", "reason", "hits"),
    [
        ("/missing/", "the server answered 404 Not Found", 1),
        ("/forbidden/", "the server answered 403 Forbidden", 1),
        ("/broken/", "the server answered 500 Internal Server Error", 4),
        ("/busy_for_long/", "429 Too Many Requests, which asks to wait 3600 s", 1),
        ("/loop/", "more than 5 redirects", 1),
        ("/elsewhere/", "the server redirects to file://, which is not followed", 1),
        ("/to_port/", "not a valid web address: there is no port 99999", 1),
        ("/to_store/", "the server redirects to s3://, which is not followed", 1),
        ("/to_bracket/", "the server redirects to what is no valid web address", 1),
        ("/to_no_name/", "the server redirects to what is no valid web address", 1),
        ("/drip/", "not complete after 4 s (--timeout)", 1),
        ("/endless/", "the file is larger than 1 MB (--max-megabytes)", 1),
        ("/never/", "the server answered 503 Service Unavailable", 4),
        ("/nowhere/", "no connection to the server", 4),
        ("/zipped/", "the server's answer cannot be decompressed", 1),
        ("/slow_header/", "not complete after 4 s (--timeout)", 1),
        ("/lingering_loop/0", "not complete after 4 s (--timeout)", 1),
        ("/declared/", "the file is larger than 1 MB (--max-megabytes)", 1),
    ],
)
def test_every_failure_has_its_reason_in_bounded_time(server, fetcher, path, reason, hits):
    before = server.hits[path]
    started = time.monotonic()
    found = fetcher.fetch(server.url + path)
    assert time.monotonic() - started < BOUND
    assert isinstance(found, Skipped)
    assert reason in found.reason
    assert server.hits[path] - before == hits


def test_a_silent_server_is_given_up(server, tmp_path):
    with Fetcher(tmp_path, Limits(seconds=1)) as quick:
        started = time.monotonic()
        found = quick.fetch(f"{server.url}/silent/")
    assert found == Skipped("not complete after 1 s (--timeout)")
    assert time.monotonic() - started < BOUND


def test_no_server_at_all(fetcher):
    found = fetcher.fetch("http://127.0.0.1:9/a.png")
    assert found == Skipped("no connection to the server: Connection refused")


def test_a_server_with_several_addresses_that_all_refuse():
    refused = ConnectionRefusedError(111, "Connect call failed ('::1', 9)")
    failed = OSError("All connection attempts failed")
    failed.__cause__ = ExceptionGroup("several", [refused, refused])
    error = httpx2.ConnectError("All connection attempts failed")
    error.__cause__ = failed
    assert reason(error) == "no connection to the server: Connection refused"


def test_a_server_that_is_down_does_not_hold_up_a_table(tmp_path):
    started = time.monotonic()
    with Fetcher(tmp_path, Limits()) as fetcher, ThreadPoolExecutor(16) as pool:
        places = [f"http://127.0.0.1:9/{number}.png" for number in range(2000)]
        found = list(pool.map(fetcher.fetch, places))
    assert all("no connection to the server" in item.reason for item in found)
    assert time.monotonic() - started < BOUND


def test_connections_are_few_and_used_again(tmp_path):
    few = Fetcher(tmp_path, Limits(connections=4))
    with serving() as server, few, ThreadPoolExecutor(20) as pool:
        places = [f"{server.url}/slowly/red-{number}.png" for number in range(60)]
        found = list(pool.map(few.fetch, places))
    assert all(isinstance(item, Fetched) for item in found)
    assert 2 <= server.most_open <= 4
    assert len(server.connections) <= 4
    (agent,) = server.agents
    assert agent.startswith("relevance/")


class Sleepy(fsspec.AbstractFileSystem):
    """A store that takes its time."""

    protocol = "sleepy"

    def _open(self, path, mode="rb", **kwargs):
        time.sleep(20)


def test_closing_ends_what_still_waits(server, tmp_path):
    fetcher = Fetcher(tmp_path, Limits(seconds=60), Doors(frozenset({"sleepy"})))
    found = []
    waiting = [
        threading.Thread(target=lambda path=path: found.append(fetcher.fetch(server.url + path)))
        for path in ("/drip/?a", "/broken/?b", "/silent/?c", "/slow_header/?d")
    ]
    fsspec.register_implementation("sleepy", Sleepy, clobber=True)
    waiting.append(threading.Thread(target=lambda: found.append(fetcher.fetch("sleepy://a.png"))))
    for thread in waiting:
        thread.start()
    time.sleep(0.7)
    started = time.monotonic()
    fetcher.__exit__()
    for thread in waiting:
        thread.join()
    assert time.monotonic() - started < 8  # less than a read's limit, and than the store's nap
    assert [item.reason for item in found] == ["the run was stopped"] * 5
    assert fetcher.fetch(f"{server.url}/colour/red.png") == Skipped("the run was stopped")


def test_waiting_for_a_free_connection_is_not_counted(server, tmp_path):
    one = Fetcher(tmp_path, Limits(connections=1, seconds=3))
    with one, ThreadPoolExecutor(5) as pool:
        found = list(pool.map(one.fetch, [f"{server.url}/lingering_loop/4?{n}" for n in range(5)]))
    assert all(isinstance(item, Fetched) for item in found), found


def test_files_by_path_and_address(tmp_path, fetcher):
    (tmp_path / "sub dir").mkdir()
    picture = tmp_path / "sub dir" / "ä 1.png"
    picture.write_bytes(png("red"))
    for place in (
        "sub dir/ä 1.png",
        "sub dir\\ä 1.png",
        "./sub dir/../sub dir/ä 1.png",
        str(picture),
        "file:sub dir/ä 1.png",
        picture.as_uri(),
        "FILE://localhost" + picture.as_uri().removeprefix("file://"),
    ):
        found = fetcher.fetch(place)
        assert isinstance(found, Fetched), place
        assert found.content.read_bytes() == png("red")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("sub", "a folder, not a picture"),
        ("/dev/zero", "not an ordinary file"),
        ("file://other.example/x.png", "of another machine"),
        ("a\0b.png", "not a usable path"),
        ("x" * 5000, "not a usable path"),
        ("s3://bucket/x.png", "s3:// needs a driver: Install s3fs"),
        ("nonsense://x", "nonsense:// is no known kind of address"),
        ("memory://nowhere.png", "not there"),
        ("data:image/png;base64", "a data: address that cannot be read"),
        ("data:image/png;base64,@@", "a data: address that holds nothing"),
        ("file://[x/a.jpg", "not a usable path"),
        ("http://a..b/x.png", "no connection to the server"),
        (f"http://{'a' * 70}.com/", "no connection to the server"),
        ("http://h/\ud800", "not a valid web address"),
        ("http://", "not a valid web address"),
        ("http:///x.png", "not a valid web address"),
        ("http://127.0.0.1:99999/x.png", "not a valid web address: there is no port 99999"),
        ("https://user:a b@[::1]:65536/", "not a valid web address: there is no port 65536"),
        ("http://127.0.0.1:-1/x.png", "not a valid web address: there is no port -1"),
        (f"http://h:{'9' * 5000}/", "not a valid web address"),
        ("http://[::1/x.png", "not a valid web address"),
        ("http://☃.invalid/x.png", "not a valid web address"),
        ("http://127.0.0.1:9/a\0b.png", "not a valid web address"),
        ("http://\ud800/x.png", "not a valid web address"),
    ],
)
def test_odd_places_have_a_reason(tmp_path, fetcher, place, reason):
    (tmp_path / "sub").mkdir()
    found = fetcher.fetch(place)
    assert isinstance(found, Skipped), found
    assert reason in found.reason


def test_data_addresses_and_stores(fetcher):
    text = base64.b64encode(png("blue")).decode()
    assert fetcher.fetch(f"data:image/png;base64,{text}") == Fetched(png("blue"), "image/png")
    with fsspec.open("memory://shop/a.png", "wb") as stream:
        stream.write(png("green"))
    assert fetcher.fetch("memory://shop/a.png").content == png("green")
    with fsspec.open("memory://shop/large.png", "wb") as stream:
        stream.write(bytes(1_000_001))
    assert fetcher.fetch("memory://shop/large.png").reason == QUICK.too_large


def test_a_store_that_hangs_is_given_up(tmp_path):
    fsspec.register_implementation("sleepy", Sleepy, clobber=True)
    started = time.monotonic()
    with Fetcher(tmp_path, Limits(seconds=1), Doors(frozenset({"Sleepy"}))) as fetcher:
        found = fetcher.fetch("sleepy://x/a.png")
    assert found == Skipped("not complete after 1 s (--timeout)")
    assert time.monotonic() - started < BOUND


def test_cookies_are_not_kept(server, fetcher):
    for number in range(40):
        assert isinstance(fetcher.fetch(f"{server.url}/biscuit/{number}.png"), Fetched)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTP_PROXY", "foo://bar"),
        ("SSL_CERT_FILE", "/nope.pem"),
    ],
)
def test_odd_settings_for_the_web_do_not_touch_files(tmp_path, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    (tmp_path / "a.png").write_bytes(png("red"))
    with Fetcher(tmp_path, QUICK) as fetcher:
        assert isinstance(fetcher.fetch("a.png"), Fetched)
        with pytest.raises(UsageError, match="settings for the web in the environment"):
            fetcher.fetch("http://127.0.0.1:9/a.png")


def test_limits_must_make_sense():
    for limits in (
        {"connections": 0},
        {"seconds": -1},
        {"seconds": 1e10},
        {"megabytes": float("nan")},
        {"megabytes": float("inf")},
    ):
        with pytest.raises(UsageError, match="must be above 0"):
            Limits(**limits)
