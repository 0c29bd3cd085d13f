from __future__ import annotations

import io
import os
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from relevance.pictures.formats import FORMATS, PICTURE_SUFFIXES
from relevance.pictures.reading import MAX_PIXELS, Skipped, load_for_encoder, load_image

RED = (200, 30, 40)


def pixels(path: Path) -> np.ndarray:
    picture = load_image(path)
    assert isinstance(picture, Image.Image), picture
    assert picture.mode == "RGB"
    return np.asarray(picture).astype(int)


def reason(path: Path, **options: int) -> str:
    result = load_image(path, **options)
    assert isinstance(result, Skipped)
    return result.reason


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("x.png", 0),
        ("x.jpg", 3),
        ("x.webp", 3),
        ("x.bmp", 0),
        ("x.tiff", 0),
        ("x.gif", 3),
        ("x.avif", 4),
        ("x.jp2", 3),
    ],
)
def test_formats(tmp_path, name, tolerance):
    Image.new("RGB", (20, 10), RED).save(tmp_path / name)
    values = pixels(tmp_path / name)
    assert values.shape == (10, 20, 3)
    assert np.abs(values - RED).max() <= tolerance


def test_heic(tmp_path):
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), RED)).save(tmp_path / "x.heic")
    values = pixels(tmp_path / "x.heic")
    assert values.shape == (48, 64, 3)
    assert np.abs(values - RED).max() <= 6


def test_the_extension_does_not_matter(tmp_path):
    Image.new("RGB", (4, 4), RED).save(tmp_path / "x.jpg", "PNG")
    assert (pixels(tmp_path / "x.jpg") == RED).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    """A picture stored in each of the eight orientations comes out upright."""
    upright = np.zeros((8, 16, 3), dtype=np.uint8)
    upright[:4, :8] = (255, 255, 255)  # white in the top left quarter only
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a),
        7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda a: np.rot90(a, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(pixels(tmp_path / "x.png"), upright)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_white(tmp_path, mode):
    picture = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 4, 8))
    picture = picture.quantize(4) if mode == "P" else picture.convert(mode)
    picture.save(tmp_path / "x.png")
    values = pixels(tmp_path / "x.png")
    assert (values[:, :4] == 0).all()
    assert (values[:, 4:] == 255).all()


def test_half_transparent_is_blended_with_white(tmp_path):
    Image.new("RGBA", (2, 2), (0, 0, 0, 128)).save(tmp_path / "x.png")
    assert np.abs(pixels(tmp_path / "x.png") - 127).max() <= 1


def test_a_transparent_colour_of_an_rgb_png(tmp_path):
    picture = Image.new("RGB", (2, 2), RED)
    picture.putpixel((0, 0), (200, 30, 41))
    picture.save(tmp_path / "x.png", transparency=RED)
    values = pixels(tmp_path / "x.png")
    assert values[0, 0].tolist() == [200, 30, 41]
    assert (values.reshape(-1, 3)[1:] == 255).all()


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "x.png")
    Image.fromarray(ramp).save(tmp_path / "x.tiff")
    expected = np.arange(256).reshape(16, 16)
    for name in ("x.png", "x.tiff"):
        assert np.abs(pixels(tmp_path / name)[..., 0] - expected).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_float_grey(tmp_path, top):
    ramp = np.linspace(0, top, 256, dtype=np.float32).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "x.tiff")
    expected = np.arange(256).reshape(16, 16)
    assert np.abs(pixels(tmp_path / "x.tiff")[..., 0] - expected).max() <= 1


def test_cmyk(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "x.jpg", quality=95)
    assert np.abs(pixels(tmp_path / "x.jpg") - (255, 0, 0)).max() <= 4


def test_cmyk_goes_through_its_profile(tmp_path):
    """A profile in which every colour prints mid grey: L* 50 is 119 in sRGB (CIE 1976)."""
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    picture.save(tmp_path / "x.jpg", quality=95, icc_profile=grey_press_profile())
    assert np.abs(pixels(tmp_path / "x.jpg") - 119).max() <= 3


def test_a_broken_profile_does_no_harm(tmp_path):
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    picture.save(tmp_path / "x.jpg", quality=95, icc_profile=b"not a profile")
    assert np.abs(pixels(tmp_path / "x.jpg") - (255, 0, 0)).max() <= 4


def grey_press_profile() -> bytes:
    """Build a CMYK profile (ICC.1:2001, lut8): colours print mid grey, black prints black."""
    identity = bytes(range(256))
    lightness = [0 if inks[3] else 128 if any(inks) else 255 for inks in product((0, 1), repeat=4)]
    corners = b"".join(bytes((value, 128, 128)) for value in lightness)
    matrix = struct.pack(
        ">9i", *(65536 * (row == column) for row in range(3) for column in range(3))
    )
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + identity * 4 + corners + identity * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"A2B0": table, b"wtpt": white, b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    directory, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + b"\0" * (-len(data) % 4)
        directory += name + struct.pack(">II", start + len(body), len(data))
        body += padded
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x", start + len(body), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp"
    )
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + directory + body


@pytest.mark.parametrize("name", ["x.gif", "x.webp", "x.png"])
def test_animations_show_their_first_frame(tmp_path, name):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, "green", "blue")]
    options = {"lossless": True} if name == "x.webp" else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    assert np.abs(pixels(tmp_path / name) - RED).max() <= 1


def test_empty(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"")
    assert reason(tmp_path / "x.jpg") == "the file is empty"


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp", "x.tiff", "x.gif"])
def test_truncated(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    assert "damaged" in reason(tmp_path / name)


def test_not_a_picture(tmp_path):
    (tmp_path / "x.jpg").write_text("<html><body>404</body></html>")
    assert reason(tmp_path / "x.jpg").startswith(
        "not a picture that can be read, but a web page (HTML)"
    )


def test_postscript_is_not_run(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage")
    assert reason(tmp_path / "x.jpg").startswith("not a picture that can be read, but a PostScript")


def test_missing(tmp_path):
    (tmp_path / "x.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert "does not exist" in reason(tmp_path / "x.jpg")


def test_no_permission(tmp_path):
    path = tmp_path / "x.png"
    Image.new("RGB", (2, 2)).save(path)
    load_image(path)  # plugins are imported while they can still be read
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    try:
        message = reason(path)
    finally:
        os.seteuid(user)
    assert "permission" in message


def test_a_bomb_is_not_decoded(tmp_path):
    side = int(MAX_PIXELS**0.5) + 1
    Image.new("1", (side, side)).save(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size < 100_000
    assert reason(tmp_path / "x.png") == (
        f"too large: {side} × {side} pixels, the limit is 150,000,000 in all (--max-pixels)"
    )


def test_the_pixel_limit_can_be_moved(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "x.png")
    assert "too large: 20 × 20" in reason(tmp_path / "x.png", max_pixels=399)
    assert isinstance(load_image(tmp_path / "x.png", max_pixels=400), Image.Image)
    assert Image.MAX_IMAGE_PIXELS == 89478485, "Pillow's own limit must be left as it was"


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_damage_never_raises(tmp_path, file_format, data):
    """Flip, cut and insert bytes: the result is a picture or a reason, always."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((24, 24)).convert("RGB").save(buffer, file_format)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    result = load_image(path, max_pixels=1_000_000)
    assert isinstance(result, Skipped) or result.mode == "RGB"


def test_the_endings_are_pillows():
    pillow_heif.register_heif_opener()
    Image.init()
    known = {suffix for suffix, name in Image.registered_extensions().items() if name in FORMATS}
    assert known == PICTURE_SUFFIXES


def large_jpeg(path, mode="RGB", size=(2400, 1800)):
    """A photograph-like picture: blobs and grain."""
    random = np.random.default_rng(5)
    tiles = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    blobs = Image.fromarray(tiles).resize(size, Image.Resampling.BICUBIC)
    grain = random.normal(0, 5, (size[1], size[0], 1))
    values = np.clip(np.asarray(blobs, float) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(values).convert(mode).save(path)
    return path


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp"])
@pytest.mark.parametrize("side", [64, 224, 500, 5000])
def test_a_large_picture_keeps_three_times_the_side(tmp_path, name, side):
    path = large_jpeg(tmp_path / name)
    full, small = load_image(path), load_image(path, side=side)
    assert min(small.size) >= min(3 * side, 1800)
    assert min(small.size) < 6 * side
    assert small.width / small.height == pytest.approx(4 / 3, abs=0.01)
    if side == 5000:
        assert small.size == full.size
    same = full.resize(small.size, Image.Resampling.BOX)
    difference = np.abs(np.asarray(small, float) - np.asarray(same, float))
    assert difference.mean() < 2


def test_small_encoders_get_what_usual_ones_get(tmp_path):
    path = large_jpeg(tmp_path / "x.jpg")
    sizes = {side: load_for_encoder(path, side).size for side in (8, 224, 500)}
    assert sizes == {8: (1200, 900), 224: (1200, 900), 500: (2400, 1800)}
    assert load_for_encoder(path.read_bytes(), 8).size == (1200, 900)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_large_picture_of_another_mode_is_reduced_too(tmp_path, mode):
    path = large_jpeg(tmp_path / "x.jpg", mode)
    small = load_image(path, side=100)
    assert (small.mode, small.size) == ("RGB", (600, 450))


def test_orientation_is_applied_to_a_reduced_picture(tmp_path):
    picture = Image.new("RGB", (1600, 800), "white")
    picture.paste("red", (0, 0, 800, 800))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise: left becomes top
    picture.save(tmp_path / "x.jpg", exif=exif)
    small = load_image(tmp_path / "x.jpg", side=64)
    assert small.size == (200, 400)
    assert small.getpixel((100, 50))[1] < 60
    assert small.getpixel((100, 350))[1] > 200


def test_reading_large_pictures_small_hardly_moves_their_embedding(tmp_path, compact, samples):
    """The encoder in the package, on sample pictures enlarged to a camera's size."""
    for number, source in enumerate(sorted(samples.rglob("*.jpg"))[::20]):
        path = tmp_path / f"{number}.jpg"
        large = Image.open(source).convert("RGB").resize((2600, 2000), Image.Resampling.BICUBIC)
        large.save(path, quality=90)
        full = compact.encode_images([load_image(path)])[0]
        small = compact.encode_images([load_for_encoder(path, compact.info.image_size)])[0]
        assert 1 - full @ small < 0.001
