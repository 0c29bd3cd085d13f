"""What a sort does, noted on the disk before and after each picture, so that it can be undone.

A text file of JSON Lines in the folder that is sorted into. Where pictures went is written from
that folder on, so that it may be moved as a whole; where they came from is absolute. A line that a
kill has torn is the last and is passed over.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from relevance.errors import UsageError
from relevance.exports.drafts import settle_folder
from relevance.exports.locks import hold
from relevance.system.finding import meant, why_unreadable
from relevance.system.json_reader import JsonError, build, parse
from relevance.system.names import printable

_FORMAT, _VERSION = "relevance sort", 1
_HEAD, _FOLDER, _INTENT, _DONE, _VOID = "head", "folder", "intent", "done", "void"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was to be done with one picture.

    Attributes:
        source: Where it was, absolute, or its address.
        target: Where it was to go, from the log's folder on.
        action: "copy", "move" or "link".
        size: Of the picture, in bytes.
        sha256: Of a copy that is known to be whole, in hexadecimal digits; empty of what is not
            known to be done, and of what is no copy.
        is_done: Whether it is known to be done; else it may be, or not, or in part.
    """

    source: str
    target: str
    action: str
    size: int
    sha256: str = ""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What a log says.

    Attributes:
        folder: The folder that it lies in.
        entries: What was begun, and may have been done.
        made: Folders that were made, from the log's folder on.
    """

    folder: Path
    entries: tuple[Entry, ...]
    made: tuple[str, ...]


class Log:
    """A log that is being written; whoever would undo it meanwhile is told to wait."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        """Begin one, with what the sort is about.

        Raises:
            OSError: It cannot be written.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.path = folder / f"sort-{stamp}-{secrets.token_hex(2)}.jsonl"
        self._stream = self.path.open("xb")
        self._lock = hold(self.path)
        self._number = 0
        self._write({"step": _HEAD, "format": _FORMAT, "version": _VERSION, **facts})
        settle_folder(folder)

    def folder(self, target: str) -> None:
        """Note, before it is made, a folder."""
        self._write({"step": _FOLDER, "target": target})

    def intent(self, source: str, target: str, action: str, size: int) -> None:
        """Note what will be done next; see ``Entry``."""
        self._number += 1
        entry = {"source": source, "target": target, "action": action, "size": size}
        self._write({"step": _INTENT, "number": self._number, **entry})

    def done(self, digest: bytes) -> None:
        """Note that it is done, and the hash of a copy."""
        self._write({"step": _DONE, "number": self._number, "sha256": digest.hex()})

    def void(self) -> None:
        """Note that it could not be done, and that nothing is left of it."""
        self._write({"step": _VOID, "number": self._number})

    def close(self) -> None:
        """End it; of a line that a full disk has cut off, no more is written."""
        with contextlib.suppress(OSError):
            self._stream.close()
        if self._lock is not None:
            os.close(self._lock)

    def _write(self, record: Mapping[str, Any]) -> None:
        """Write a line, and wait until it is on the disk.

        JSON of ASCII alone: names whose bytes are no UTF-8 are then read back as they were.
        """
        self._stream.write(json.dumps(record).encode("ascii") + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())


@dataclass(slots=True)
class _Reading:
    """What was read of a log so far."""

    entries: dict[int, Entry] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def take(self, record: Mapping[str, Any]) -> None:
        """Take a line; raises ``JsonError`` where it is none of a log."""
        step, number = record.get("step"), record.get("number")
        if step == _FOLDER:
            self.made.append(_inside(record.get("target")))
        elif step == _INTENT and type(number) is int:
            self.entries[number] = build(Entry, dict(record), target=_inside(record.get("target")))
        elif step == _DONE and number in self.entries:
            digest = record.get("sha256")
            sha256 = digest if isinstance(digest, str) else ""
            self.entries[number] = replace(self.entries[number], sha256=sha256, is_done=True)
        elif step == _VOID and number in self.entries:
            del self.entries[number]
        else:
            raise JsonError("it is no step of a sort")


def read_log(path: str | Path) -> History:
    """Read a log, also one that a kill has torn.

    Raises:
        UsageError: It cannot be read, is no log, or is damaged within.
    """
    place = meant(path)
    try:
        *lines, _torn = place.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(why_unreadable(path, error)) from error
    if not lines or not _is_head(lines[0]):
        raise UsageError(f"{printable(path)} is not a log that `relevance sort` wrote.")
    reading = _Reading()
    for number, line in enumerate(lines[1:], 2):
        try:
            reading.take(_record(line))
        except JsonError as error:
            raise UsageError(
                f"{printable(path)} is damaged in line {number}: {error}. Nothing was brought back."
            ) from error
    folder = Path(os.path.abspath(place)).parent
    return History(folder, tuple(reading.entries.values()), tuple(reading.made))


def _is_head(line: bytes) -> bool:
    try:
        record = _record(line)
    except JsonError:
        return False
    return (record.get("format"), record.get("version")) == (_FORMAT, _VERSION)


def _record(line: bytes) -> dict[str, Any]:
    found = parse(line)
    if not isinstance(found, dict):
        raise JsonError("it is no object")
    return found


def _inside(target: object) -> str:
    """Return a target; raise ``JsonError`` where it leads out of the log's folder."""
    if not isinstance(target, str) or "\0" in target:
        raise JsonError("target is no path")
    parts = PurePath(target).parts
    if not parts or PurePath(target).is_absolute() or ".." in parts:
        raise JsonError("target leads out of the folder")
    return target
