"""Files that end early: used where almost every pixel is there, with a note; skipped where not."""

from __future__ import annotations

import json

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from relevance.jobs.score.job import score
from relevance.pictures.reading import Skipped, load_image, note_on
from tests.support.command import run_command
from tests.support.picture_files import blobs, file_of, values_of
from tests.support.toy import ToyEncoder

pillow_heif.register_heif_opener()

FORMATS = {
    "baseline JPEG": ("JPEG", "RGB", {"quality": 92}),
    "progressive JPEG": ("JPEG", "RGB", {"quality": 92, "progressive": True}),
    "grey JPEG": ("JPEG", "L", {}),
    "CMYK JPEG": ("JPEG", "CMYK", {}),
    "PNG": ("PNG", "RGB", {}),
    "PNG with alpha": ("PNG", "RGBA", {}),
    "BMP": ("BMP", "RGB", {}),
    "BMP with palette": ("BMP", "P", {}),
    "GIF": ("GIF", "P", {}),
    "TIFF": ("TIFF", "RGB", {}),
    "WebP": ("WEBP", "RGB", {"quality": 90}),
    "lossless WebP": ("WEBP", "RGB", {"lossless": True}),
    "JPEG 2000": ("JPEG2000", "RGB", {}),
    "JPEG 2000 codestream": ("JPEG2000", "RGB", {"no_jp2": True}),
    "AVIF": ("AVIF", "RGB", {"quality": 90}),
}


def cases():
    return pytest.mark.parametrize("name", FORMATS)


def whole(name: str, size: tuple[int, int] = (240, 160)) -> bytes:
    file_format, mode, options = FORMATS[name]
    return file_of(blobs(size).convert(mode), file_format, **options)


@cases()
@pytest.mark.parametrize("missing", [1, 2])
def test_a_file_that_lacks_its_end_is_used(name, missing):
    content = whole(name)
    picture = load_image(content[:-missing])
    assert isinstance(picture, Image.Image), picture
    full = values_of(content)
    if FORMATS[name][0] != "PNG" or missing > 4:  # the last bytes of a PNG are a checksum
        assert note_on(picture).startswith("the file's end is missing") or missing == 1
    differs = (np.asarray(picture) != full).any(axis=-1)
    assert differs.mean() <= 0.05


@cases()
@pytest.mark.parametrize("share", [0.3, 0.5, 0.75])
def test_a_good_part_missing_is_skipped(name, share):
    content = whole(name)
    result = load_image(content[: int(len(content) * (1 - share))])
    assert isinstance(result, Skipped)
    assert "damaged" in result.reason


@pytest.mark.parametrize(
    "name", ["baseline JPEG", "PNG", "BMP", "BMP with palette", "GIF", "TIFF", "PNG with alpha"]
)
def test_missing_pixels_are_white_and_counted(name):
    content = whole(name)
    picture = load_image(content[: len(content) - len(content) // 50])
    assert isinstance(picture, Image.Image), picture
    full, found = values_of(content), np.asarray(picture).astype(int)
    differs = (found != full).any(axis=-1)
    assert 0 < differs.mean() <= 0.05
    assert (found[differs] > 200).mean() > 0.95
    share = float(note_on(picture).rsplit(", and ", 1)[1].split("%")[0]) / 100
    assert share == pytest.approx(differs.mean(), abs=0.01)


def test_an_interlaced_png_that_is_half_there_is_skipped():
    """Seven passes: rows are all there, pixels are not."""
    rows = np.asarray(blobs((64, 64)).convert("L"))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4)]
    passes += [(1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [rows[y::dy, x::dx] for x, y, dx, dy in passes]
    data = [b"\0" + row.tobytes() for part in parts for row in part]
    content = interlaced((64, 64), data)
    np.testing.assert_array_equal(values_of(content)[..., 0], rows)
    result = load_image(interlaced((64, 64), data[: len(data) - 16]))
    assert isinstance(result, Skipped)
    assert "25% of its pixels are missing" in result.reason


def interlaced(size: tuple[int, int], rows: list[bytes]) -> bytes:
    import struct
    import zlib

    from tests.support.picture_files import chunk

    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 1)
    packing = zlib.compressobj()
    packed = packing.compress(b"".join(rows)) + packing.flush(zlib.Z_SYNC_FLUSH)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_progressive_jpeg_without_its_last_scans_is_skipped():
    content = whole("progressive JPEG")
    last = content.rfind(b"\xff\xda")
    result = load_image(content[: last - 200])
    assert isinstance(result, Skipped)


def test_a_large_picture_lacks_its_end_at_every_size(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(file_of(blobs((2400, 1800)), "JPEG")[:-2])
    picture = load_image(path, side=224)
    assert isinstance(picture, Image.Image), picture
    assert picture.size == (1200, 900)
    assert note_on(picture) == "the file's end is missing"


def test_the_run_says_how_many_and_which(tmp_path, caplog):
    folder = tmp_path / "red"
    folder.mkdir()
    content = file_of(Image.new("RGB", (40, 40), "red"), "JPEG")
    (folder / "a.jpg").write_bytes(content)
    (folder / "b.jpg").write_bytes(content[:-2])
    for _ in range(2):  # the second time too, though pictures are known then
        caplog.clear()
        scores = score("red", tmp_path, model=ToyEncoder())
        (line,) = [item for item in scores.provenance["warnings"] if "not whole" in item]
        assert line == (
            f"1 picture used though not whole, such as {folder / 'b.jpg'}: "
            "the file's end is missing."
        )
        assert line in caplog.messages
    assert scores.to_dict()["provenance"]["warnings"] == scores.provenance["warnings"]
    assert scores.pictures.reason == ("", "")


def test_the_command_says_it_and_writes_it(tmp_path):
    (tmp_path / "nuts").mkdir()
    content = file_of(blobs(), "JPEG")[:-2]
    (tmp_path / "nuts" / "a.jpg").write_bytes(content)
    words = ["score", "nuts", str(tmp_path / "nuts"), "--no-report"]
    done = run_command(*words, "--output-dir", tmp_path / "out")
    done.check_returncode()
    assert "1 picture used though not whole" in " ".join((done.stderr + done.stdout).split())
    (written,) = (tmp_path / "out").glob("*.json")
    facts = json.loads(written.read_text())["provenance"]
    assert any("not whole" in line for line in facts["warnings"])


def test_captions_say_it_too(tmp_path, caplog):
    import pandas as pd

    from relevance.jobs.captions.job import caption_similarity

    (tmp_path / "b.jpg").write_bytes(file_of(Image.new("RGB", (40, 40), "red"), "JPEG")[:-2])
    table = pd.DataFrame({"image": ["b.jpg"], "caption": ["red"]})
    scored = caption_similarity(table, folder=tmp_path, model=ToyEncoder())
    assert scored["status"].tolist() == ["ok"]
    line = "1 picture used though not whole, such as b.jpg: the file's end is missing."
    assert line in caplog.messages
