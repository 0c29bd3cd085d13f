"""How a text table is written: its encoding, delimiter and line ends."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError

_BLOCK = 1 << 20
_SAMPLE_BYTES = 1 << 18  # of lines that are not ASCII, which is enough to tell an encoding
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # starts like the next but one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text file is written.

    Attributes:
        encoding: As Python names it.
        delimiter: Between cells.
        line_end: After each row.
        is_guessed: Whether the encoding was told by the bytes, which can go wrong.
    """

    encoding: str
    delimiter: str
    line_end: str
    is_guessed: bool = False

    @property
    def for_output(self) -> str:
        """Encoding of tables made from this one.

        UTF-8, which holds what we add, with a mark at the start where the program that wrote the
        original would not expect it otherwise.
        """
        return "utf-8" if self.encoding == "utf-8" else "utf-8-sig"


def delimiter_of(header: str) -> str:
    """Return the delimiter that makes the most columns of a header; a comma where none does."""
    return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([header], delimiter=sign), [])))


def dialect_of(path: Path, encoding: str | None) -> Dialect:
    """Find out how a delimited text file is written.

    Args:
        path: The file.
        encoding: Its encoding, if it is known.

    Raises:
        UsageError: It is not text in that encoding, or in any that can be told.
        OSError: It cannot be read.
    """
    try:
        encoding, is_guessed = (_named(path, encoding), False) if encoding else _encoding_of(path)
        with path.open(encoding=encoding, newline="") as stream:
            header = next(iter(stream), "")
    except (UnicodeError, LookupError) as error:
        raise UsageError(f"{path} is not text in the encoding {encoding}: {error}.") from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else delimiter_of(header.rstrip("\r\n"))
    line_end = "\r\n" if header.endswith("\r\n") else "\n"
    return Dialect(encoding, delimiter, line_end, is_guessed)


def _encoding_of(path: Path) -> tuple[str, bool]:
    """Tell by its mark, by being UTF-8 from end to end, or else guess."""
    marked = _mark_of(path)
    if marked:
        return marked, False
    if _is_utf8(path):
        return "utf-8", False
    import chardet  # slow, and few tables need it

    # What spreadsheets write today, and of two that read alike the one with more signs: a table
    # with a letter or two outside ASCII would be taken for some rare ISO encoding otherwise.
    guess = chardet.detect(
        _telling_lines(path), encoding_era=chardet.EncodingEra.MODERN_WEB, prefer_superset=True
    )["encoding"]
    if not guess:
        raise UsageError(f"The encoding of {path} cannot be told; name it with --encoding.")
    return codecs.lookup(guess).name, True


def _named(path: Path, encoding: str) -> str:
    """Return an encoding by its usual name; with its mark, where the file starts with that."""
    name = codecs.lookup(encoding).name
    marked = _mark_of(path)
    return marked if marked and name.startswith(marked.removesuffix("-sig")) else name


def _mark_of(path: Path) -> str:
    """Return the encoding whose mark the file starts with; empty for no mark."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _telling_lines(path: Path) -> bytes:
    """Return the first line and those that are not ASCII: the others are alike in all encodings."""
    size = 0
    with path.open("rb") as stream:
        found = [stream.readline()]
        for line in stream:
            if not line.isascii():
                found.append(line)
                size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return b"".join(found)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
