"""``--model auto`` and the hub, offline: a closed port, a server that never answers, no extra."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

A_HANG = 8
"""Seconds; a hub client without limits of ours waits longer, and a busy machine takes less."""

RUN = [sys.executable, "-m", "relevance"]
INSTALL = f'pip install --constraint "{ROOT}/constraints.txt" "{ROOT}[clip]"'


@pytest.fixture
def silent_server():
    """A port that accepts connections and never says a word, as a broken proxy does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def environment(tmp_path, **changes: str) -> dict[str, str]:
    """Nothing cached, no proxy, no tokens."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**kept, "HF_HOME": str(tmp_path / "hub"), "HOME": str(tmp_path), **changes}


def choose(tmp_path, **changes: str) -> tuple[str, float]:
    """Name that auto chooses, and the seconds the choice took."""
    code = (
        "import time\n"
        "from relevance.encoders.auto import choose\n"
        "start = time.perf_counter()\n"
        "choice = choose()\n"
        "print(choice.name, time.perf_counter() - start); print(choice.reason)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, **changes),
        capture_output=True,
        text=True,
        check=True,
    )
    name, seconds = done.stdout.splitlines()[0].split()
    assert done.stderr == ""
    assert "CLIP is more accurate" in done.stdout
    return name, float(seconds)


def test_a_silent_hub_is_given_up(tmp_path, silent_server):
    name, seconds = choose(tmp_path, HF_ENDPOINT=address(silent_server))
    assert name == "compact"
    assert 2 <= seconds < A_HANG


def test_a_closed_hub_is_given_up(tmp_path, closed_port):
    name, seconds = choose(tmp_path, HF_ENDPOINT=closed_port)
    assert name == "compact"
    assert seconds < A_HANG


class BrokenHub(BaseHTTPRequestHandler):
    """Says that files are there, and fails to send any."""

    def do_HEAD(self):
        self.send_response(200)
        for name, value in {"ETag": "0" * 40, "X-Repo-Commit": "0" * 40}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "1")
        self.end_headers()

    def do_GET(self):
        self.send_error(500)

    def log_message(self, *_: object) -> None:
        pass


def test_auto_falls_back_when_the_download_fails(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), BrokenHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = "from relevance.encoders import open_encoder\nprint(open_encoder())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, HF_ENDPOINT=f"http://127.0.0.1:{server.server_port}"),
        capture_output=True,
        text=True,
        check=False,
    )
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert "CompactEncoder" in done.stdout
    assert "chosen by auto, since clip could not be loaded" in done.stdout


def test_an_offline_switch_is_obeyed(tmp_path, silent_server):
    name, _ = choose(tmp_path, HF_ENDPOINT=address(silent_server), HF_HUB_OFFLINE="1")
    assert name == "compact"
    silent_server.setblocking(False)
    with pytest.raises(BlockingIOError):  # nobody came
        silent_server.accept()


def test_auto_scores_offline_and_says_which_encoder(tmp_path, closed_port):
    done = subprocess.run(
        [*RUN, "score", "almonds", str(ROOT / "data" / "examples"), "--output-dir", str(tmp_path)],
        env=environment(tmp_path, HF_ENDPOINT=closed_port, COLUMNS="200"),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("Encoder:")]
    assert len(lines) == 1
    assert "compact, fp32 on cpu (chosen by auto" in lines[0]
    assert "CLIP is more accurate" in lines[0]


@pytest.mark.parametrize("name", ["clip", "openai/clip-vit-base-patch32@main"])
def test_a_hub_model_that_cannot_be_had(tmp_path, closed_port, name):
    done = subprocess.run(
        [*RUN, "score", "almonds", str(ROOT / "data" / "examples"), "--model", name],
        env=environment(tmp_path, HF_ENDPOINT=closed_port),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "the hub cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def core_only(tmp_path_factory):
    """A folder with links to the core's packages and no others: an install without the extra."""
    folder = tmp_path_factory.mktemp("core")
    (folder / "relevance").symlink_to(ROOT / "relevance")
    waiting, done = ["keyword-relevance"], set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in done:
            continue
        done.add(name)
        distribution = metadata.distribution(name)
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not (folder / top).exists():
                (folder / top).symlink_to(distribution.locate_file(top))
        requirements = map(Requirement, distribution.requires or ())
        waiting += [
            requirement.name
            for requirement in requirements
            if not requirement.marker or requirement.marker.evaluate({"extra": ""})
        ]
    return folder


def run_core(core_only, tmp_path, *arguments):
    """Run the command line with the core's packages alone (-S: no site-packages)."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "relevance", *arguments],
        env=environment(tmp_path, PYTHONPATH=str(core_only), COLUMNS="200"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_the_extra_auto_uses_the_compact_encoder(core_only, tmp_path):
    done = run_core(core_only, tmp_path, "score", "almonds", str(ROOT / "data" / "examples"))
    assert done.returncode == 0, done.stderr
    assert "(chosen by auto, since the clip extra is not installed" in done.stderr
    assert INSTALL in done.stderr
    assert "ROC AUC" in done.stdout


def test_without_the_extra_clip_says_what_to_install(core_only, tmp_path):
    done = run_core(
        core_only, tmp_path, "score", "almonds", str(ROOT / "data" / "examples"), "--model", "clip"
    )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == (
        "relevance: The model clip needs packages that are not installed. "
        f"Install them with: {INSTALL}"
    )


def test_without_the_extra_models_lists_the_catalogue(core_only, tmp_path):
    done = run_core(core_only, tmp_path, "models")
    assert done.returncode == 0, done.stderr
    assert "google/siglip2-base-patch16-224" in done.stdout
    assert INSTALL in done.stdout
