"""Downloading through the real hub client, from a small server that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance
from tests.support.models import save_clip, save_image_only

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROBLEMS = {"org/gated": (403, "GatedRepo"), "org/missing": (404, "RepoNotFound")}


class HubHandler(BaseHTTPRequestHandler):
    """One repository, org/tiny, with a branch, a tag and their commit."""

    folder: Path

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0].strip("/")
        for repository, (status, code) in PROBLEMS.items():
            if repository in path:
                self.answer(status, b"", {"X-Error-Code": code})
                return
        parts = path.removeprefix("api/models/").split("/")
        if parts[:2] != ["org", "tiny"]:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif parts[3] not in {"main", "v1", COMMIT}:
            self.answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
        elif parts[2] == "revision":
            self.answer_json({"id": "org/tiny", "sha": COMMIT, "siblings": []})
        elif parts[2] == "tree":
            self.answer_json(
                [
                    {"type": "file", "path": file.name, "size": size(file), "oid": digest(file)}
                    for file in sorted(self.folder.iterdir())
                ]
            )
        else:
            file = self.folder / parts[4]
            self.answer(200, file.read_bytes(), {"ETag": digest(file), "X-Repo-Commit": COMMIT})

    def answer_json(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def size(file: Path) -> int:
    return file.stat().st_size


def digest(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_clip(folder)
    (folder / "pytorch_model.bin").write_bytes(b"pickled weights, never to be fetched")
    (folder / "modeling_evil.py").write_text("raise SystemExit('remote code was run')")
    return folder


@contextmanager
def serving(folder):
    handler = type("Handler", (HubHandler,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def hub(model_folder):
    with serving(model_folder) as address:
        yield address


def load(
    name: str, home: Path, endpoint: str, ask: str = "encode_texts(['almonds'])"
) -> subprocess.CompletedProcess[str]:
    """Load an encoder in a process of its own, where the hub client reads its settings."""
    code = (
        "import json, sys, relevance\n"
        "from PIL import Image\n"
        "from relevance.errors import RelevanceError\n"
        "try:\n"
        "    encoder = relevance.load_encoder(sys.argv[1])\n"
        "except RelevanceError as error:\n"
        "    sys.exit(str(error))\n"
        "info = encoder.info\n"
        "print(json.dumps([info.revision, info.fingerprint,"
        f" encoder.{ask}.tolist()]))"
    )
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(
        [sys.executable, "-c", code, name],
        env={**kept, "HF_HOME": str(home), "HF_ENDPOINT": endpoint},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["org/tiny", "org/tiny@v1", f"org/tiny@{COMMIT}"])
def test_a_download_equals_the_local_folder(hub, model_folder, tmp_path, name):
    done = load(name, tmp_path, hub)
    assert done.returncode == 0, done.stderr
    revision, fingerprint, vectors = json.loads(done.stdout.splitlines()[-1])
    local = relevance.load_encoder(str(model_folder))
    assert revision == COMMIT
    assert fingerprint == local.info.fingerprint
    np.testing.assert_allclose(vectors, local.encode_texts(["almonds"]), atol=1e-6)
    fetched = {path.name for path in tmp_path.rglob("snapshots/*/*")}
    assert "model.safetensors" in fetched
    assert not fetched & {"pytorch_model.bin", "modeling_evil.py"}


def test_an_image_only_model_is_fetched_and_found_again(tmp_path):
    folder = tmp_path / "vit"
    save_image_only(folder, "vit")
    ask = "encode_images([Image.new('RGB', (40, 40), 'red')])"
    with serving(folder) as endpoint:
        first = load("org/tiny", tmp_path / "home", endpoint, ask)
    again = load("org/tiny", tmp_path / "home", "http://127.0.0.1:1", ask)
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    assert first.stdout.splitlines()[-1] == again.stdout.splitlines()[-1]
    revision, fingerprint, vectors = json.loads(first.stdout.splitlines()[-1])
    local = relevance.load_encoder(str(folder))
    assert (revision, fingerprint) == (COMMIT, local.info.fingerprint)
    red = local.encode_images([Image.new("RGB", (40, 40), "red")])
    np.testing.assert_allclose(vectors, red, atol=1e-6)


def test_what_was_fetched_once_needs_no_network(hub, tmp_path):
    first = load("org/tiny", tmp_path, hub)
    again = load("org/tiny", tmp_path, "http://127.0.0.1:1")
    assert first.returncode == again.returncode == 0, again.stderr
    assert first.stdout.splitlines()[-1] == again.stdout.splitlines()[-1]


def test_an_interrupted_download_goes_on(hub, tmp_path):
    """Whatever an earlier run left out, the next one fetches."""
    first = load("org/tiny", tmp_path, hub)
    snapshot = next(tmp_path.rglob(f"snapshots/{COMMIT}"))
    for name in ("model.safetensors", "tokenizer.json"):
        (snapshot / name).resolve().unlink()
        (snapshot / name).unlink()
    again = load("org/tiny", tmp_path, hub)
    assert again.returncode == 0, again.stderr
    assert first.stdout.splitlines()[-1] == again.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("org/missing", "The hub has no model org/missing"),
        ("org/tiny@v9", "The hub has no model org/tiny@v9"),
        ("org/gated", "org/gated asks its users to sign in"),
    ],
)
def test_what_the_hub_refuses_is_explained(hub, tmp_path, name, message):
    done = load(name, tmp_path, hub)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
