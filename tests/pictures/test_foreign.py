"""What is no supported picture is named, with what to do."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import wave
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.support.picture_files import blobs, file_of, reason_of, tiff, tiff_pages

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>'


def archive(name: str, content: bytes = b"x" * 99) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(name, content)
    return buffer.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("a.jpg"))
    return buffer.getvalue()


def sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(99))
    return buffer.getvalue()


def box(kind: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + kind + bytes(4) + kind + b"isom" + bytes(99)


def frame(marker: int, bits: int) -> bytes:
    """A JPEG whose frame is of another kind."""
    content = bytearray(file_of(blobs(), "JPEG"))
    place = content.index(b"\xff\xc0")
    content[place + 1], content[place + 4] = marker, bits
    return bytes(content)


def floats(dtype: type, bands: int) -> bytes:
    return tiff(np.zeros((2, 2, bands), dtype), 2 if bands > 1 else 1)


def camera() -> bytes:
    preview, sensor = np.zeros((4, 4, 3), np.uint8), np.zeros((9, 9, 1), np.uint16)
    return tiff_pages([(preview, 2, {254: (4, [1])}), (sensor, 32803, {})])


FILES = [
    (SVG, "an SVG drawing; export it as PNG or JPEG"),
    (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG, "an SVG drawing"),
    (b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">' + SVG, "an SVG drawing"),
    (SVG.decode().encode("utf-16"), "an SVG drawing"),
    (b"\xff\x0a\x10\x20\x30" + bytes(50), "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), "a JPEG XL picture"),
    (frame(0xC1, 12), "a JPEG with 12 bits a sample; save it as usual JPEG or PNG"),
    (frame(0xC3, 8), "a lossless JPEG"),
    (floats(np.float32, 3), "a TIFF with floating-point colours; save it with 8 or 16 bits"),
    (floats(np.float16, 3), "a TIFF with floating-point colours"),
    (floats(np.float64, 1), "a TIFF with floating-point colours"),
    (tiff(np.zeros((2, 2, 3), np.uint32), 2), "a TIFF of an unusual kind; save it with 8 bits"),
    (tiff(np.zeros((2, 2, 2), np.uint16), 1), "a TIFF of an unusual kind"),
    (b"8BPS\0\1" + bytes(99), "a Photoshop document (PSD)"),
    (archive("a.jpg"), "a ZIP archive; unpack it and name the folder"),
    (archive("[Content_Types].xml"), "an Office document"),
    (b"%PDF-1.7\n%\xe2\xe3", "a PDF document; export its pages as PNG or JPEG"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript or EPS document"),
    (b"\xc5\xd0\xd3\xc6" + bytes(30), "a PostScript or EPS document"),
    (file_of(Image.new("RGB", (16, 16)), "ICO"), "an icon or cursor (ICO)"),
    (file_of(Image.new("RGB", (16, 16)), "PPM"), "a Netpbm picture (PBM, PGM, PPM)"),
    (file_of(Image.new("RGB", (16, 16)), "PCX"), "a PCX picture"),
    (file_of(Image.new("RGB", (16, 16)), "DDS"), "a DirectDraw texture (DDS)"),
    (file_of(Image.new("RGB", (16, 16)), "SGI"), "a Silicon Graphics picture (SGI)"),
    (camera(), "a camera's raw file; export it as JPEG"),
    (b"II*\0\x10\0\0\0CR\2\0" + bytes(99), "a camera's raw file"),
    (b"FUJIFILMCCD-RAW 0201" + bytes(99), "a camera's raw file"),
    (box(b"crx "), "a camera's raw file (CR3)"),
    (box(b"isom"), "a video (MPEG-4 or QuickTime)"),
    (box(b"qt  "), "a video (MPEG-4 or QuickTime)"),
    (b"\x1a\x45\xdf\xa3" + bytes(50), "a video (Matroska or WebM)"),
    (sound(), "a sound file"),
    (gzip.compress(b"x"), "a gzip file; unpack it"),
    (tar(), "a TAR archive"),
    (b"<!DOCTYPE html><title>404</title>", "a web page (HTML), perhaps an error page; download"),
    (b"\n  <html><body>Sign in</body></html>", "a web page (HTML)"),
    (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
    (b'{"error": "not found"}', "a JSON document, perhaps an error message"),
    (b"Not Found\n", "a text; download the picture again"),
    ("Größe nicht gefunden".encode(), "a text"),
    (b"https://example.org/a.jpg\n", "a text with an address; download the picture"),
    (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "a Git LFS pointer, not the file itself; run `git lfs pull`",
    ),
    (bytes(5000), "full of zeros (a download or copy that failed); download"),
]


@pytest.mark.parametrize(("content", "name"), FILES, ids=[name[:30] for _, name in FILES])
def test_it_is_named(content, name):
    assert reason_of(content).startswith(f"not a picture that can be read, but {name}")


@pytest.mark.parametrize("content", [b"\x93\x01\xf0\x9d" * 30, b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_what_is_unknown_is_called_so(content):
    assert reason_of(content) == "not a picture, or damaged beyond recognition"
