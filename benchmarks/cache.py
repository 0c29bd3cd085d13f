"""What known pictures cost: a new keyword, a second run, memory, start-up. Whole processes.

    python benchmarks/pictures.py small /tmp/small 20000
    python benchmarks/cache.py /tmp/small

The compact encoder; a cache of its own in a temporary folder. For a hundred thousand pictures the
cache is filled with random unit vectors of the encoder's size for files that really are there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

FEW = 2_000
MANY = 100_000
A_FOLDER = 5_000
REPEATS = 5
LONG_AGO = 1_700_000_000


def timed(*words: str, cache: Path) -> tuple[float, float]:
    """Run a command; return seconds and peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        env=os.environ | {"RELEVANCE_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{words} failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def score(keyword: str, folder: Path, cache: Path, *more: str) -> tuple[float, float]:
    """Score a folder into a temporary place."""
    with tempfile.TemporaryDirectory() as out:
        words = ["-m", "relevance", "score", keyword, str(folder), "--model", "compact"]
        return timed(*words, "--quiet", "--output-dir", out, *more, cache=cache)


def fill(folder: Path, cache: Path) -> None:
    """Make many small files and enter a vector for each."""
    from relevance.embedding.cache import EncoderView, FileFacts, Picture, digest_of, open_cache
    from relevance.encoders import load_encoder
    from relevance.encoders.base import unit_rows
    from relevance.pictures.reading import READING

    encoder = load_encoder("compact")
    view = EncoderView(open_cache(cache / "embeddings.sqlite"), encoder.info, READING)
    random = np.random.default_rng(0)
    for start in range(0, MANY, A_FOLDER):
        place = folder / f"supplier {start // A_FOLDER:02d}"
        place.mkdir(parents=True)
        vectors = unit_rows(random.normal(size=(A_FOLDER, encoder.info.dim))).astype(np.float16)
        entries = []
        for number in range(A_FOLDER):
            file = str(place / f"picture_{number:05d}.jpg")
            Path(file).write_bytes(b"\xff\xd8 stands for a picture" + str(start + number).encode())
            os.utime(file, (LONG_AGO, LONG_AGO))
            facts = FileFacts.of(file)
            entries.append(Picture(file, facts, digest_of(file), vectors[number]))
        view.store(entries)


def main() -> None:
    """Print the table."""
    small = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        cache, few = Path(work) / "cache", Path(work) / "few"
        few.mkdir()
        for file in sorted(small.rglob("*.jpg"))[:FEW]:
            os.link(file, few / file.name)
        _, memory_few = score("almonds", few, Path(work) / "other")
        first, memory_all = score("almonds", small, cache)
        second = median(score("almonds", small, cache)[0] for _ in range(REPEATS))
        keyword = median(score("walnuts", small, cache)[0] for _ in range(REPEATS))
        print(f"first run over {small}: {first:.1f} s; second {second:.2f} s")
        print(f"ratio: {first / second:.0f}×")
        print(f"a new keyword over the same: {keyword:.2f} s")
        print(f"peak memory: {memory_all:.0f} MB against {memory_few:.0f} MB for {FEW:,} pictures")
        fill(Path(work) / "many", Path(work) / "full")
        score("almonds", Path(work) / "many", Path(work) / "full", "--no-report")
        for more in (["--no-report"], []):
            runs = [
                score(f"keyword {number}", Path(work) / "many", Path(work) / "full", *more)
                for number in range(REPEATS)
            ]
            seconds, memory = median(run[0] for run in runs), max(run[1] for run in runs)
            print(f"a new keyword over {MANY:,} {more}: {seconds:.2f} s, {memory:.0f} MB")
        helping = median(timed("-m", "relevance", "--help", cache=cache)[0] for _ in range(9))
        nothing = median(timed("-c", "pass", cache=cache)[0] for _ in range(9))
        print(f"relevance --help: {helping:.3f} s, python -c pass: {nothing:.3f} s")


if __name__ == "__main__":
    main()
