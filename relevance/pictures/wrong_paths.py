"""A PATH in which no picture can be found -> one sentence: what it is, and what to do instead."""

from __future__ import annotations

import glob
import os
import re
import shlex
import stat
import urllib.request
from collections.abc import Callable
from pathlib import Path

from relevance.pictures.formats import is_picture
from relevance.system.finding import did_you_mean
from relevance.system.names import printable

_ADDRESS = re.compile(r"(data:|www\.|[a-z][a-z0-9+.-]+:/)", re.IGNORECASE)
_FILE_ADDRESS = re.compile(r"file:/+(?:localhost/)?", re.IGNORECASE)
_PATTERN_SIGNS = frozenset("*?[")
_LONGEST = 200

_ARCHIVES = {
    b"PK\x03\x04": 0,
    b"PK\x05\x06": 0,
    b"7z\xbc\xaf\x27\x1c": 0,
    b"Rar!\x1a\x07": 0,
    b"\x1f\x8b": 0,
    b"BZh": 0,
    b"\xfd7zXZ\x00": 0,
    b"\x28\xb5\x2f\xfd": 0,
    b"ustar": 257,
}
"""How archives begin (``ustar``: at which byte a tar archive says so)."""
_ARCHIVE_ENDINGS = frozenset({".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"})
TABLE_ENDINGS = frozenset(
    {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow", ".feather", ".ipc"}
    | {".xlsx", ".xlsm", ".xls", ".ods"}
)
_HEAD = 300


def why_not_there(given: str) -> str:
    """Say what a path is that names nothing on this machine."""
    name = printable(given)[:_LONGEST]
    for look in (_address, _broken_link, _pattern, _several):
        reason = look(given)
        if reason:
            return f"{name} {reason}."
    near = did_you_mean(given)
    if near == ".":
        near = "; check the path (`score` takes the keyword first)."
    return f"There is no folder or file {name}{near}"


def why_no_picture(path: Path) -> str:
    """Say what a file is that holds pictures in a way that PATH does not take; empty if none."""
    for looks_like, reason in _HOLDERS:
        if looks_like(path) and not is_picture(path):
            return f"{printable(path)} {reason}."
    return ""


def _address(given: str) -> str:
    if not _ADDRESS.match(given):
        return ""
    if local := _FILE_ADDRESS.match(given):
        path = urllib.request.url2pathname(given[local.end() - 1 :])
        return f"is an address; give it as a path, {printable(path)}"
    return (
        "is an address, and PATH takes what is on this machine; download its pictures into a "
        "folder, or list their addresses in a table for `relevance captions`"
    )


def _broken_link(given: str) -> str:
    try:
        return f"is a link to {printable(Path(given).readlink())}, which is not there"
    except (OSError, ValueError):
        return ""


def _pattern(given: str) -> str:
    if not _PATTERN_SIGNS.intersection(given):
        return ""
    plain = (path for path in Path(given).parents if not _PATTERN_SIGNS.intersection(str(path)))
    folder = printable(next(plain))  # "." or "/" at the latest
    if any(glob.iglob(given)):  # noqa: PTH207 (pathlib takes no absolute pattern)
        return (
            "is a pattern that no shell has expanded; give it without quotes, or give the folder "
            f"{folder} and leave out what you do not want with --exclude"
        )
    return f"is a pattern that meets nothing; give a folder, such as {folder}, or another pattern"


def _several(given: str) -> str:
    for part in (_words, str.splitlines, _listed):
        paths = part(given)
        if len(paths) > 1 and all(map(os.path.lexists, paths)):
            return f"is {len(paths)} paths in one; give them one by one, each in its own quotes"
    return ""


def _words(given: str) -> list[str]:
    try:
        return shlex.split(given)
    except ValueError:  # a quotation mark without its other half
        return []


def _listed(given: str) -> list[str]:
    return [part.strip() for part in re.split("[,;]", given)]


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() in _ARCHIVE_ENDINGS or any(
        _head(path).startswith(mark, start) for mark, start in _ARCHIVES.items()
    )


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLE_ENDINGS


def _head(path: Path) -> bytes:
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as stream:
                return stream.read(_HEAD)
    except OSError:
        pass
    return b""


_HOLDERS: tuple[tuple[Callable[[Path], bool], str], ...] = (
    (
        _is_table,
        "is a table, and PATH takes folders of pictures; `relevance captions` scores the pictures "
        "that a table names",
    ),
    (_is_archive, "is an archive; unpack it, and give the folder that it becomes"),
)
