"""An encoder that breaks in the middle of a batch, and threads of it that are broken off."""

from __future__ import annotations

import re
import signal

import pytest

from tests.support.asking import asking
from tests.support.server_process import running_code

API = "/api/v1"
_BREAKING = """
import ctypes, signal, sys, threading, time
from pathlib import Path
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException
from relevance.server import batching, library
from relevance.server.running import Listening, serve
from relevance.server.settings import ServerSettings
from relevance.terminal.options import log_to_stderr

class Panic(BaseException):
    pass

ERRORS = {{"memory": MemoryError, "engine": RuntimeException, "panic": Panic}}

class Breaking:
    def __init__(self, encoder):
        self._encoder = encoder
    def __getattr__(self, name):
        return getattr(self._encoder, name)
    def encode_texts(self, texts):
        time.sleep(0.05)  # so that requests meet in batches
        for word, error in ERRORS.items():
            if any(word in text for text in texts):
                raise error(word)
        return self._encoder.encode_texts(texts)

class Shared(batching.SharedEncoder):
    def __init__(self, encoder, waiting):
        super().__init__(Breaking(encoder), waiting)

def break_off(*_):
    for thread in threading.enumerate():
        if thread.name.startswith("encoder "):
            number, error = ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(number, error)

library.SharedEncoder = Shared
signal.signal(signal.SIGUSR1, break_off)
log_to_stderr(quiet=False)
serve(ServerSettings.of(**{settings!r}), Listening("127.0.0.1", 0))
"""


@pytest.fixture
def breaking(shop, tmp_path):
    settings = {"indexes": str(shop), "state": str(tmp_path / "state")}
    with running_code(tmp_path / "server", _BREAKING.format(settings=settings)) as server:
        yield server


def texts(*words):
    """Return a way to embed texts that nobody knows yet."""

    def embed(client, name):
        wanted = {"texts": [f"{word} {name}" for word in words]}
        return client.post(f"{API}/embed", json=wanted, headers={"X-Request-ID": name})

    return embed


def failures(server):
    with server.client() as client:
        told = client.get(f"{API}/metrics").text
    (count,) = re.findall(r'^relevance_encoder_failures_total\{kind="texts"\} (\S+)$', told, re.M)
    return float(count)


def test_what_breaks_the_encoder_costs_nobody_else(breaking):
    words = ("a lamp", "memory", "a chair", "engine", "a cup", "panic")
    with asking(breaking, [texts(word) for word in words], 12) as asked:
        asked.wait_for(60)
    assert not asked.broken
    for name, status in asked.answers.items():
        is_bad = int(name.removeprefix("asked-")) % 2
        assert status == (500 if is_bad else 200), name
    with breaking.client() as client:
        answer = texts("panic")(client, "alone")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].startswith("The server failed on this request")
        assert texts("still", "here")(client, "after").status_code == 200
    bad = 1 + sum(status == 500 for status in asked.answers.values())
    assert failures(breaking) > bad  # each by itself, and the batches before that
    assert breaking.end() == 0


def test_threads_that_are_broken_off_go_on(breaking):
    """While they wait, and while they encode."""
    breaking.process.send_signal(signal.SIGUSR1)
    with breaking.client() as client:
        for name in ("first", "second", "third"):
            assert texts("a lamp")(client, name).status_code == 200
    assert "A thread of the encoder was broken off; it goes on." in breaking.log.read_text()
    with asking(breaking, [texts("a lamp"), texts("a cup")], 6) as asked:
        for _ in range(3):
            asked.wait_for(6)
            breaking.process.send_signal(signal.SIGUSR1)
        asked.wait_for(20)
    assert not asked.broken
    assert set(asked.answers.values()) <= {200, 500}
    assert list(asked.answers.values())[-10:] == [200] * 10
    assert failures(breaking) > 0
    assert breaking.end() == 0
