"""Pixels decide: metadata broken in every way leaves every pixel as it is."""

from __future__ import annotations

import io
import itertools
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from relevance.pictures.containers import tiff
from relevance.pictures.formats import is_picture
from tests.support.picture_files import blobs, chunk, file_of, values_of

pillow_heif.register_heif_opener()

_BOMB = zlib.compress(b"z" * 3_000_000)
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_PNG_CHUNKS = (
    b"cHRM gAMA iCCP sBIT sRGB bKGD hIST tRNS pHYs sPLT tIME tEXt zTXt iTXt eXIf acTL fcTL fdAT "
    b"cICP mDCV cLLI oFFs pCAL sCAL gIFg gIFx sTER dSIG vpAg caBX prVt"
).split()
_PNG_CONTENTS = (
    *(b"", b"\0", b"xyz", b"k\0\7zz", b"\xff" * 4),
    *(b"k\0\0" + _BOMB, b"k\0\1\0\0\0" + _BOMB, b"k\0\1" + _BOMB),
)


def turned_exif() -> bytes:
    """Orientation 6: to be turned clockwise."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    return exif.tobytes()


def clockwise(values: np.ndarray) -> np.ndarray:
    return np.rot90(values, -1)


@pytest.mark.parametrize("kind", _PNG_CHUNKS, ids=bytes.decode)
def test_png_chunks(kind):
    content = file_of(blobs(), "PNG")
    expected = np.asarray(blobs())
    data = content.index(b"IDAT")
    length = struct.unpack(">I", content[data - 4 : data])[0]
    packed = content[data + 4 : data + 4 + length]
    for body, checksum in itertools.product(_PNG_CONTENTS, (None, 0)):
        odd = chunk(kind, body, checksum)
        halves = chunk(b"IDAT", packed[:99]) + odd + chunk(b"IDAT", packed[99:])
        for broken in (
            content[:33] + odd + content[33:],
            content[:33] + odd + odd + content[33:],
            content[: data - 4] + halves + content[-12:],
            content[:-12] + odd + content[-12:],
            content + odd,
        ):
            np.testing.assert_array_equal(values_of(broken), expected)
            assert is_picture(broken)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_jpeg_segments(mode, options):
    content = file_of(blobs().convert(mode), "JPEG", exif=turned_exif(), **options)
    expected = values_of(content)
    assert expected.shape == (60, 40, 3)
    tables = content.index(b"\xff\xdb")
    for marker in (*range(0xE0, 0xF0), 0xFE):
        for body in (
            *(b"", b"\0", b"\xff" * 60, b"JFIF", b"JFIF\0", b"JFIF\0\1", b"Adobe", b"Adobe\0\x64"),
            *(b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM", b"FPXR\0"),
            *(b"ICC_PROFILE\0", b"ICC_PROFILE\0\1\1junk", b"ICC_PROFILE\0\2\1", b"MPF\0II*\0"),
            *(
                b"Photoshop 3.0\0",
                b"Photoshop 3.0\x008BIM\4\4\xff\xff",
                b"MPF\0II*\0\x08\0\0\0\xff",
            ),
            b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta tiff:Orientation='3'",
        ):
            odd = struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
            for place in (2, tables):
                broken = content[:place] + odd + content[place:]
                np.testing.assert_array_equal(values_of(broken), expected)


def test_adobes_transform_still_decides_what_colours_are():
    """Three components without YCbCr: read as YCbCr, they would be other colours."""
    content = file_of(blobs(), "JPEG", quality=95, subsampling=0, keep_rgb=True)
    assert np.abs(values_of(content) - np.asarray(blobs())).mean() < 3


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_tags(order):
    """Every tag of every type and length, beside an orientation, which is honoured."""
    content = file_of(blobs(), "JPEG")
    expected = clockwise(values_of(content))
    tags = {*range(254, 345), 700, 33432, 33723, 34665, 34675, 34853, 37500, 40965} - {274}
    kinds = (0, 1, 2, 3, 5, 7, 10, 12, 13, 99)
    for tag, kind in itertools.product(tags, kinds):
        for count, value in ((1, b"text"), (0xFFFFFFFF, b"\xff" * 4), (0, bytes(4))):
            entries = sorted(
                [(tag, kind, count, value), (274, 3, 1, struct.pack(order + "HH", 6, 0))]
            )
            block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 2)
            for *head, body in entries:
                block += struct.pack(order + "HHI", *head) + body
            exif = b"Exif\0\0" + block + bytes(4)
            odd = struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif
            np.testing.assert_array_equal(values_of(content[:2] + odd + content[2:]), expected)


def riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_webp_chunks(mode, lossless):
    content = file_of(
        blobs().convert(mode),
        "WEBP",
        lossless=lossless,
        exif=turned_exif(),
        icc_profile=_SRGB,
        xmp=b"<x/>",
    )
    expected = values_of(content)
    chunks, place = [], 12
    while place < len(content):
        kind, length = struct.unpack("<4sI", content[place : place + 8])
        chunks.append((kind, content[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    assert {b"ICCP", b"EXIF", b"XMP "} < {kind for kind, _ in chunks}
    for number, (kind, body) in enumerate(chunks):
        if kind in (b"ICCP", b"XMP ", b"EXIF"):
            for odd in (b"", b"x", body[: len(body) // 2], b"\xff" * 50):
                broken = riff([*chunks[:number], (kind, odd), *chunks[number + 1 :]])
                right = expected
                if kind == b"EXIF" and odd != body[: len(body) // 2]:
                    right = np.rot90(expected)
                if values_of(broken).shape != right.shape:  # half of EXIF may hold the orientation
                    right = np.rot90(expected)
                np.testing.assert_array_equal(values_of(broken), right)
    with_junk = riff([chunks[0], (b"JUNK", b"abc"), *chunks[1:]])
    np.testing.assert_array_equal(values_of(with_junk), expected)


@pytest.mark.parametrize(
    "extension",
    [
        b"\x21\xfe\x03abc\0",
        b"\x21\xfe\0",
        b"\x21\xff\x0bNETSCAPE2.0\x01\x01\0",
        b"\x21\xff\x02ab\0",
        b"\x21\xff\0",
        b"\x21\x01\x0c" + b"z" * 12 + b"\0",
        b"\x21\xf9\x02\0\0\0",
        b"\x21\xf9\0",
        b"\x21\x99\x05abcde\0",
        b"\x21\xff\x0bXMP DataXMP" + b"<?x?>" * 30 + bytes([1, *range(255, -1, -1), 0]),
        b"\x21\xff\x0bICCRGBG1012\x05zzzzz\0",
    ],
)
def test_gif_extensions(extension):
    content = file_of(blobs().quantize(64), "GIF")
    expected = values_of(content)
    place = 13 + (3 << ((content[10] & 7) + 1))
    np.testing.assert_array_equal(
        values_of(content[:place] + extension + content[place:]), expected
    )
    np.testing.assert_array_equal(values_of(content[:-1] + extension + b";"), expected)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_tiff_tags(mode, compression):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[274], info[271], info[282], info[65000], info[34377] = 6, "Maker", 72.0, b"own", b"8BIM"
    content = file_of(
        blobs().convert(mode),
        "TIFF",
        compression=compression,
        tiffinfo=info,
        icc_profile=b"not a profile",
    )
    expected = values_of(content)
    assert expected.shape == (60, 40, 3)
    (page,) = tiff.pages(io.BytesIO(content))
    start = page.offset + 2
    count = struct.unpack("<H", content[page.offset : start])[0]
    broken_tags = 0
    for place in range(start, start + 12 * count, 12):
        tag = struct.unpack("<H", content[place : place + 2])[0]
        if tag not in {271, 282, 283, 296, 305, 34377, 34675, 65000}:
            continue
        broken_tags += 1
        for kind, length, value in itertools.product(
            (0, 2, 3, 5, 12, 99), (0, 1, 0xFFFFFFFF), (0, 0xFFFFFFFF, len(content) - 2)
        ):
            odd = struct.pack("<HII", kind, length, value)
            broken = content[: place + 2] + odd + content[place + 12 :]
            np.testing.assert_array_equal(values_of(broken), expected)
    assert broken_tags >= 5


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_exif_of_heif(file_format):
    """The boxes turn it, once; EXIF in any state does not matter."""
    picture = blobs((240, 160))
    content = file_of(picture, file_format, quality=95, exif=turned_exif(), xmp=b"<x/>")
    expected = values_of(content)
    assert np.abs(expected - clockwise(np.asarray(picture).astype(int))).mean() < 8
    for mark in (b"MM\0*", b"II*\0"):
        place = content.find(mark)
        for junk in (b"\xff" * 8, bytes(8)) if place > 0 else ():
            broken = content[:place] + junk + content[place + 8 :]
            np.testing.assert_array_equal(values_of(broken), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_in_every_format(orientation):
    undo = [
        *(lambda a: a, lambda a: a[:, ::-1], lambda a: a[::-1, ::-1], lambda a: a[::-1]),
        *(lambda a: a.transpose(1, 0, 2), lambda a: np.rot90(a)),
        *(lambda a: a.transpose(1, 0, 2)[::-1, ::-1], lambda a: np.rot90(a, -1)),
    ][orientation - 1]
    upright = np.asarray(blobs())
    stored = Image.fromarray(np.ascontiguousarray(undo(upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[274] = orientation
    for file_format, options in (
        ("PNG", {"exif": exif}),
        ("WEBP", {"exif": exif, "lossless": True}),
        ("TIFF", {"tiffinfo": info}),
        ("TIFF", {"tiffinfo": info, "compression": "tiff_lzw"}),
    ):
        np.testing.assert_array_equal(
            values_of(file_of(stored, file_format, **options)), upright, file_format
        )
    jpeg = values_of(file_of(stored, "JPEG", exif=exif, quality=95, subsampling=0))
    assert np.abs(jpeg - upright).mean() < 3
