"""What a file is that is no picture we read, and what to do about it: one table of signatures."""

from __future__ import annotations

import io
import re
from contextlib import nullcontext
from pathlib import Path

from relevance.pictures.containers import jpeg, tiff
from relevance.pictures.containers.container import read_at

_HEAD = 4096
_EXPORT = "export it as PNG or JPEG"
_UNPACK = "unpack it and name the folder"
_FRAME = "take a frame of it as PNG or JPEG"
_AGAIN = "download the picture again"

_SIGNATURES: tuple[tuple[str, str, str], ...] = (
    # start (regular expression over the first bytes), what it is, what to do
    (r"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a", "a JPEG XL picture", _EXPORT),
    (r"....ftyp(crx )", "a camera's raw file (CR3)", "export it as JPEG"),
    (
        r"II\*\0....CR|IIU\0|IIR[OS]|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM",
        "a camera's raw file",
        "export it as JPEG",
    ),
    (r"....ftyp(heic|heix|hevc|hevx|mif1|msf1|avif|avis)", "", ""),  # damaged, not foreign
    (r"....ftyp(M4A |M4B )", "a sound file (MPEG-4)", "leave it out"),
    (r"....(ftyp|moov|mdat|wide|skip)", "a video (MPEG-4 or QuickTime)", _FRAME),
    (r"RIFF....AVI ", "a video (AVI)", _FRAME),
    (r"\x1a\x45\xdf\xa3", "a video (Matroska or WebM)", _FRAME),
    (r"\0\0\x01[\xb3\xba]|FLV\x01|OggS|0&\xb2u", "a video", _FRAME),
    (r"RIFF....WAVE|ID3|fLaC", "a sound file", "leave it out"),
    (r"8BPS", "a Photoshop document (PSD)", _EXPORT),
    (r"%PDF|.{0,1000}?%PDF-", "a PDF document", "export its pages as PNG or JPEG"),
    (r"%!PS|\xc5\xd0\xd3\xc6|%!", "a PostScript or EPS document", _EXPORT),
    (r"PK\x03\x04.{26,200}?mimetypeimage/openraster", "a layered drawing (OpenRaster)", _EXPORT),
    (r"PK\x03\x04.{26}mimetypeapplication/", "a document (OpenDocument or EPUB)", _EXPORT),
    (r"PK\x03\x04.{26}(\[Content_Types\]|_rels/|word/|xl/|ppt/)", "an Office document", _EXPORT),
    (r"PK[\x03\x05\x07][\x04\x06\x08]", "a ZIP archive", _UNPACK),
    (
        r"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\xfd7zXZ\0|BZh[1-9]|\x28\xb5\x2f\xfd",
        "an archive",
        _UNPACK,
    ),
    (r"\x1f\x8b", "a gzip file", "unpack it"),
    (r".{257}ustar", "a TAR archive", _UNPACK),
    (r"\0\0[\x01\x02]\0[^\0]", "an icon or cursor (ICO)", _EXPORT),
    (r"icns", "an icon (ICNS)", _EXPORT),
    (r"gimp xcf", "a GIMP document (XCF)", _EXPORT),
    (r"\x01\xda[\0\x01][\x01\x02]", "a Silicon Graphics picture (SGI)", _EXPORT),
    (r"v/1\x01", "an OpenEXR picture", _EXPORT),
    (r"#\?(RADIANCE|RGBE)", "a Radiance HDR picture", _EXPORT),
    (r"DDS ", "a DirectDraw texture (DDS)", _EXPORT),
    (r"\xabKTX |\x13\xab\xa1\x5c", "a texture (KTX or ASTC)", _EXPORT),
    (r"qoif", "a QOI picture", _EXPORT),
    (r"farbfeld", "a farbfeld picture", _EXPORT),
    (r"BPG\xfb", "a BPG picture", _EXPORT),
    (r"FLIF", "a FLIF picture", _EXPORT),
    (r"P[1-7fF][\s#]", "a Netpbm picture (PBM, PGM, PPM)", _EXPORT),
    (r"SIMPLE  =", "an astronomical picture (FITS)", _EXPORT),
    (r".{128}DICM", "a medical picture (DICOM)", _EXPORT),
    (r"II\xbc[\0\x01]", "a JPEG XR picture", _EXPORT),
    (r"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF|\x01\0\x09\0\0\x03", "a Windows metafile", _EXPORT),
    (r"AT&TFORM", "a DjVu document", _EXPORT),
    (r"\x0a[\0-\x05]\x01[\x01\x02\x04\x08]", "a PCX picture", _EXPORT),
    (r"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", _EXPORT),
    (r"\x7fELF|MZ", "a program", "leave it out"),
    (r"SQLite format 3\0", "a database (SQLite)", "leave it out"),
    (r"PAR1|ARROW1", "a table (Parquet or Arrow)", "give it to `relevance captions`"),
    (r".{12}CgBI", "a PNG packed for iPhone apps (CgBI)", "convert it to a usual PNG"),
    (r"\0{64}", "full of zeros (a download or copy that failed)", _AGAIN),
    (r"version https://git-lfs", "a Git LFS pointer, not the file itself", "run `git lfs pull`"),
    (r"/annex/objects/", "a git-annex pointer, not the file itself", "run `git annex get`"),
)
_TEXTS: tuple[tuple[str, str, str], ...] = (
    # search in text that starts with "<" or is readable
    (r"\A\s*(<\?xml.*?|<!--.*?)?(<!DOCTYPE svg.*?)?<(svg:)?svg[\s>]", "an SVG drawing", _EXPORT),
    (
        r"\A\s*(<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(!doctype html|html|head|body|title|script|meta)",
        "a web page (HTML), perhaps an error page",
        _AGAIN,
    ),
    (
        r"\A\s*<\?xml|\A\s*<[a-zA-Z][\w:.-]*[\s>/]",
        "an XML document, perhaps an error message",
        _AGAIN,
    ),
    (r"\A\s*[{\[]", "a JSON document, perhaps an error message", _AGAIN),
    (r"\A\s*data:image/", "the text of a data: address", "save the picture that it holds"),
    (r"\A\s*https?://\S+\s*\Z", "a text with an address", "download the picture that it names"),
    (r"", "a text", _AGAIN),
)
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_ARITHMETIC = {0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_LOSSLESS = {0xC3, 0xC5, 0xC6, 0xC7}


def name_foreign(source: Path | bytes, *, was_opened: bool) -> str:
    """Say what a file is that could not be read, and what to do; empty where that is not known.

    Args:
        source: The file, or its content.
        was_opened: Whether a decoder knew what it is, and failed later.
    """
    opened = nullcontext(io.BytesIO(source)) if isinstance(source, bytes) else source.open("rb")
    with opened as stream:
        head = read_at(stream, 0, _HEAD)
        if head.startswith(jpeg.SIGNATURE):
            return _advice(*_odd_jpeg(*jpeg.frame(stream)))
        if head.startswith(tiff.SIGNATURES) and tiff.is_camera_raw(stream):
            return _advice("a camera's raw file", "export it as JPEG")
        if head.startswith(tiff.SIGNATURES) and tiff.is_float(stream):
            return _advice("a TIFF with floating-point colours", "save it with 8 or 16 bits")
        if head.startswith(tiff.SIGNATURES) and not was_opened and tiff.pages(stream):
            return _advice("a TIFF of an unusual kind", "save it with 8 bits a colour")
    for start, what, advice in _SIGNATURES:
        if re.match(start.encode("latin-1"), head, re.DOTALL):
            return _advice(what, advice)
    text = _text(head)
    for part, what, advice in _TEXTS if text else ():
        if re.search(part, text, re.DOTALL | re.IGNORECASE):
            return _advice(what, advice)
    return ""


def _advice(what: str, advice: str) -> str:
    return f"not a picture that can be read, but {what}; {advice}" if what else ""


def _odd_jpeg(marker: int, bits: int) -> tuple[str, str]:
    if marker in _LOSSLESS:
        return "a lossless JPEG, as medical devices write", "save it as usual JPEG or PNG"
    if bits > 8:
        return f"a JPEG with {bits} bits a sample", "save it as usual JPEG or PNG"
    if marker in _ARITHMETIC:
        return "a JPEG with arithmetic coding", "save it as usual JPEG or PNG"
    return "", ""


def _text(head: bytes) -> str:
    """Return readable text; empty where the bytes are none."""
    encoding = next((name for mark, name in _BOMS.items() if head.startswith(mark)), "utf-8")
    text = head.decode(encoding, "ignore")
    if encoding == "utf-8" and len(text.encode()) < len(head) - 4:
        text = head.decode("latin-1")
    odd = sum(not (char.isprintable() or char.isspace()) for char in text)
    return text if text.strip() and odd == 0 else ""
