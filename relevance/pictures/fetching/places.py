"""A cell as people save it -> the place of one picture.

Spreadsheets, shops and scripts wrap addresses: in quotes, lists, formulas, Markdown or HTML,
several in one cell, with marks that nobody sees. What is taken here is what a browser would open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import PurePath
from typing import Any, NamedTuple

from relevance.pictures.formats import PICTURE_SUFFIXES

_UNSEEN = r"\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffc"
"""Characters that nobody sees, but for the two joiners, which some languages write words with."""
_INNER = re.compile(f"[{_UNSEEN}]+")
_EDGE = re.compile(rf"[\s\u200c\u200d{_UNSEEN}]*")

_LONGEST = 20_000  # characters; what is longer is data or nonsense, and patterns take their time
_QUOTES = ('""', "''", "``", "“”", "„“", "””", "‘’", "‚‘", "«»", "»«", "‹›")
_START = r"(?:[a-z][a-z0-9+.-]+:)?//(?:[^\s/]*[.\]]|localhost\b)|[a-z][a-z0-9+.-]+://|www\."
_ADDRESS = re.compile(_START, re.IGNORECASE)
_NEXT = re.compile(rf"""(?<=[\s|;,])(?=["'“„‘<]?(?:{_START}|data:))""", re.IGNORECASE)
_WEB = re.compile(r"https?:[/\\]*", re.IGNORECASE)
_SEPARATOR = re.compile(r"[|;,\n]")
_QUOTED = re.compile(r""""+([^"]+)"+|'+([^']+)'+""")
_FORMULA = re.compile(r"[=+@]\s*[\w.@]+\s*\(.*\)", re.DOTALL)
_BRACKETS = re.compile(r"\[.*\]|\{.*\}|\(.*\)", re.DOTALL)
_TARGET = r"\(\s*<?((?:[^()\s<>]|\([^()\s]*\))+)"
_MARKDOWN = (re.compile(rf"!\[[^\]]*\]{_TARGET}"), re.compile(rf"\[[^\]]*\]{_TARGET}"))
_INSIDE = re.compile(
    r"""(?:^|(?<=[\s"'(\[\]<=>|;,:]))https?://[^\s"'<>\[\]{}|\\^`]+""", re.IGNORECASE
)
_KEYS = ("src", "url", "href", "image", "path")  # of an object in JSON, the most telling first


class Place(NamedTuple):
    """Where a picture is.

    Attributes:
        text: A path or an address.
        n_named: How many different places the cell names, of which this is the first.
    """

    text: str
    n_named: int = 1


def place_of(cell: str) -> Place:
    """Read the cell of a picture; what is no known way to write an address stays as it is."""
    found = list(dict.fromkeys(filter(None, map(_tidy, _several(_bare(cell))))))
    return Place(found[0], len(found)) if found else Place("", 0)


def _several(text: str) -> list[str]:
    """Return the places that a text names, as they are written there."""
    if text[:5].lower() == "data:":  # may hold anything
        return [text]
    if len(text) > _LONGEST:
        return _json(text) or [text]
    for read in (_plain, _json, _html, _formula, _markdown, _list, _files, _embedded):
        if found := read(text):
            return found
    return [text]


def _plain(text: str) -> list[str]:
    """Addresses, one after the other."""
    return _NEXT.split(text) if _ADDRESS.match(text) or _WEB.match(text) else []


def _json(text: str) -> list[str]:
    if text[:1] not in ("[", "{"):
        return []
    try:
        return list(_texts(json.loads(text)))
    except (ValueError, RecursionError):  # of brackets alone, for example
        return []


def _texts(item: Any) -> Iterator[str]:
    """Yield the texts in a JSON value; of an object those that say where something is."""
    if isinstance(item, str):
        yield _bare(item)
    elif isinstance(item, list):
        for part in item:
            yield from _texts(part)
    elif isinstance(item, dict):
        known = [item[key] for key in _KEYS if key in item]
        others = [part for part in item.values() if not isinstance(part, str) or _is_address(part)]
        yield from _texts(known[:1] or others)


def _html(text: str) -> list[str]:
    if not text.startswith("<"):
        return []
    reader = _Tags()
    reader.feed(text)
    return reader.pictures or reader.links


class _Tags(HTMLParser):
    """Collects what a piece of HTML shows, and what it leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value for name, value in attrs if value}
        if tag in {"img", "image", "amp-img"}:
            sources = [known.get(name) for name in ("src", "data-src", "xlink:href")]
            sources.append(known.get("srcset", "").split(" ")[0])
            self.pictures += list(filter(None, sources))[:1]
        elif tag in {"a", "link"} and (target := known.get("href")):
            self.links.append(target)


def _formula(text: str) -> list[str]:
    """The first text in a spreadsheet's formula, which is where the address stands."""
    return _quoted(text)[:1] if _FORMULA.fullmatch(text) else []


def _markdown(text: str) -> list[str]:
    """What Markdown shows, or else what it leads to."""
    if not text.startswith(("[", "![")):
        return []
    return next(filter(None, (pattern.findall(text) for pattern in _MARKDOWN)), [])


def _list(text: str) -> list[str]:
    """A list as Python and PostgreSQL write it, which JSON does not read."""
    if not _BRACKETS.fullmatch(text):
        return []
    inner = text[1:-1].strip()
    quoted = _quoted(inner)
    addresses = list(filter(_is_address, quoted)) or _plain(inner)
    return addresses or (quoted if text[0] == "[" else [])


def _files(text: str) -> list[str]:
    """Names of pictures with something between them that lists have."""
    parts = [part for part in map(_bare, _SEPARATOR.split(text)) if part]
    is_list = len(parts) > 1 and all(
        PurePath(part).suffix.lower() in PICTURE_SUFFIXES for part in parts
    )
    return parts if is_list else []


def _embedded(text: str) -> list[str]:
    """Addresses with other text around them."""
    return [_ending_well(found[0]) for found in _INSIDE.finditer(text)]


def _quoted(text: str) -> list[str]:
    return [first or second for first, second in _QUOTED.findall(text)]


def _is_address(item: object) -> bool:
    return isinstance(item, str) and bool(_ADDRESS.match(_bare(item)))


def _ending_well(address: str) -> str:
    """Cut what belongs to the sentence around an address, not to it."""
    address = address.rstrip(".,;:!")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1]
    return address


def _bare(text: str) -> str:
    """Cut what is not seen, and quotes, from both ends."""
    before = None
    while text != before:
        before, text = text, _trimmed(text)
        if len(text) > _LONGEST:
            return text
        first, last, inner = text[:1], text[-1:], text[1:-1]
        if first + last in _QUOTES and first not in inner.strip(first + last):
            text = inner
        elif first in {'"', "'"} and first not in inner + last and _ADDRESS.match(text, 1):
            text = text[1:]  # an apostrophe is how spreadsheets mark a cell as text
        elif first + last == "<>" and _ADDRESS.match(inner):
            text = inner
    return text


def _trimmed(text: str) -> str:
    """Cut white space and what is not seen from both ends."""
    edge = _EDGE.match(text)
    text = text[edge.end() :] if edge else text
    end = _EDGE.match(text[::-1])
    return text[: len(text) - end.end()] if end else text


def _tidy(text: str) -> str:
    """Write one place as it is opened."""
    text = _bare(text)
    if not (_ADDRESS.match(text) or _WEB.match(text)):
        return text
    text = _INNER.sub("", text).rstrip("|;,\"'").rstrip()
    if text.startswith("//"):
        return f"https:{text}"
    web = _WEB.match(text)
    if not web:
        return text
    path, mark, query = text[web.end() :].partition("?")
    scheme = text.partition(":")[0].lower()
    return f"{scheme}://" + path.replace("\\", "/") + mark + query
