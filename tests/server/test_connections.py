"""Connections that a server takes as it is asked to end."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from relevance.server import create_app
from relevance.server.connections import Connection, Server

ASK = b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def ending(tmp_path, sent):
    """Connect to a server that has been asked to end, send something, and return all it says."""

    async def run():
        config = uvicorn.Config(
            create_app(state=tmp_path), http=Connection, log_config=None, timeout_keep_alive=60
        )
        server = Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.lifespan.startup()
        server.servers = []
        made = await asyncio.get_running_loop().create_server(
            lambda: Connection(config, server.server_state, server.lifespan.state), "127.0.0.1", 0
        )
        asked = asyncio.create_task(server.shutdown())
        await asyncio.sleep(0)  # it has asked all connections that it knows
        reader, writer = await asyncio.open_connection(*made.sockets[0].getsockname())
        writer.write(sent)
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await asyncio.wait_for(asked, 30)
        made.close()
        return said

    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:  # Playwright's loop may run in this thread
        said = pool.submit(asyncio.run, run()).result()
    assert time.monotonic() - started < 30  # not until the connection's own time is over
    return said


def test_its_request_is_answered_and_it_is_closed(tmp_path):
    said = ending(tmp_path, ASK)
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in said.lower()


@pytest.mark.parametrize("sent", [b"", ASK[:20]])
def test_without_a_request_it_is_closed(tmp_path, sent):
    assert ending(tmp_path, sent) == b""


def test_only_one_request_is_answered(tmp_path):
    assert ending(tmp_path, ASK * 3).count(b"HTTP/1.1 ") == 1
