"""A real HTTP server on this machine that serves pictures, and every way not to get one."""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

COLOURS = ("red", "green", "blue", "yellow")


def png(colour: str, size: tuple[int, int] = (24, 24)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def vast_png(side: int = 20_000) -> bytes:
    """A valid header of a picture whose pixels nobody should decode."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    ends = chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(ends)


class PictureServer(ThreadingHTTPServer):
    """Counts requests by path and the most that were open at once."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hits: Counter[str] = Counter()
        self.connections: set[tuple[str, int]] = set()
        self.agents: set[str] = set()
        self.times: dict[str, list[float]] = {}
        self.open_now = 0
        self.most_open = 0
        self.turn = threading.Lock()
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are expected here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PictureServer

    def do_GET(self) -> None:
        server, path = self.server, self.path.partition("?")[0]
        with server.turn:
            server.hits[self.path] += 1
            server.times.setdefault(self.path, []).append(time.monotonic())
            server.connections.add(self.client_address)
            server.agents.add(self.headers["User-Agent"])
            server.open_now += 1
            server.most_open = max(server.most_open, server.open_now)
            tries = server.hits[self.path]
        try:
            name, _, rest = path.lstrip("/").partition("/")
            getattr(self, f"_serve_{name}", self._serve_missing)(rest, tries)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.turn:
                server.open_now -= 1

    def _answer(self, status: int, body: bytes = b"", kind: str = "image/png", **headers: str):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _endless(self, piece: bytes, pause: float) -> None:
        """Write without a length and without an end."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Connection", "close")
        self.end_headers()
        while not self.server.stopping.wait(pause):
            self.wfile.write(piece)
            self.wfile.flush()

    def _serve_colour(self, rest: str, tries: int) -> None:
        self._answer(200, png(rest.partition(".")[0].partition("-")[0]))

    def _serve_slowly(self, rest: str, tries: int) -> None:
        time.sleep(0.05)
        self._serve_colour(rest, tries)

    def _serve_missing(self, rest: str, tries: int) -> None:
        self._answer(404, b"<html>not here</html>", "text/html")

    def _serve_forbidden(self, rest: str, tries: int) -> None:
        self._answer(403)

    def _serve_busy(self, rest: str, tries: int) -> None:
        """429 once, with a wish; then the picture."""
        if tries == 1:
            self._answer(429, Retry_After="1")
        else:
            self._answer(200, png("red"))

    def _serve_busy_until(self, rest: str, tries: int) -> None:
        if tries == 1:
            self._answer(503, Retry_After=formatdate(time.time() + 2, usegmt=True))
        else:
            self._answer(200, png("green"))

    def _serve_busy_for_long(self, rest: str, tries: int) -> None:
        self._answer(429, Retry_After="3600")

    def _serve_broken_once(self, rest: str, tries: int) -> None:
        if tries == 1:
            self._answer(500)
        else:
            self._answer(200, png("blue"))

    def _serve_broken(self, rest: str, tries: int) -> None:
        self._answer(500)

    def _serve_cut(self, rest: str, tries: int) -> None:
        """Announce more than is sent, the first time."""
        body = png("red", (200, 200))
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if tries > 1 else body[:40])

    def _serve_loop(self, rest: str, tries: int) -> None:
        self._answer(302, Location="/loop/again")

    def _serve_moved(self, rest: str, tries: int) -> None:
        self._answer(301, Location="/colour/red.png")

    def _serve_elsewhere(self, rest: str, tries: int) -> None:
        self._answer(302, Location="file:///etc/passwd")

    def _serve_to_port(self, rest: str, tries: int) -> None:
        self._answer(302, Location="http://127.0.0.1:99999/colour/red.png")

    def _serve_to_store(self, rest: str, tries: int) -> None:
        self._answer(302, Location="s3://bucket/a.png")

    def _serve_to_bracket(self, rest: str, tries: int) -> None:
        self._answer(302, Location="http://[::1/a.png")

    def _serve_to_no_name(self, rest: str, tries: int) -> None:
        self._answer(302, Location="http://\u00fc_\u00fc.invalid/a.png")

    def _serve_to_here(self, rest: str, tries: int) -> None:
        """Lead to this server's red picture by the host in the path."""
        self._answer(302, Location=f"http://{rest}:{self.server.server_port}/colour/red.png")

    def _serve_drip(self, rest: str, tries: int) -> None:
        self._endless(b"x", 0.1)

    def _serve_slow_header(self, rest: str, tries: int) -> None:
        """Begin an answer, and never come to its body."""
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Wait: ")
        while not self.server.stopping.wait(0.1):
            self.wfile.write(b"x")

    def _serve_biscuit(self, rest: str, tries: int) -> None:
        """Leave a large cookie, a different one for each picture."""
        assert "Cookie" not in self.headers
        self._answer(200, png("red"), Set_Cookie=f"c{rest.partition('.')[0]}={'x' * 3000}")

    def _serve_never(self, rest: str, tries: int) -> None:
        """Ask to wait until a date that no calendar has."""
        self._answer(503, Retry_After="Fri, 31 Dec 99999999999999999999 23:59:59 GMT")

    def _serve_nowhere(self, rest: str, tries: int) -> None:
        self._answer(302, Location="http://a..b/x.png")

    def _serve_lingering_loop(self, rest: str, tries: int) -> None:
        time.sleep(0.9)
        self._serve_moved(rest, tries) if rest == "4" else self._answer(
            302, Location=f"/lingering_loop/{int(rest) + 1}"
        )

    def _serve_zipped(self, rest: str, tries: int) -> None:
        self._answer(200, png("red"), Content_Encoding="gzip")

    def _serve_silent(self, rest: str, tries: int) -> None:
        self.server.stopping.wait(30)
        self.close_connection = True

    def _serve_endless(self, rest: str, tries: int) -> None:
        self._endless(b"x" * 65_536, 0)

    def _serve_declared(self, rest: str, tries: int) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()

    def _serve_odd_kind(self, rest: str, tries: int) -> None:
        self._answer(200, png("yellow"), "text/plain")

    def _serve_page(self, rest: str, tries: int) -> None:
        self._answer(200, b"<!DOCTYPE html><p>Please log in</p>", "text/html; charset=utf-8")

    def _serve_page_as_picture(self, rest: str, tries: int) -> None:
        self._answer(200, b"<!DOCTYPE html><p>Please log in</p>", "image/jpeg")

    def _serve_vast(self, rest: str, tries: int) -> None:
        self._answer(200, vast_png())

    def _serve_empty(self, rest: str, tries: int) -> None:
        self._answer(200)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[PictureServer]:
    server = PictureServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
