"""Files whose name says that they are a table of a kind, and whose content that they are not."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from relevance.errors import UsageError
from relevance.system.names import printable

_START = 4096
_SAVE = "open it in a spreadsheet and save it as CSV UTF-8"
_UNPACK = "unpack it first"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", _SAVE),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"PAR1", "a Parquet file", "give it a name that ends in .parquet"),
    (b"ARROW1", "an Arrow file", "give it a name that ends in .arrow"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV"),
    (b"%PDF", "a PDF document", "ask for the table as CSV"),
    (b"{\\rtf", "an RTF document", "save it as plain text, UTF-8"),
    (b"\xff\xd8\xff", "a picture", "name the table that lists it"),
    (b"\x89PNG", "a picture", "name the table that lists it"),
    (b"GIF8", "a picture", "name the table that lists it"),
)
_ZIPPED = (
    ("xl/", "an Excel workbook (.xlsx)", _SAVE),
    ("word/", "a Word document", "save its table as CSV UTF-8"),
    ("content.xml", "an OpenDocument file", _SAVE),
)
_WRITTEN = (
    (
        r"<\?xml[^>]*>\s*<\?mso-application|<\?xml[^>]*>\s*<Workbook",
        "an Excel workbook in XML",
        _SAVE,
    ),
    (r"<(!doctype html|html|table|head|body|!--)", "a web page (HTML)", _SAVE),
    (r"<\?xml", "an XML file", "convert it to CSV"),
)
_JSON_LIST = re.compile(r"\[\s*[\[{]")
_JSON_OBJECT = re.compile(r'\{\s*("[^"\n]*"\s*:|\})')


def check_content(path: Path, *, is_lines: bool) -> None:
    """Make sure that a file that should be text is not something else that is well known.

    Args:
        path: The file.
        is_lines: Whether it should be JSON Lines.

    Raises:
        UsageError: It is; the message says what to do.
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(_START)
    what, advice = _known(path, start) or _written(start, is_lines=is_lines) or ("", "")
    if what:
        raise UsageError(
            f"{printable(path)} is {what}, whatever its name says, and no such table; {advice}."
        )


def _known(path: Path, start: bytes) -> tuple[str, str] | None:
    """Tell a file by its signature."""
    if start.startswith(b"PK\x03\x04"):
        return _zipped(path)
    found = ((what, advice) for sign, what, advice in _SIGNATURES if start.startswith(sign))
    return next(found, None)


def _zipped(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        names = []
    return next(
        (
            (what, advice)
            for sign, what, advice in _ZIPPED
            if any(name.startswith(sign) for name in names)
        ),
        ("a ZIP archive", _UNPACK),
    )


def _written(start: bytes, *, is_lines: bool) -> tuple[str, str] | None:
    """Tell text that is no table; marks and zero bytes of wide encodings are passed over."""
    text = start.replace(b"\0", b"").decode("latin-1").lstrip("\xef\xbb\xbf\xff\xfe \t\r\n")
    for pattern, what, advice in _WRITTEN:
        if re.match(pattern, text, re.IGNORECASE):
            return what, advice
    if _JSON_LIST.match(text):
        return "a JSON list", "write an object a line into a file that ends in .jsonl"
    if _JSON_OBJECT.match(text) and not is_lines:
        return "JSON", "with an object a line, give it a name that ends in .jsonl"
    return None
