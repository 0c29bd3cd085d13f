"""What one call costs beyond its encoder, for one picture and a loaded encoder.

    PYTHONPATH=. python benchmarks/one_picture.py

Each call is held against reading and encoding the same picture with the same encoder and nothing
else, by turns in one process. No picture comes twice, so that none is known from before; the
keyword is. Processor time is told beside the clock, for machines that do other work as well.
"""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import relevance

ROUNDS = 60
_PICTURE = Path(__file__).parent.parent / "data/google_images/almonds/almonds-01.jpg"
_Call = Callable[[Image.Image, bytes], object]


def main() -> None:
    """Print a line for each kind of picture and call."""
    os.environ["RELEVANCE_CACHE"] = tempfile.mkdtemp(prefix="one-picture-")
    encoder = relevance.load_encoder("compact")

    def judge(given: object) -> object:
        return next(relevance.judge("almonds", given, model=encoder))  # type: ignore[arg-type]

    def bare(picture: Image.Image, _: bytes) -> object:
        return encoder.encode_images([picture])

    def read(_: Image.Image, content: bytes) -> object:
        with Image.open(io.BytesIO(content)) as picture:
            return encoder.encode_images([picture.convert("RGB")])

    calls: dict[str, tuple[_Call, _Call]] = {
        "judge, Pillow picture": (lambda picture, _: judge(picture), bare),
        "judge, array": (lambda picture, _: judge(np.asarray(picture)), bare),
        "judge, bytes": (lambda _, content: judge(content), read),
        "score, Pillow picture": (
            lambda picture, _: relevance.score("almonds", picture, model=encoder),
            bare,
        ),
    }
    print(f"{'':24} ms    bare  beyond  ratio  CPU ms    bare  beyond")
    for name, pair in calls.items():
        clock, processor = _by_turns(*pair)
        print(f"{name:22} {_line(*clock)} {_line(*processor)[:-6]}")


def _line(ours: list[float], theirs: list[float]) -> str:
    mid, alone = statistics.median(ours), statistics.median(theirs)
    beyond = statistics.median(a - b for a, b in zip(ours, theirs, strict=True))
    return f"{mid:6.1f}  {alone:6.1f}  {beyond:+6.1f}  {mid / alone:5.2f}"


def _by_turns(ours: _Call, theirs: _Call) -> tuple[tuple[list[float], list[float]], ...]:
    """Return milliseconds by the clock and by the processor, of both; the first is not counted."""
    clock: tuple[list[float], list[float]] = ([], [])
    processor: tuple[list[float], list[float]] = ([], [])
    with Image.open(_PICTURE) as opened:
        picture = opened.convert("RGB")
    for number in range(ROUNDS + 1):
        picture.putpixel((0, 0), (number, time.time_ns() % 256, 0))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=90, comment=str(number))
        for which, call in enumerate((ours, theirs)):
            started, worked = time.perf_counter(), time.process_time()
            call(picture, stream.getvalue())
            if number:
                clock[which].append(1000 * (time.perf_counter() - started))
                processor[which].append(1000 * (time.process_time() - worked))
    return clock, processor


if __name__ == "__main__":
    main()
