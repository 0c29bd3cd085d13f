"""A small HTTP server that speaks as much of Qdrant's REST API as a store does, and records it.

What requests mean is left to the official client's local mode, so that several processes can share
an index. It knows neither approximate search nor quantisation, and it can be told to fail.
"""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class Fault:
    """How requests whose path ends so are to fail, ``times`` of them, after ``skip`` others."""

    path: str
    status: int
    times: int
    skip: int
    words: str
    headers: dict[str, str]


@dataclass
class Standing:
    """The server's state: what it was asked, and how it is to fail next."""

    client: QdrantClient
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    def fail(
        self,
        path: str,
        status: int,
        *,
        times: int = 1,
        skip: int = 0,
        words: str = "no",
        **headers: str,
    ) -> None:
        """Answer the next requests whose path ends so with a status; 0 hangs up."""
        self.faults.append(Fault(path, status, times, skip, words, headers))

    def fault_of(self, path: str) -> Fault | None:
        """Return how a request is to fail, if it is."""
        for fault in self.faults:
            if path.endswith(fault.path) and fault.times:
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def asked(self, method: str, end: str) -> list[Request]:
        """Return the requests of a method whose path ends so."""
        return [r for r in self.requests if r.method == method and r.path.endswith(end)]


@contextmanager
def qdrant_server() -> Iterator[str]:
    """Give the address of the server at QDRANT_URL, or else serve here."""
    if real := os.environ.get("QDRANT_URL"):
        yield f"qdrant://{urlsplit(real).netloc}"
        return
    with serving() as standing:
        yield standing.address


@contextmanager
def serving() -> Iterator[Standing]:
    """Serve on a free port of this machine."""
    standing = Standing(QdrantClient(":memory:", force_disable_check_same_thread=True))
    handler = type("Handler", (_Handler,), {"standing": standing})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    standing.address = f"qdrant://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield standing
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one piece, or each answer waits 40 ms for the client's word
    standing: Standing

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        standing = self.standing
        with standing.turn:
            standing.requests.append(
                Request(self.command, path, parts.query, dict(self.headers), body)
            )
            if fault := standing.fault_of(path):
                if fault.status:
                    self._answer(fault.status, {"status": {"error": fault.words}}, fault.headers)
                self.close_connection = True
                return
            status, found = _meaning(standing.client, self.command, path, body)
        self._answer(status, found, {})

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815

    def _answer(self, status: int, found: object, headers: dict[str, str]) -> None:
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def _meaning(client: QdrantClient, method: str, path: str, body: Any) -> tuple[int, object]:
    """Return the status and what a real server would answer."""
    parts = path.strip("/").split("/")
    if parts == ["aliases"]:
        return _right(client.get_aliases())
    if parts == ["collections"]:
        return _right(client.get_collections())
    if parts == ["collections", "aliases"]:
        steps = TypeAdapter(list[models.AliasOperations]).validate_python(body["actions"])
        return _right(client.update_collection_aliases(steps))
    name, rest = parts[1], "/".join(parts[2:])
    known = {alias.alias_name for alias in client.get_aliases().aliases}
    is_there = name in known or client.collection_exists(name)
    if rest == "exists":
        return _right({"exists": is_there})
    if method == "DELETE" and not rest:
        return _right(client.delete_collection(name))
    if method == "PUT" and not rest:
        if is_there:
            return _wrong(409, f"Wrong input: Collection `{name}` already exists!")
        return _right(_make(client, name, body))
    if not is_there:
        return _wrong(404, f"Not found: Collection `{name}` doesn't exist!")
    return _right(_with_collection(client, name, method, rest, body))


def _make(client: QdrantClient, name: str, body: Any) -> bool:
    made = models.CreateCollection.model_validate(body)
    return client.create_collection(
        name,
        vectors_config=made.vectors,
        quantization_config=made.quantization_config,
        metadata=made.metadata,
    )


def _with_collection(client: QdrantClient, name: str, method: str, rest: str, body: Any) -> object:
    if rest == "" and method == "PATCH":
        return client.update_collection(name, metadata=body["metadata"])
    if rest == "":
        return client.get_collection(name)
    if rest == "index":
        with warnings.catch_warnings(action="ignore"):  # it does nothing with them
            return client.create_payload_index(name, body["field_name"], body["field_schema"])
    if rest == "points":
        return client.upsert(name, [models.PointStruct(**point) for point in body["points"]])
    if rest == "points/query/batch":
        return _searched(client, name, body["searches"])
    return _filtered(client, name, rest, body, _filter(body.get("filter")))


def _searched(client: QdrantClient, name: str, searches: Any) -> object:
    asked = [models.QueryRequest.model_validate({**one, "params": None}) for one in searches]
    return [
        {"points": [_point(point, score=point.score, version=0) for point in answer.points]}
        for answer in client.query_batch_points(name, asked)
    ]


def _filtered(client: QdrantClient, name: str, rest: str, body: Any, chosen: Any) -> object:
    if rest == "points/delete":
        return client.delete(name, models.FilterSelector(filter=chosen))
    if rest == "points/payload":
        return client.set_payload(name, body["payload"], points=chosen)
    if rest == "points/payload/delete":
        return client.delete_payload(name, body["keys"], points=chosen)
    if rest == "points/count":
        return client.count(name, count_filter=chosen, exact=body["exact"])
    if rest == "facet":
        return client.facet(
            name, body["key"], facet_filter=chosen, limit=body["limit"], exact=body["exact"]
        )
    assert rest == "points/scroll", rest
    points, after = client.scroll(
        name,
        scroll_filter=chosen,
        limit=body["limit"],
        offset=body.get("offset"),
        with_payload=body["with_payload"],
        with_vectors=body["with_vector"],
    )
    return {"points": [_point(point) for point in points], "next_page_offset": after}


def _point(point: Any, **more: object) -> dict[str, object]:
    return {"id": point.id, "payload": point.payload, "vector": point.vector, **more}


def _filter(found: Any) -> models.Filter | None:
    return models.Filter.model_validate(found) if found else None


def _plain(found: Any) -> Any:
    return found.model_dump(mode="json") if hasattr(found, "model_dump") else found


def _right(found: Any) -> tuple[int, object]:
    return 200, {"result": _plain(found), "status": "ok", "time": 0.001}


def _wrong(status: int, words: str) -> tuple[int, object]:
    return status, {"status": {"error": words}, "time": 0.001}
