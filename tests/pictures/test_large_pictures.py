"""What a large picture costs in memory, in a process of its own, and what is said without it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.picture_files import chunk, png

WIDTH, HEIGHT = 14_000, 10_500  # 147 megapixels
GIGABYTE = 1_000_000  # kilobytes

_READ = """
import resource, sys
from pathlib import Path
from relevance.pictures.reading import load_for_encoder
if len(sys.argv) > 2:
    small = Path(sys.argv[2])
    load_for_encoder(small, 224)  # plugins take their memory before the limit
    limit = int(sys.argv[3])
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + limit, used + limit))
result = load_for_encoder(Path(sys.argv[1]), 224)
status = Path("/proc/self/status").read_text()  # ru_maxrss would be that of the parent that forked
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
print(getattr(result, "reason", "") or f"{result.size} {result.getpixel((300, 300))}")
"""


def read_apart(*arguments: object) -> tuple[int, str]:
    """Read a picture in another process; return its peak in kilobytes and what came of it."""
    words = [sys.executable, "-c", _READ, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    peak, what = done.stdout.splitlines()
    return int(peak), what


def rows(pixel: bytes) -> Iterator[bytes]:
    row = pixel * WIDTH
    return (row for _ in range(HEIGHT))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says the peak of a process")
@pytest.mark.parametrize(
    ("depth", "colour", "pixel", "before", "shown"),
    [
        (8, 6, b"\xff\0\0\x80", [], (255, 127, 127)),
        (16, 0, b"\x80\0", [], (128, 128, 128)),
        (16, 2, b"\xff\xff\0\0\x80\0", [], (255, 0, 128)),
        (8, 3, b"\0", [chunk(b"PLTE", bytes([9, 8, 7])), chunk(b"tRNS", b"\xf0")], (23, 22, 21)),
    ],
    ids=["RGBA", "16-bit grey", "16-bit RGB", "palette"],
)
def test_a_png_of_147_megapixels(tmp_path, depth, colour, pixel, before, shown):
    path = tmp_path / "x.png"
    path.write_bytes(png((WIDTH, HEIGHT), depth, colour, rows(pixel), *before))
    peak, what = read_apart(path)
    size, _, colours = what.partition(") ")
    assert size == "(934, 700"
    found = [int(value) for value in colours.strip("()").split(",")]
    assert max(abs(a - b) for a, b in zip(found, shown, strict=True)) <= 2
    assert peak < GIGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says the peak of a process")
def test_a_tiff_for_print_of_147_megapixels(tmp_path):
    """All paper: a file of zeros, which takes no place on the disk."""
    import struct

    path = tmp_path / "x.tif"
    tags = [(256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 4, 134), (259, 3, 1, 1)]
    tags += [(262, 3, 1, 5), (273, 4, 1, 200), (277, 3, 1, 4), (278, 4, 1, HEIGHT)]
    tags += [(279, 4, 1, WIDTH * HEIGHT * 4)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)
    head = head.ljust(134, b"\0") + struct.pack("<4H", 8, 8, 8, 8)
    with path.open("wb") as out:
        out.write(head)
        out.truncate(200 + WIDTH * HEIGHT * 4)
    peak, what = read_apart(path)
    assert what == "(934, 700) (255, 255, 255)"
    assert peak < GIGABYTE


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's RLIMIT_AS")
@pytest.mark.parametrize("depth_and_colour", [(8, 6), (16, 0), (8, 2)])
def test_what_memory_cannot_hold_is_called_so(tmp_path, depth_and_colour):
    depth, colour = depth_and_colour
    pixel = {6: b"\1\2\3\xff", 0: b"\x80\0", 2: b"\1\2\3"}[colour]
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(png((WIDTH, HEIGHT), depth, colour, rows(pixel)))
    small.write_bytes(png((1, 1), depth, colour, [pixel]))
    _, what = read_apart(large, small, 200_000_000)
    assert what == (
        "not enough memory to decode 14000 × 10500 pixels; free some, or lower --max-pixels"
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's RLIMIT_AS")
def test_damage_is_not_called_lack_of_memory(tmp_path):
    small = tmp_path / "small.png"
    small.write_bytes(png((1, 1), 8, 2, [b"\1\2\3"]))
    broken = tmp_path / "broken.png"
    broken.write_bytes(png((200, 200), 8, 2, [b"\1\2\3" * 200] * 90))
    _, what = read_apart(broken, small, 200_000_000)
    assert what.startswith("damaged picture: 55% of its pixels are missing")
    whole = tmp_path / "whole.png"
    whole.write_bytes(png((400, 400), 8, 0, [b"\xad" * 400] * 400))
    assert read_apart(whole, small, 200_000_000)[1] == "(400, 400) (173, 173, 173)"
