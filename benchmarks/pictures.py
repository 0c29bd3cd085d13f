"""Folders of JPEGs for the benchmarks, drawn from the sample pictures.

    python benchmarks/pictures.py mixed FOLDER 2000   # 500 to 4,000 pixels, as suppliers send them
    python benchmarks/pictures.py small FOLDER 20000  # 320 to 640 pixels

A quarter (mixed) or a twentieth (small) is drawn; the others are copies with some bytes behind the
picture's end, so they have a content of their own and take as long to read and to decode.
"""

from __future__ import annotations

import io
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

SAMPLES = sorted(Path(__file__).parent.parent.joinpath("data").rglob("*.jpg"))
SIDES = {"mixed": (500, 4000), "small": (320, 640)}
COPIES = {"mixed": 4, "small": 20}
A_FOLDER = 500
QUALITY = 88


def save(kind: str, folder: Path, total: int, number: int) -> None:
    """Draw one picture and save it and its copies."""
    data = draw(kind, number)
    drawn = -(-total // COPIES[kind])
    for copy in range(number, total, drawn):
        target = folder / f"supplier {copy // A_FOLDER:03d}" / f"picture_{copy:06d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data + str(copy).encode())


def draw(kind: str, number: int) -> bytes:
    """Return a sample as JPEG at another size, sharpened, with the noise of a camera."""
    random = np.random.default_rng(number)
    sample = Image.open(SAMPLES[number % len(SAMPLES)]).convert("RGB")
    factor = random.integers(*SIDES[kind], endpoint=True) / max(sample.size)
    size = (round(sample.width * factor), round(sample.height * random.uniform(0.7, 1) * factor))
    large = sample.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.UnsharpMask(2, 120, 0))
    noise = random.normal(0, 4, (large.height // 2 + 1, large.width // 2 + 1))
    grain = np.asarray(Image.fromarray(noise.astype(np.float32)).resize(large.size))
    values = np.clip(np.asarray(large, np.float32) + grain[..., None], 0, 255)
    buffer = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def main() -> None:
    """Draw the folder that the command line asks for."""
    kind, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    with ProcessPoolExecutor() as pool:
        work = partial(save, kind, folder, count)
        list(pool.map(work, range(-(-count // COPIES[kind])), chunksize=10))


if __name__ == "__main__":
    main()
