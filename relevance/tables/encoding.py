"""How a text table is encoded: told by its mark, by its bytes, or line by line."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from relevance.errors import UsageError
from relevance.system.names import printable
from relevance.tables.places import LineNumbers

_BLOCK = 1 << 20
_LINES_BLOCK = 1 << 18  # characters of lines that are read together
_START = 1 << 12  # bytes that tell UTF-16 and UTF-32 without a mark
_STRAY_ZEROS = 0.1  # share of zero bytes that stand for nothing
_SAMPLE_BYTES = 1 << 18  # of lines that are not ASCII, which is enough to tell an encoding
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # starts like the next but one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = ("utf-8", "utf-8-sig")
_WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2")
_OTHERS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp932", "gb18030", "big5")
_UNUSED = b"\x81\x8d\x8f\x90\x9d"  # bytes that mean nothing in Windows-1252
_ABOUT = 0.8
_LATIN_ENDS = "\u0180"  # Latin letters with accents come before
_SIGNS = range(0x2010, 0x2123)  # dashes, quotation marks, the euro, the trade mark


@dataclass(frozen=True, slots=True)
class Encoding:
    """How text is encoded.

    Attributes:
        name: As Python names it.
        is_guessed: Whether it was told by the bytes, which can go wrong.
        fallback: Encoding of lines that are not in ``name``; empty where such a line is a fault.
        is_mostly_fallback: Whether most lines are in ``fallback``, so that a line counts as UTF-8
            only if its letters are those of Western Europe.
    """

    name: str
    is_guessed: bool = False
    fallback: str = ""
    is_mostly_fallback: bool = False

    def blocks(self, path: Path, odd: LineNumbers | None = None) -> Iterator[list[str]]:
        """Yield the lines of a file, some thousand at a time, with their ends.

        Args:
            path: The file.
            odd: Gets the numbers of the lines that were in ``fallback``.

        Raises:
            UnicodeError: A line is in no encoding that it may be in.
            OSError: The file cannot be read.
        """
        errors = "surrogateescape" if self.fallback else "strict"
        with path.open(encoding=self.name, errors=errors, newline="") as stream:
            number = 0
            while lines := stream.readlines(_LINES_BLOCK):
                if self.fallback:
                    for at, line in enumerate(lines):
                        if not line.isascii() and not self._is_own(line):
                            lines[at] = self._in_fallback(line)
                            if odd is not None:
                                odd.add(number + at + 1)
                number += len(lines)
                yield lines

    def _is_own(self, line: str) -> bool:
        """Say whether a line was in ``name``: bytes that are not have become half pairs."""
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            return False
        return not self.is_mostly_fallback or _is_western(line)

    def _in_fallback(self, line: str) -> str:
        return line.encode(self.name.removesuffix("-sig"), "surrogateescape").decode(
            self.fallback, "backslashreplace"
        )


def encoding_of(path: Path, asked: str | None = None) -> Encoding:
    """Find out how a text file is encoded.

    Args:
        path: The file.
        asked: Its encoding, if it is known.

    Raises:
        UsageError: There is no such encoding, or none can be told.
        OSError: It cannot be read.
    """
    marked = _mark_of(path)
    if asked:
        return Encoding(_named(path, asked, marked))
    name = marked or _unmarked_wide(path) or "utf-8"
    if name not in _UTF8 or _is_utf8(path):
        return Encoding(name)
    return _mixed(path, name)


def _mixed(path: Path, name: str) -> Encoding:
    """Tell the encoding of a file of which not every line is UTF-8."""
    n_utf8, n_other, size, has_western = 0, 0, 0, False
    known: set[str] = set()
    sample: list[bytes] = []
    for number, line in enumerate(_lines_of_bytes(path)):
        if number == 0:
            sample.append(line)
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            n_other += 1
            if size < _SAMPLE_BYTES and number > 0:
                sample.append(line)
                size += len(line)
        else:
            n_utf8 += 1
            has_western = has_western or _is_western(text)
            known.update(text)
    guess = _guess(b"".join(sample), path)
    if n_utf8 >= n_other or name == "utf-8-sig":
        other = _likest(b"".join(sample), guess, known)
        return Encoding(name, is_guessed=True, fallback=other)
    if has_western and guess in _WESTERN:
        return Encoding(name, is_guessed=True, fallback=guess, is_mostly_fallback=True)
    # what an encoding has no sign for, such as byte 81 in Windows-1252, stops no table
    return Encoding(guess, is_guessed=True, fallback=guess)


def _likest(sample: bytes, guess: str, known: set[str]) -> str:
    """Return the encoding under which a sample has most of the letters of other lines."""

    def n_known(name: str) -> int:
        return sum(char > "\x7f" and char in known for char in sample.decode(name, "replace"))

    return max((guess, *_OTHERS), key=n_known)


def _is_western(text: str) -> bool:
    """Say whether what is not ASCII is what people of Western Europe write.

    The two bytes of such a letter are "Ã¶" or "â€™" in Windows-1252, which nobody writes; those of
    others can be a word's end there, such as "É®".
    """
    return all(
        char < _LATIN_ENDS or ord(char) in _SIGNS for char in text.lstrip("\ufeff") if char > "\x7f"
    )


def _guess(sample: bytes, path: Path) -> str:
    """Guess an encoding; Windows-1252, by far the most usual, where it is about as likely."""
    import chardet  # slow, and few tables need it

    likely: dict[str, float] = {}
    for text in {sample, sample.translate(None, _UNUSED)}:
        # What spreadsheets write today, and of two that read alike the one with more signs: a table
        # with a letter or two outside ASCII would be taken for some rare ISO encoding otherwise.
        for found in chardet.detect_all(
            text,
            ignore_threshold=True,
            encoding_era=chardet.EncodingEra.MODERN_WEB,
            prefer_superset=True,
        ):
            if found["encoding"]:
                name = codecs.lookup(found["encoding"]).name
                likely[name] = max(likely.get(name, 0.0), found["confidence"])
    if not likely:
        raise UsageError(
            f"The encoding of {printable(path)} cannot be told; name it with --encoding."
        )
    best = max(likely, key=lambda name: likely[name])
    usual = likely.get("cp1252", 0.0)
    return "cp1252" if usual >= _ABOUT * likely[best] and usual else best


def _named(path: Path, asked: str, marked: str) -> str:
    """Return an encoding by its usual name; with its mark, where the file starts with that."""
    try:
        name = codecs.lookup(asked).name
    except LookupError as error:
        raise UsageError(
            f"{printable(path)} is not text in the encoding {printable(asked)}: {error}."
        ) from error
    return marked if marked and name.startswith(marked.removesuffix("-sig")) else name


def _mark_of(path: Path) -> str:
    """Return the encoding whose mark the file starts with; empty for no mark."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def _unmarked_wide(path: Path) -> str:
    """Tell UTF-16 and UTF-32 by the zero bytes beside delimiters and line ends; empty if neither.

    Text in one byte a sign has no zero bytes; the file must be sound from end to end.
    """
    with path.open("rb") as stream:
        start = stream.read(_START)
    if (
        b"\0" not in re.split(b"[\r\n]", start, maxsplit=1)[0]
    ):  # names have no zero bytes of their own
        return ""
    zeros = [start[at::4].count(0) / (len(start[at::4]) or 1) for at in range(4)]
    wide = (
        ("utf-32-le", min(zeros[2:])),
        ("utf-32-be", min(zeros[:2])),
        ("utf-16-le", zeros[1] + zeros[3] - zeros[0] - zeros[2]),
        ("utf-16-be", zeros[0] + zeros[2] - zeros[1] - zeros[3]),
    )
    return next(
        (name for name, share in wide if share > _STRAY_ZEROS and _decodes(path, name)),
        "",
    )


def _is_utf8(path: Path) -> bool:
    return _decodes(path, "utf-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            for block in _blocks(stream):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines_of_bytes(path: Path) -> Iterator[bytes]:
    """Yield lines, whatever ends them."""
    with path.open(encoding="latin-1", newline="") as stream:
        for line in stream:
            yield line.encode("latin-1")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block
