"""Requests that `relevance serve` answers, against a model and NumPy behind a FastAPI route.

    python benchmarks/serving.py 100000

Both servers are processes of their own on the same machine as the clients, and answer the same
texts, each another, with the same prompts and score over the same vectors. Vectors are made up
around those of the sample pictures. Pictures that are posted are held against the same pictures
encoded without a server, in one process too.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import quote

K, CLIENTS, REQUESTS, ROUNDS = 10, 16, 160, 3
_SPREAD = 0.7
_BLOCK = 8192
_AT_ONCE = 8  # pictures of one request
_SAMPLES = Path(__file__).parent.parent / "data/google_images"
_KINDS = "red green brown white black yellow roasted raw fresh dried salted sliced whole ripe"
_THINGS = (
    "almonds apples pears chairs lamps cups shirts hats knives forks plates walnuts tables phones "
    "cameras watches rings tyres bricks pencils brushes mirrors doors spoons"
)
_PLACES = "on a plate,in a bowl,at home,in a shop,on white,outside,in a basket,up close"
_PLAIN = {"plain": "a model and NumPy", "frugal": "the same, background known for every row"}


def main() -> None:
    """Run all parts, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--part", choices=_PLAIN, help="internal")
    parser.add_argument("--folder", type=Path, help="internal")
    options = parser.parse_args()
    if options.part:
        _serve_plainly(options.folder, is_frugal=options.part == "frugal")
        return
    folder = Path(tempfile.mkdtemp(prefix="serving-"))
    os.environ["RELEVANCE_CACHE"] = str(folder / "cache")
    try:
        _make(folder, options.count)
        _search(folder)
        _pictures(folder)
    finally:
        shutil.rmtree(folder)


def _make(folder: Path, count: int) -> None:
    """Write an index and its vectors: pictures that differ from the samples."""
    import numpy as np

    import relevance
    from relevance.embedding.encoding import find_pictures
    from relevance.encoders.base import unit_rows
    from relevance.index.ids import id_of
    from relevance.index.origin import origin_of
    from relevance.index.stores import create_store
    from relevance.index.stores.base import Row
    from relevance.pictures.reading import load_for_encoder

    encoder = relevance.load_encoder("compact")
    files = [Path(ref.place) for ref in find_pictures([_SAMPLES], ()).refs]
    side = encoder.info.image_size
    centres = encoder.encode_images([load_for_encoder(path, side) for path in files])
    rng = np.random.default_rng(0)
    dim = encoder.info.dim
    rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.float32, (count, dim))
    store = create_store(folder / "shop.index", origin_of(encoder.info))
    for start in range(0, count, _BLOCK):
        size = min(_BLOCK, count - start)
        noise = rng.normal(scale=_SPREAD / dim**0.5, size=(size, dim))
        rows[start : start + size] = unit_rows(
            centres[rng.integers(len(centres), size=size)] + noise
        )
        made = []
        for number in range(start, start + size):
            path = f"/srv/pictures/{number % 200:03d}/{number:07d}.jpg"
            digest = number.to_bytes(32, "big")
            made.append(Row(id_of(path), path, f"{number % 200:03d}", digest, 1, 1, "/srv"))
        store.add(made, rows[start : start + size])
    store.close()


def _search(folder: Path) -> None:
    """Ask each server the same, in turns; print the best round of each."""
    parts = _KINDS.split(), _THINGS.split(), _PLACES.split(",")
    texts = [" ".join(words) for words in itertools.product(*parts)]
    random.Random(0).shuffle(texts)
    found: dict[str, list[tuple[float, list[float]]]] = {}
    for round_ in range(ROUNDS):
        asked = texts[round_ * REQUESTS : (round_ + 1) * REQUESTS]
        for name, command in _servers(folder).items():
            with _running(command) as port:
                _ask(port, texts[-40:])  # what is loaded at first use
                found.setdefault(name, []).append(_ask(port, asked))
    print("| text search | requests/s | p50 ms | p95 ms |\n| --- | --- | --- | --- |")
    for name, rounds in found.items():
        rate, times = max(rounds)
        middle, late = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.95))
        print(f"| {name} | {rate:.1f} | {middle:.0f} | {late:.0f} |", flush=True)


def _servers(folder: Path) -> dict[str, list[str]]:
    own = [sys.executable, __file__, "0", "--folder", str(folder), "--part"]
    return {"relevance serve": _serve(folder)} | {
        name: [*own, part] for part, name in _PLAIN.items()
    }


def _serve(folder: Path) -> list[str]:
    words = ["serve", str(folder / "shop.index"), "--port", "0", "--state", str(folder / "state")]
    return [sys.executable, "-m", "relevance", *words]


@contextmanager
def _running(command: Sequence[str]) -> Iterator[int]:
    """Run a server; yield its port."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            while not (where := re.search(rb"on http://127\.0\.0\.1:(\d+) ", _read(log))):
                if process.poll() is not None:
                    raise SystemExit(_read(log).decode())
                time.sleep(0.05)
            yield int(where[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _read(log: IO[bytes]) -> bytes:
    """Read without moving where the server writes next."""
    return os.pread(log.fileno(), 1 << 20, 0)


def _ask(port: int, texts: Sequence[str]) -> tuple[float, list[float]]:
    """Ask by several clients; return requests a second, and seconds of each, sorted."""

    def one(connection: http.client.HTTPConnection, text: str) -> None:
        connection.request("GET", f"/api/v1/search?k={K}&text={quote(text)}")
        answer = connection.getresponse()
        found = json.loads(answer.read())
        assert answer.status == 200
        assert len(found if isinstance(found, list) else found["results"]) == K

    return _by_clients(port, one, texts)


_Item = TypeVar("_Item")


def _by_clients(
    port: int, one: Callable[[http.client.HTTPConnection, _Item], None], items: Sequence[_Item]
) -> tuple[float, list[float]]:
    waiting, times = iter(items), []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for item in waiting:
            started = time.perf_counter()
            one(connection, item)
            times.append(time.perf_counter() - started)

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for future in [pool.submit(client) for _ in range(CLIENTS)]:
            future.result()
    return len(items) / (time.perf_counter() - started), sorted(times)


def _pictures(folder: Path) -> None:
    """Post pictures, and encode the same in one process without a server; in turns."""
    files = [path.read_bytes() for path in sorted(_SAMPLES.rglob("*.jpg"))]
    groups = [files[at : at + _AT_ONCE] for at in range(0, len(files), _AT_ONCE)]
    ways: dict[str, Callable[[], float]] = {
        "encoder without a server": lambda: _encoded(files),
        f"POST /embed, {_AT_ONCE} at once": lambda: _posted(folder, groups, "embed"),
        "POST /embed, one by one": lambda: _posted(folder, [[file] for file in files], "embed"),
        f"POST /score, {_AT_ONCE} at once": lambda: _posted(folder, groups, "score"),
    }
    found: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            found[name] = max(found.get(name, 0.0), way())
    print("\n| pictures | pictures/s | share |\n| --- | --- | --- |")
    for name, rate in found.items():
        print(f"| {name} | {rate:.1f} | {rate / found['encoder without a server']:.2f} |")


def _encoded(files: Sequence[bytes]) -> float:
    """Read and encode in a process of its own, with as many threads as there are cores."""
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(files):
            (Path(folder) / f"{number}.jpg").write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", _ENCODE, folder], capture_output=True, text=True, check=True
        )
    return float(done.stdout)


_ENCODE = """
import sys, time
import relevance
from relevance.embedding.embeddings import embed_images
from relevance.embedding.encoding import find_pictures
encoder = relevance.load_encoder("compact")
refs = find_pictures([sys.argv[1]], ()).refs
embed_images(refs[:8], encoder)
started = time.perf_counter()
for _ in range(3):
    assert not any(embed_images(refs, encoder).reasons)
print(3 * len(refs) / (time.perf_counter() - started))
"""


def _posted(folder: Path, groups: Sequence[Sequence[bytes]], route: str) -> float:
    """Post each group three times; return pictures a second."""

    def one(connection: http.client.HTTPConnection, group: Sequence[bytes]) -> None:
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="picture"; filename="x.jpg"\r\n\r\n'
            + content
            for content in group
        ]
        if route == "score":
            field = b'--b\r\nContent-Disposition: form-data; name="keyword"\r\n\r\nalmonds'
            parts.insert(0, field)
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        body = b"\r\n".join([*parts, b"--b--\r\n"])
        connection.request("POST", f"/api/v1/{route}", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200

    with _running(_serve(folder)) as port:
        _by_clients(port, one, groups[:4])
        rate, _ = _by_clients(port, one, [*groups] * 3)
    return rate * len(groups[0])


def _serve_plainly(folder: Path, *, is_frugal: bool) -> None:
    """Serve as a first version would: a model, NumPy, and one request at a time."""
    import numpy as np
    import uvicorn
    from fastapi import FastAPI

    import relevance
    from relevance.embedding.embeddings import embed_concepts
    from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill
    from relevance.judging.scoring import probability

    app, turn = FastAPI(), threading.Lock()
    encoder = relevance.load_encoder("compact")
    rows = np.load(folder / "rows.npy")
    background = embed_concepts(
        [fill(DEFAULT_TEMPLATES, one) for one in BACKGROUND_CONCEPTS], encoder
    )
    half = np.float32(encoder.info.logit_scale / 2)

    def level_of(cosines):  # noqa: ANN001, ANN202
        return np.log(np.exp(half * cosines).mean(axis=1)) / half

    level = level_of(rows @ background.T)

    @app.get("/api/v1/search")
    def search(text: str, k: int) -> list[dict[str, float]]:
        with turn:
            (keyword,) = embed_concepts([fill(DEFAULT_TEMPLATES, text)], encoder)
            if is_frugal:
                scores = rows @ keyword - level
            else:
                cosines = rows @ np.vstack([keyword, background]).T
                scores = cosines[:, 0] - level_of(cosines[:, 1:])
            near = np.argpartition(scores, -k)[-k:]
            near = near[np.argsort(-scores[near])]
            chances = probability(scores[near], len(background), encoder.info)
            found = zip(near.tolist(), scores[near].tolist(), chances.tolist(), strict=True)
            return [{"id": row, "score": own, "probability": chance} for row, own, chance in found]

    uvicorn.run(app, port=0)


if __name__ == "__main__":
    main()
