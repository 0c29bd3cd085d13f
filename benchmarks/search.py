"""How fast an index is built, searched and added to, against exact NumPy and against HNSW.

    python benchmarks/search.py 100000 --python OTHER/bin/python
    python benchmarks/search.py 1000000

OTHER has faiss-cpu and usearch. Times of queries are CPU time in one process, since other work may
run on the machine; one thread unless ``--threads`` says more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DIM, FOLDERS, K, QUERIES = 512, 200, 10, 50
_CLUSTER = 100  # rows
_SPREAD = 0.7
_BLOCK = 8192


def main() -> None:
    """Run the parts, each in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--python", help="of another environment, with faiss-cpu and usearch")
    parser.add_argument("--part", help="internal")
    parser.add_argument("--folder", type=Path, help="internal")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.folder, options.count)))
        return
    folder = Path(tempfile.mkdtemp(prefix="search-"))
    try:
        for part in (
            "data",
            "build",
            "exact",
            "search",
            "filtered",
            "resident",
            "add",
            "cold",
            "picture",
        ):
            _run(sys.executable, part, folder, options)
        for part in ("faiss", "usearch") if options.python else ():
            _run(options.python, part, folder, options)
    finally:
        shutil.rmtree(folder)


def _run(python: str, part: str, folder: Path, options: argparse.Namespace) -> None:
    words = [python, __file__, str(options.count), "--part", part, "--folder", str(folder)]
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    env = os.environ | dict.fromkeys(names, str(options.threads))
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    print(f"{part:10s} {done.stdout.strip() or done.stderr.strip()[-400:]}", flush=True)


def _data(folder: Path, count: int) -> dict[str, float]:
    """Write clustered unit rows, and queries that are other members of the clusters."""
    import numpy as np

    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(count // _CLUSTER, 1), DIM)).astype(np.float32)
    rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.float16, (count, DIM))
    for start in range(0, count, _BLOCK):
        rows[start : start + _BLOCK] = _members(rng, centres, min(_BLOCK, count - start))
    np.save(folder / "queries.npy", _members(rng, centres, QUERIES))
    return {"megabytes": round(rows.nbytes / 1e6)}


def _members(rng, centres, count):  # noqa: ANN001, ANN202
    import numpy as np

    chosen = centres[rng.integers(0, len(centres), count)]
    made = chosen + _SPREAD * rng.normal(size=(count, DIM)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def _row(number: int):  # noqa: ANN202
    from relevance.index.ids import id_of
    from relevance.index.stores.base import Row

    folder = f"f{number * 7919 % FOLDERS:03d}"
    path = f"/srv/pictures/{folder}/{number:07d}.jpg"
    return Row(id_of(path), path, folder, number.to_bytes(32, "big"), 1, 1, "/srv/pictures")


def _build(folder: Path, count: int) -> dict[str, float | str]:
    import numpy as np

    import relevance
    from relevance.index.origin import origin_of
    from relevance.index.stores import create_store

    origin = origin_of(relevance.load_encoder("compact").info)
    vectors = np.load(folder / "rows.npy", mmap_mode="r")
    started = time.perf_counter(), time.process_time()
    store = create_store(folder / "index", origin)
    for start in range(0, count, _BLOCK):
        rows = [_row(number) for number in range(start, min(start + _BLOCK, count))]
        store.add(rows, vectors[start : start + _BLOCK])
    spent = time.perf_counter() - started[0], time.process_time() - started[1]
    return {"s": round(spent[0], 2), "cpu_s": round(spent[1], 2), "remark": store.info.remark}


def _exact(folder: Path, count: int) -> dict[str, float]:
    """NumPy float32: all rows, and those of one folder; keeps who is nearest."""
    import numpy as np

    vectors = np.load(folder / "rows.npy").astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = np.load(folder / "queries.npy")
    found = []

    def one(query, rows=vectors):  # noqa: ANN001, ANN202
        products = rows @ query
        near = np.argpartition(products, -K)[-K:]
        found.append(near[np.argsort(-products[near])])

    spent = _cpu(one, queries)
    np.save(folder / "all.npy", np.array(found[-QUERIES:]))
    inside = np.flatnonzero(np.arange(count) * 7919 % FOLDERS == 1)
    found.clear()
    few = _cpu(lambda query: one(query, vectors[inside]), queries)
    np.save(folder / "inside.npy", inside[np.array(found[-QUERIES:])])
    return {"cpu_ms": spent, "filtered_cpu_ms": few, "rss_mb": _rss()}


def _cpu(one: Callable, queries) -> float:  # noqa: ANN001
    """CPU milliseconds a query, the best of three passes."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for query in queries:
            one(query)
        best = min(best, time.process_time() - started)
    return round(best / len(queries) * 1000, 2)


def _searched(folder: Path, against: str, chosen: str) -> dict[str, float]:
    import numpy as np

    from relevance.index.stores import open_store
    from relevance.index.stores.base import Filter

    store, found = open_store(folder / "index"), []
    chosen = Filter(folders=(chosen,)) if chosen else Filter()

    def one(query) -> None:  # noqa: ANN001
        found.append(store.search(query[None], K, chosen)[0].ids)

    spent = _cpu(one, np.load(folder / "queries.npy"))
    truth = np.load(folder / against)
    names = [{_row(number).id for number in row.tolist()} for row in truth]
    hits = [len(set(ids) & row) for ids, row in zip(found[-QUERIES:], names, strict=True)]
    return {"cpu_ms": spent, "recall": round(sum(hits) / (K * QUERIES), 4), "rss_mb": _rss()}


def _resident(folder: Path, _count: int) -> dict[str, float]:
    """What a process that searches has in memory of its own, files it maps not counted."""
    _searched(folder, "all.npy", "")
    lines = Path("/proc/self/status").read_text().splitlines()
    kinds = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
    return {f"{name}_mb": round(kib / 1024) for name, kib in kinds.items()}


def _add(folder: Path, count: int) -> dict[str, float]:
    import numpy as np

    from relevance.index.stores import open_store

    store = open_store(folder / "index")
    rows = [_row(count + number) for number in range(1000)]
    vectors = np.load(folder / "rows.npy", mmap_mode="r")[:1000]
    started = time.perf_counter(), time.process_time()
    store.add(rows, vectors)
    return {
        "s": round(time.perf_counter() - started[0], 3),
        "cpu_s": round(time.process_time() - started[1], 3),
    }


def _cold(folder: Path, _count: int) -> dict[str, float]:
    """A text query as it is typed, and a new keyword over all rows: whole processes, from cold."""
    place, output = str(folder / "index"), str(folder / "reports")
    where = ["--no-report", "--output-dir", output]
    return {
        "search_s": _whole(folder, lambda word: ["search", place, word]),
        "score_s": _whole(folder, lambda word: ["score", word, place, *where]),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }


def _whole(folder: Path, words: Callable[[str], list[str]]) -> float:
    """Wall seconds of a new word, the best of five; the background is known after the first."""
    best = float("inf")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["RELEVANCE_CACHE"] = str(folder / "cache")
    for word in ("almonds", "garlic", "lemons", "pecans", "apples", "walnuts"):
        command = [sys.executable, "-m", "relevance", *words(word), "--quiet"]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
        best = min(best, time.perf_counter() - started)
    return round(best, 2)


def _picture(folder: Path, _count: int) -> dict[str, float]:
    """A picture that comes as bytes: its answer, and what its encoder takes alone."""
    import io

    import numpy as np
    from PIL import Image

    import relevance
    from relevance.pictures.reading import load_for_encoder

    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "JPEG")
    content, encoder = stream.getvalue(), relevance.load_encoder("compact")
    with relevance.Index.open(folder / "index", model=encoder, cache=False) as index:
        index.search(like=content)
        spent = _median(lambda: index.search(like=content))
        side = encoder.info.image_size
        alone = _median(
            lambda: encoder.encode_images([load_for_encoder(content, side, 10**8)])  # type: ignore
        )
    return {"ms": spent, "encoder_alone_ms": alone}


def _median(one: Callable) -> float:
    """Wall milliseconds, the median of thirty."""
    times = []
    for _ in range(30):
        started = time.perf_counter()
        one()
        times.append(time.perf_counter() - started)
    return round(sorted(times)[len(times) // 2] * 1000, 1)


def _hnsw(folder: Path, make: Callable) -> dict[str, float]:
    import numpy as np

    vectors = np.load(folder / "rows.npy").astype(np.float32)
    queries = np.load(folder / "queries.npy")
    inside = np.arange(len(vectors)) * 7919 % FOLDERS == 1
    started = time.perf_counter(), time.process_time()
    search = make(vectors, inside)
    built = time.perf_counter() - started[0], time.process_time() - started[1]
    result = {"build_s": round(built[0], 1), "build_cpu_s": round(built[1], 1)}
    for name, against, is_filtered in (("", "all.npy", False), ("filtered_", "inside.npy", True)):
        truth, found = np.load(folder / against), []
        spent = _cpu(lambda query, f=found, i=is_filtered: f.append(search(query, i)), queries)
        hits = [
            len(set(np.ravel(ids).tolist()) & set(row.tolist()))
            for ids, row in zip(found[-QUERIES:], truth, strict=True)
        ]
        recall = round(sum(hits) / (K * QUERIES), 4)
        result |= {f"{name}cpu_ms": spent, f"{name}recall": recall}
    return result


def _faiss(folder: Path, _count: int) -> dict[str, float]:
    import faiss

    def make(vectors, inside):  # noqa: ANN001, ANN202
        import numpy as np

        index = faiss.IndexHNSWFlat(DIM, 16, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 100
        index.add(vectors)
        chosen = faiss.IDSelectorBatch(np.flatnonzero(inside))
        every = faiss.SearchParametersHNSW(efSearch=64)
        few = faiss.SearchParametersHNSW(efSearch=64, sel=chosen)
        return lambda query, is_filtered: index.search(
            query[None], K, params=few if is_filtered else every
        )[1]

    return _hnsw(folder, make)


def _usearch(folder: Path, _count: int) -> dict[str, float]:
    from usearch.index import Index

    def make(vectors, inside):  # noqa: ANN001, ANN202
        import numpy as np

        index = Index(ndim=DIM, metric="ip", dtype="f16", connectivity=16, expansion_add=100)
        index.add(np.arange(len(vectors)), vectors, threads=1)

        def search(query, is_filtered):  # noqa: ANN001, ANN202
            keys = index.search(query, K if not is_filtered else 10 * K).keys
            return keys[inside[keys]][:K] if is_filtered else keys  # it filters afterwards only

        return search

    return _hnsw(folder, make)


def _rss() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


PARTS: dict[str, Callable] = {
    "data": _data,
    "build": _build,
    "exact": _exact,
    "search": lambda folder, count: _searched(folder, "all.npy", ""),
    "filtered": lambda folder, count: _searched(folder, "inside.npy", "f001"),
    "resident": _resident,
    "add": _add,
    "cold": _cold,
    "picture": _picture,
    "faiss": _faiss,
    "usearch": _usearch,
}

if __name__ == "__main__":
    main()
