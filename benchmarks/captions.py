"""Tables of picture–caption pairs: memory by number of rows, and speed against a plain loop.

Run: python benchmarks/captions.py memory [--small 10000] [--large 1000000]
     python benchmarks/captions.py web [--pictures 300] [--delay 0.05]
     python benchmarks/captions.py local [--pictures 600]

memory: peak of the whole process for two tables that differ in rows only. They name 500 different
pictures and 1,000 captions over and over, so that what is measured is the streaming.
web: a server on this machine that takes its time to answer, against a loop that fetches with the
same HTTP client and encodes with the same encoder, one row after the other.
local: the same for files, where neither waits for a server.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

import relevance

PICTURES = 500
CAPTIONS = 1000
_MEASURED = """
import sys, relevance
made = relevance.caption_table(sys.argv[1], model="compact", cache=False)
assert made.tally.n_scored == made.tally.n_rows
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
print(int(peak.split()[1]) / 1024)
"""


def photograph(number: int) -> bytes:
    """A JPEG of 800 × 600 pixels, different for each number."""
    values = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).resize((800, 600), Image.Resampling.BICUBIC).save(buffer, "JPEG")
    return buffer.getvalue()


def write_table(path: Path, places: list[str], rows: int) -> Path:
    """Write a table that goes round the places."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "image", "caption"])
        for number in range(rows):
            caption = f"product {number % CAPTIONS} in a box"
            writer.writerow([number, places[number % len(places)], caption])
    return path


def memory(options: argparse.Namespace) -> None:
    """Print peak memory and rows a second for two sizes of table."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PICTURES):
            Path(folder, f"{number}.jpg").write_bytes(photograph(number))
        places = [f"{number}.jpg" for number in range(PICTURES)]
        peaks = []
        for rows in (options.small, options.large):
            table = write_table(Path(folder, f"{rows}.csv"), places, rows)
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _MEASURED, str(table)],
                capture_output=True,
                text=True,
                check=True,
            )
            seconds = time.perf_counter() - started
            peaks.append(float(done.stdout))
            print(f"{rows:>9,} rows: {peaks[-1]:.0f} MB, {seconds:.0f} s, {rows / seconds:.0f} /s")
        print(f"memory, large : small = {peaks[1] / peaks[0]:.2f}")


class _Slow(BaseHTTPRequestHandler):
    delay = 0.0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Wait, then send the picture."""
        time.sleep(self.delay)
        body = photograph(int(self.path.strip("/").partition(".")[0]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def web(options: argparse.Namespace) -> None:
    """Compare with a plain loop over a server with latency."""
    _Slow.delay = options.delay
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    places = [f"{base}/{number}.jpg" for number in range(options.pictures)]
    with httpx2.Client() as client:
        compare(places, lambda place: io.BytesIO(client.get(place).content))
    server.shutdown()


def local(options: argparse.Namespace) -> None:
    """Compare with a plain loop over files."""
    with tempfile.TemporaryDirectory() as folder:
        places = []
        for number in range(options.pictures):
            places.append(str(Path(folder, f"{number}.jpg")))
            Path(places[-1]).write_bytes(photograph(number))
        compare(places, Path)


def compare(places: list[str], opened) -> None:  # noqa: ANN001
    """Print rows a second of the loop and of ours, by turns."""
    encoder = relevance.load_encoder("compact")
    captions = [f"product {number} in a box" for number in range(len(places))]
    rates: dict[str, list[float]] = {"loop": [], "relevance": []}
    with tempfile.TemporaryDirectory() as folder:
        table = write_table(Path(folder, "a.csv"), places, len(places))
        for turn in range(3):
            started = time.perf_counter()
            for place, caption in zip(places, captions, strict=True):
                picture = Image.open(opened(place)).convert("RGB")
                _ = encoder.encode_images([picture])[0] @ encoder.encode_texts([caption])[0]
            rates["loop"].append(len(places) / (time.perf_counter() - started))
            started = time.perf_counter()
            output = Path(folder, f"{turn}.csv")
            made = relevance.caption_table(table, output, model=encoder, cache=False)
            rates["relevance"].append(len(places) / (time.perf_counter() - started))
            assert made.tally.n_scored == len(places)
    medians = {name: float(np.median(values)) for name, values in rates.items()}
    for name, values in rates.items():
        print(f"{name:>9}: {medians[name]:.1f} rows/s ({', '.join(f'{v:.1f}' for v in values)})")
    print(f"relevance : loop = {medians['relevance'] / medians['loop']:.2f}")


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["memory", "web", "local"])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--delay", type=float, default=0.05)
    options = parser.parse_args()
    {"memory": memory, "web": web, "local": local}[options.what](options)


if __name__ == "__main__":
    main()
