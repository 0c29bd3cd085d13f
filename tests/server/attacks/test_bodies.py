"""What a server must not hold: bombs, endless bodies, crowded forms, things that are no request."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from PIL import Image

from tests.server.attacks.common import API, ROUTES, is_well, picture
from tests.support.picture_files import chunk, png
from tests.support.server_process import everything, status_of, up_to


@cache
def vast() -> bytes:
    """A whole picture of 20,000 × 20,000 pixels in 220 KB, which would be 1.2 GB."""
    return png((20_000, 20_000), 1, 0, [bytes(2_500)] * 20_000)


@cache
def long_winded() -> bytes:
    """A small picture with a comment of 300 MB, packed."""
    comment = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000_000), 9))
    return png((8, 8), 8, 2, [bytes(24)] * 8, comment)


def zipped() -> bytes:
    """A bomb under another name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(50_000_000))
    return stream.getvalue()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("content", "reason"),
    [(vast, "too large: 20000 × 20000 pixels"), (zipped, "archive"), (long_winded, "")],
    ids=["vast", "zip", "comment"],
)
def test_bombs_do_not_go_off(server, route, content, reason):
    assert is_well(server)  # what is loaded for the first request is no harm done
    before = server.megabytes()
    with server.client() as client:
        answer = client.post(f"{API}/{route}", files=picture(content()), data=ROUTES[route])
    assert answer.status_code in (200, 400, 422)
    assert reason in answer.text
    assert server.megabytes() - before < 100
    if route == "references?type=nuts":
        with server.client() as client:
            client.delete(f"{API}/references", params={"type": "nuts"})


@pytest.mark.parametrize("route", ROUTES)
def test_the_limit_of_pixels_holds_everywhere(server, route):
    stream = io.BytesIO()
    Image.new("RGB", (1200, 1000), "red").save(stream, "PNG")
    with server.client() as client:
        answer = client.post(f"{API}/{route}", files=picture(stream.getvalue()), data=ROUTES[route])
    assert "too large: 1200 × 1000 pixels, the limit is 1,000,000" in answer.text


def test_a_body_is_bounded_with_a_length_and_without(server):
    before = server.megabytes("VmRSS")
    head = f"POST {API}/embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    answer = server.say(f"{head}Content-Length: 3000000\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) == 413
    assert b"larger than 2 MB (--max-megabytes)" in answer
    for kind in ("application/json", "multipart/form-data; boundary=b", "text/plain"):
        start = head.replace("application/json", kind)
        with server.connection() as opened:
            opened.sendall(f"{start}Transfer-Encoding: chunked\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError):  # it need not listen to the end
                if "multipart" in kind:
                    part = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="x"'
                    opened.sendall(b"%x\r\n%s\r\n\r\n\r\n" % (len(part) + 4, part))
                for _ in range(50):
                    opened.sendall(b"19000\r\n" + bytes(0x19000) + b"\r\n")
            assert status_of(up_to(opened, b"\r\n\r\n")) == (415 if kind == "text/plain" else 413)
    assert server.megabytes("VmRSS") - before < 50
    assert list(server.temporary.iterdir()) == []
    assert is_well(server)


def test_forms_are_bounded(server, garlic):
    fields = {f"field{number}": "x" for number in range(10_000)}
    many = [("picture", (f"{number}.jpg", b"x", "image/jpeg")) for number in range(1000)]
    with server.client() as client:
        for asked in (
            {"data": fields, "files": picture(garlic)},
            {"data": fields},
            {"files": many},
            {"data": {"keyword": "x" * 1_500_000}, "files": picture(garlic)},
        ):
            answer = client.post(f"{API}/score", **asked)
            assert answer.status_code in (400, 422)
            assert answer.headers["content-type"] == "application/problem+json"
    assert list(server.temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"[" * 1_000_000, 422),
        ("application/json", b'{"where":' * 200_000 + b"1" + b"}" * 200_000, 422),
        ("application/json", b'{"text": "\xff\xfe"}', 422),
        ("application/json", b'{"text": "\\ud800"}', 422),
        ("application/json", b'{"text": "x", "k": 1e999}', 422),
        ("application/json", b'{"text": "x", "minimum": "NaN"}', 400),
        ("application/json", b'{"text": "x", "k": ' + b"9" * 100_000 + b"}", 422),
        ("application/json", b"", 422),
        ("application/xml", b"<x/>", 415),
        ("", b"{}", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=" + "b" * 5000, b"x", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\n", 400),
        ("application/x-www-form-urlencoded", b"text=x&text=y&k=nine", 422),
        ("application/json; charset=utf-7", b"{", 422),
    ],
)
def test_what_is_no_request_is_a_problem(server, kind, body, status):
    headers = {"Content-Type": kind} if kind else {}
    with server.client() as client:
        for route in ("search", "score", "embed"):
            answer = client.post(f"{API}/{route}", content=body, headers=headers)
            assert answer.status_code in (status, 422), answer.text[:300]
            assert answer.headers["content-type"] == "application/problem+json"
            assert len(answer.content) < 10_000  # what was sent is not sent back
        session = client.post(f"{API}/session", content=body, headers=headers)
        assert 400 <= session.status_code < 500


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 3_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 200_000 + b"\r\n",
    ],
    ids=["no host", "version", "TLS", "bytes", "address", "length", "smuggled", "long", "many"],
)
def test_what_is_no_http_is_refused(server, data):
    with server.connection() as opened:
        with contextlib.suppress(ConnectionError):
            opened.sendall(data)
        assert status_of(everything(opened)) in (0, 400, 404, 405, 421, 431)
    assert is_well(server)


def test_all_bodies_together_are_bounded(hasty):
    """A last byte that does not come must not make the server hold any number of bodies."""
    assert is_well(hasty)
    before = hasty.megabytes()
    head = f"POST {API}/embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    body = f"{head}Content-Length: 1000000\r\nConnection: close\r\n\r\n".encode() + bytes(999_999)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(hasty.connection()) for _ in range(60)]
        with ThreadPoolExecutor(60) as pool:
            for one in opened:
                pool.submit(one.sendall, body)
        with ThreadPoolExecutor(60) as pool:
            statuses = Counter(map(status_of, pool.map(everything, opened)))
    assert statuses[429] > 20  # the others were late
    assert set(statuses) <= {0, 408, 429}
    assert hasty.megabytes() - before < 60
    assert is_well(hasty)
