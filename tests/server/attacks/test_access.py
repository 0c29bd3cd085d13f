"""Who may ask, and how every answer is marked."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

import relevance.server.library
from relevance.server import create_app
from tests.server.attacks.common import API, KEY, picture
from tests.support.server_process import status_of
from tests.support.toy import ToyEncoder

MARKS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=()",
    "x-request-id": "",
    "cache-control": "",
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Bearer {KEY[:-1]}8"},
        {"Authorization": f"Bearer {KEY.upper()}"},
        {"Authorization": "Bearer"},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": f"Token {KEY}"},
        {"X-API-Key": ""},
        {"X-API-Key": KEY[1:]},
        {"Cookie": f"relevance-session={KEY}"},
        {"Cookie": "relevance-session="},
        {"Cookie": "relevance-session=" + "0" * 64},
        {"Cookie": "=;;=,relevance-session"},
    ],
)
def test_a_key_that_is_not_the_key_opens_nothing(locked, headers):
    for path in ("/search?text=x", "/indexes", "/metrics", "/jobs", "/server", "/models", "/no"):
        with locked.client() as client:
            answer = client.get(f"{API}{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert KEY not in answer.text
    for path in ("/docs", "/openapi.json", "//api/v1/search", "/static/../api/v1/jobs", "/api"):
        status, _ = locked.ask("GET", path, *(f"{name}: {it}" for name, it in headers.items()))
        assert status in (401, 404), path


def test_the_key_opens_and_the_page_may_keep_a_cookie_for_it(locked):
    for headers in (
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {KEY}"},
        {"X-API-Key": KEY},
    ):
        with locked.client() as client:
            assert client.get(f"{API}/indexes", headers=headers).status_code == 200
    with locked.client() as client:
        for wrong in ("", KEY[:-1], KEY + "x", "\u00e4" * 20):
            assert client.post(f"{API}/session", json={"key": wrong}).status_code == 401
        given = client.post(f"{API}/session", json={"key": KEY})
        assert given.status_code == 204
        cookie = given.headers["set-cookie"].casefold()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert KEY not in cookie
        assert client.get(f"{API}/indexes").status_code == 200  # by the cookie
        for method in ("GET", "HEAD"):
            assert client.request(method, f"{API}/health").status_code in (200, 405)


def test_nobody_listens_to_others_without_a_key(shop):
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        done = subprocess.run(
            [sys.executable, "-m", "relevance", "serve", shop / "shop.index", "--host", host],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2
        assert "give --api-key-file FILE" in done.stderr


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.", "x@y"]
)
def test_a_name_that_was_bent_to_this_machine_is_not_answered(server, host):
    """DNS rebinding: the browser believes that it talks to evil.example, and says so."""
    answer = server.say(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) == 421
    with server.client() as client:
        for named in ("localhost", "127.0.0.1", "[::1]", f"localhost:{server.port}"):
            assert client.get(f"{API}/health", headers={"Host": named}).status_code == 200


def test_a_server_may_be_given_a_name_and_is_still_called_localhost(locked):
    with locked.client() as client:
        for host in ("shop.example", "SHOP.example:8000", "127.0.0.1", "localhost"):
            assert client.get(f"{API}/health", headers={"Host": host}).status_code == 200
        assert client.get(f"{API}/health", headers={"Host": "example"}).status_code == 421


@pytest.mark.parametrize(
    ("headers", "is_answered"),
    [
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "http://127.0.0.1.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({}, True),
    ],
)
def test_pages_of_other_sites_change_nothing(server, headers, is_answered):
    for kind in ("text/plain", "multipart/form-data; boundary=b", "application/json"):
        with server.client() as client:
            answer = client.post(
                f"{API}/search", content=b"", headers={"Content-Type": kind, **headers}
            )
            assert (answer.status_code != 403) == is_answered
            assert "access-control-allow-origin" not in answer.headers
    with server.client() as client:
        own = client.post(f"{API}/search", json={"text": "x"}, headers={"Origin": server.url})
        assert own.status_code == 200


def test_one_site_may_be_let_in_and_no_other(locked):
    asked = {"Access-Control-Request-Method": "POST", "Authorization": f"Bearer {KEY}"}
    with locked.client() as client:
        for origin, is_in in (("https://shop.example", True), ("https://evil.example", False)):
            headers = {"Origin": origin, **asked}
            before = client.options(f"{API}/search", headers=headers)
            assert ("access-control-allow-origin" in before.headers) == is_in
            answer = client.post(f"{API}/search", json={"text": "x"}, headers=headers)
            assert answer.status_code == (200 if is_in else 403)
            assert ("access-control-allow-origin" in answer.headers) == is_in


def test_every_kind_of_answer_is_marked(server, locked, garlic):
    with server.client() as client:
        found = client.get(f"{API}/search", params={"text": "garlic"})
        first = found.json()["results"][0]
        answers = [
            found,
            *(client.get(place) for place in ("/", "/docs", "/openapi.json", "/static/app.css")),
            *(client.get(first[kind]) for kind in ("picture", "thumbnail")),
            *(
                client.get(f"{API}/{end}")
                for end in ("metrics", "nowhere", "jobs/0123456789abcdef")
            ),
            client.put(f"{API}/search"),
            client.post(f"{API}/search", content=b"x"),
            client.post(f"{API}/search", content=bytes(3_000_000)),
            client.get("/", headers={"Host": "evil.example"}),
            client.post(f"{API}/undo", headers={"Origin": "https://evil.example"}),
            client.get("/static/"),
            client.head("/"),
        ]
    with locked.client() as client:
        answers += [client.get(f"{API}/jobs"), client.options(f"{API}/jobs")]
    assert {answer.status_code for answer in answers} >= {200, 401, 403, 404, 405, 413, 415, 421}
    for answer in answers:
        for name, start in MARKS.items():
            assert len(answer.headers.get_list(name)) == 1, (answer.request.url, name)
            assert answer.headers[name].startswith(start)
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers
    assert all("unsafe" not in answer.headers["content-security-policy"] for answer in answers)


def test_what_no_route_answers_is_marked_too(server, locked):
    """Preflights are answered before routes; what is no request, before there is an app."""
    asked = {"Access-Control-Request-Method": "POST"}
    wrong = asked | {"Access-Control-Request-Headers": "X-Other"}
    with locked.client(headers={"Origin": "https://shop.example"}) as client:
        before = [client.options(f"{API}/search", headers=one) for one in (asked, wrong)]
    assert [answer.status_code for answer in before] == [200, 400]
    heads = [list(answer.headers.multi_items()) for answer in before]
    large = b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 700_000
    for data, status in ((b"nonsense\r\n\r\n", 400), (large, 431)):
        head, _, body = server.say(data).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert first.startswith(f"HTTP/1.1 {status} ")
        heads.append([tuple(line.split(": ", 1)) for line in lines])
        assert json.loads(body)["status"] == status
        assert ("content-length", str(len(body))) in heads[-1]
        assert ("content-type", "application/problem+json") in heads[-1]
    for head in heads:
        for name, start in MARKS.items():
            if name != "x-request-id":  # nothing of these is in the log
                (value,) = [value for given, value in head if given.lower() == name]
                assert value.startswith(start)


def test_a_failure_of_ours_is_marked_logged_and_says_nothing(tmp_path, compact, samples):
    """What no route foresees is a problem like others, with its request's number."""
    app = create_app(model="compact", state=tmp_path)

    @app.get("/broken")
    def broken():
        raise RuntimeError("secret detail")

    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/broken", headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == 500
    assert answer.json()["detail"] == "The server failed on this request; its log says where."
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_encoder_that_breaks_is_a_problem_and_the_next_request_is_answered(
    tmp_path, garlic, monkeypatch
):
    class Breaking(ToyEncoder):
        """Breaks on every second call."""

        calls = 0

        def encode_images(self, images):
            self.calls += 1
            if self.calls % 2:
                raise RuntimeError("the engine broke")
            return super().encode_images(images)

    encoder = Breaking()
    monkeypatch.setattr(relevance.server.library, "open_model", lambda _: (encoder, None))
    app = create_app(state=tmp_path)
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        statuses = [
            client.post(f"{API}/embed", files=picture(garlic)).status_code for _ in range(4)
        ]
    assert statuses == [500, 200, 500, 200]
