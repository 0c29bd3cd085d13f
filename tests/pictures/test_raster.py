"""Samples of any depth, transparency and profile -> 8-bit RGB on white; which page of a TIFF."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.support.picture_files import (
    blobs,
    chunk,
    file_of,
    png,
    reason_of,
    tiff,
    tiff_pages,
    values_of,
)

pillow_heif.register_heif_opener()
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6


def big_endian(samples: np.ndarray) -> list[bytes]:
    return [row.astype(">u2").tobytes() for row in samples]


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_with_a_transparent_level(depth):
    """One level is white on the page; its neighbours are not."""
    top = (1 << depth) - 1
    hidden = top // 3
    levels = np.array([hidden, 0 if hidden else top, top, hidden], np.uint16)
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    content = png((4, 1), depth, GREY, [row], chunk(b"tRNS", hidden.to_bytes(2, "big")))
    expected = [255, round(int(levels[1]) * 255 / top), 255, 255]
    np.testing.assert_allclose(values_of(content)[0, :, 0], expected, atol=1)


def test_sixteen_bit_colours_with_a_transparent_colour():
    """The colour is compared in all 16 bits."""
    samples = np.array([[[40000, 1000, 513], [40000, 1000, 514], [0, 65535, 0]]], np.uint16)
    transparent = samples[0, 0].astype(">u2").tobytes()
    content = png((3, 1), 16, RGB, big_endian(samples), chunk(b"tRNS", transparent))
    np.testing.assert_allclose(values_of(content)[0], [[255] * 3, [156, 4, 2], [0, 255, 0]], atol=1)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_with_transparent_entries(depth):
    """Entry 0 is transparent, entry 1 is not."""
    row = {1: 0b01000000, 2: 0b00010000, 4: 0b00000001, 8: 0}[depth]
    rows = [bytes([0, 1]) if depth == 8 else bytes([row])]
    colours = chunk(b"PLTE", bytes([200, 0, 0, 10, 20, 30]))
    for alphas, expected in (
        (b"\0", [[255] * 3, [10, 20, 30]]),
        (b"\x80\xff", [[227, 127, 127], [10, 20, 30]]),
    ):
        content = png((2, 1), depth, PALETTE, rows, colours, chunk(b"tRNS", alphas))
        np.testing.assert_allclose(values_of(content)[0], expected, atol=1)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colour", [GREY_ALPHA, RGB_ALPHA])
def test_alpha_of_a_png(depth, colour):
    """Black at three opacities on white."""
    top = (1 << depth) - 1
    bands = 1 if colour == GREY_ALPHA else 3
    samples = np.array([[[0] * bands + [alpha] for alpha in (0, top // 2, top)]])
    row = samples.astype(">u2").tobytes() if depth == 16 else samples.astype("u1").tobytes()
    content = png((3, 1), depth, colour, [row])
    np.testing.assert_allclose(values_of(content)[0, :, 0], [255, 128, 0], atol=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("JPEG2000", {}),
        ("AVIF", {"quality": 95}),
        ("HEIF", {"quality": 95}),
        ("GIF", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_transparency_in_every_format(mode, file_format, options):
    if (mode == "PA" and file_format != "TIFF") or (mode == "LA" and file_format == "GIF"):
        pytest.skip("no such files")
    picture = Image.new("RGBA", (64, 64), (250, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 32, 64))
    values = values_of(file_of(picture.convert(mode), file_format, **options))
    assert values[:, :24].max() <= 12
    assert values[:, 40:].min() >= 243


@pytest.mark.parametrize(("extra", "expected"), [(0, 0), (1, 127), (2, 127)])
def test_extra_samples_of_a_tiff(extra, expected):
    """Unspecified: no transparency. Premultiplied and not: half of black on white."""
    samples = np.full((2, 2, 4), [0, 0, 0, 128], np.uint8)
    content = tiff(samples, 2, more={338: (3, [extra])})
    np.testing.assert_allclose(values_of(content), expected, atol=1)


def test_a_hidden_colour_does_not_bleed_where_a_picture_is_reduced():
    """Red, hidden, beside black: reduced, the page stays without any red."""
    picture = Image.new("RGBA", (900, 900), (255, 0, 0, 0))
    black = Image.new("RGBA", (1, 900), (0, 0, 0, 255))
    for column in range(0, 900, 2):
        picture.paste(black, (column, 0))
    small = values_of(file_of(picture, "PNG"), side=100)
    assert small.shape == (300, 300, 3)
    assert (small[..., 0] == small[..., 1]).all()


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (9, 9), (255, 0, 0, 0)),
        Image.new("LA", (9, 9), (90, 0)),
        Image.new("RGBA", (2000, 1500), (1, 2, 3, 0)),
    ],
)
def test_a_picture_without_a_visible_pixel_has_a_reason(picture):
    for file_format in ("PNG", "WEBP", "TIFF"):
        content = file_of(
            picture, file_format, **({"lossless": True} if "W" in file_format else {})
        )
        assert reason_of(content) == "not one visible pixel: the picture is transparent all over"


def bitmap(pixels: np.ndarray) -> bytes:
    """A bitmap with a V5 header, which has an alpha channel, of ``(h, w, 4)`` BGRA bytes."""
    height, width, _ = pixels.shape
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII4I", 124, width, -height, 1, 32, 3, 0, 0, 0, 0, 0, *masks)
    body = header.ljust(124, b"\0") + pixels.tobytes()
    return struct.pack("<2sIHHI", b"BM", 14 + len(body), 0, 0, 138) + body


def test_the_alpha_of_a_bitmap():
    pixels = np.zeros((2, 2, 4), np.uint8)
    assert "not one visible pixel" in reason_of(bitmap(pixels))
    pixels[0, 0] = 10, 20, 30, 255
    values = values_of(bitmap(pixels))
    assert values[0, 0].tolist() == [30, 20, 10]
    assert (values.reshape(-1, 3)[1:] == 255).all()


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_sixteen_bits_are_scaled_by_what_they_fill(bits):
    """A ramp that fills some of 16 bits comes out as the full ramp, grey or not."""
    ramp = np.linspace(0, (1 << bits) - 1, 256).round().astype(np.uint16).reshape(16, 16)
    expected = np.arange(256).reshape(16, 16)
    colours = np.repeat(ramp[..., None], 3, axis=2)
    opaque = np.concatenate([colours, np.full_like(ramp, 65535)[..., None]], axis=2)
    for content in (
        png((16, 16), 16, GREY, big_endian(ramp)),
        png((16, 16), 16, RGB, big_endian(colours)),
        png((16, 16), 16, RGB_ALPHA, big_endian(opaque)),
        png((16, 16), 16, GREY_ALPHA, big_endian(opaque[..., 2:])),
        tiff(ramp[..., None], 1),
        tiff(colours, 2),
        file_of(Image.fromarray(ramp), "TIFF", compression="tiff_lzw"),
    ):
        for band in range(3):
            np.testing.assert_allclose(values_of(content)[..., band], expected, atol=1)


def test_bits_that_a_file_says_are_in_use_count_more_than_those_it_fills():
    """A dark picture of 12 bits stays dark: at most 1000 of 4095."""
    dark = np.full((4, 4), 1000, np.uint16)
    colours = np.repeat(dark[..., None], 3, axis=2)
    for content in (
        png((4, 4), 16, GREY, big_endian(dark), chunk(b"sBIT", b"\x0c")),
        png((4, 4), 16, RGB, big_endian(colours), chunk(b"sBIT", b"\x0c\x0c\x0c")),
        tiff(dark[..., None], 1, more={281: (3, [4095])}),
        tiff(colours, 2, more={281: (3, [4095] * 3)}),
    ):
        np.testing.assert_allclose(values_of(content), round(1000 * 255 / 4095), atol=1)


def profile_with(red: int, green: int, blue: int) -> bytes:
    """sRGB's profile with its primaries' tags exchanged: the channels trade places."""
    whole = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for number in range(int.from_bytes(whole[128:132], "big")):
        start = 132 + 12 * number
        places[bytes(whole[start : start + 4])] = start
    names = [b"rXYZ", b"gXYZ", b"bXYZ"]
    entries = [bytes(whole[places[name] + 4 : places[name] + 12]) for name in names]
    for name, taken in zip(names, (red, green, blue), strict=True):
        whole[places[name] + 4 : places[name] + 12] = entries[taken]
    return bytes(whole)


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
        ("HEIF", {"quality": 95, "chroma": 444}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_profile_of_an_rgb_picture_is_used(file_format, options):
    """A profile whose first channel is blue light: stored red is shown blue."""
    picture = blobs((64, 64))
    swapped = file_of(picture, file_format, icc_profile=profile_with(2, 1, 0), **options)
    plain = file_of(picture, file_format, **options)
    np.testing.assert_allclose(values_of(swapped), values_of(plain)[..., ::-1], atol=4)


def test_a_profile_counts_with_transparency_and_reduction_too():
    picture = Image.new("RGBA", (1200, 900), (250, 10, 20, 255))
    picture.paste((1, 2, 3, 0), (0, 0, 600, 900))
    content = file_of(picture, "PNG", icc_profile=profile_with(2, 1, 0))
    small = values_of(content, side=100)
    assert small.shape == (300, 400, 3)
    np.testing.assert_allclose(small[:, 300], [[20, 10, 250]] * 300, atol=2)
    assert (small[:, 100] == 255).all()


def test_srgbs_own_profile_changes_nothing():
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(
        values_of(file_of(blobs(), "PNG", icc_profile=own)), np.asarray(blobs())
    )


def test_a_profile_for_another_kind_of_picture_is_passed_over():
    grey = blobs().convert("L")
    content = file_of(grey, "PNG", icc_profile=profile_with(2, 1, 0))
    np.testing.assert_array_equal(values_of(content)[..., 0], np.asarray(grey))


def test_lab_colours():
    """CIE L*a*b* 50, 0, 0 is 119 in sRGB (CIE 1976)."""
    content = file_of(Image.new("LAB", (4, 4), (128, 128, 128)), "TIFF")
    np.testing.assert_allclose(values_of(content), 119, atol=2)


REDUCED = {254: (4, [1])}


@pytest.mark.parametrize("mark", [REDUCED, {255: (3, [2])}], ids=["new", "old"])
def test_the_largest_page_where_the_first_is_reduced(mark):
    small = np.full((4, 4, 3), 10, np.uint8)
    middle, large = np.full((8, 8, 3), 100, np.uint8), np.full((20, 30, 3), 200, np.uint8)
    values = values_of(tiff_pages([(small, 2, mark), (middle, 2, {}), (large, 2, {})]))
    assert values.shape == (20, 30, 3)
    assert (values == 200).all()


def test_the_first_page_where_it_is_not_reduced():
    first, second = np.full((4, 4, 3), 10, np.uint8), np.full((20, 30, 3), 200, np.uint8)
    assert (values_of(tiff_pages([(first, 2, {}), (second, 2, REDUCED)])) == 10).all()


@settings(max_examples=60)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    factor=st.integers(1, 7),
    seed=st.integers(0, 9),
)
def test_reducing_is_averaging_what_is_visible(width, height, factor, seed):
    """Law: as averaging premultiplied colours in floating point, to a level or so."""
    from relevance.pictures.raster import Raster

    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4)).astype(np.uint8)
    small = Raster(Image.fromarray(values)).reduced(factor)
    weights = values[..., 3:] / 255
    layers = np.concatenate([values[..., :3] * weights + 255 * (1 - weights)], axis=-1)
    white = Image.new("RGBA", small.size, "white")
    found = np.asarray(Image.alpha_composite(white, small).convert("RGB")).astype(float)
    for row in range(small.height):
        for column in range(small.width):
            block = layers[
                row * factor : (row + 1) * factor, column * factor : (column + 1) * factor
            ]
            np.testing.assert_allclose(found[row, column], block.mean(axis=(0, 1)), atol=4)


def test_a_gifs_transparent_colour():
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(0, (0, 0, 4, 8))
    buffer = io.BytesIO()
    picture.save(buffer, "GIF", transparency=0)
    values = values_of(buffer.getvalue())
    assert (values[:, :4] == 255).all()
    assert (values[:, 4:] == (0, 0, 255)).all()
