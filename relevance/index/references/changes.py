"""What was done to references, as records that never change; what is there follows from them.

Records need no order and no lock: a reference is there if a change that was not undone added it,
and none that was not undone removed it. A run was undone if another undid it that was not undone
itself. So records that several processes wrote at once are simply taken together, and one that is
met twice counts once.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from relevance.system.json_reader import JsonError, build, parse
from relevance.system.names import natural_key

ADD, GROW, REMOVE, UNDO = "add", "grow", "remove", "undo"
_FORMAT, VERSION = "relevance references", 1


def new_id() -> str:
    """Make up an id that nobody else has."""
    return secrets.token_hex(6)


def now() -> str:
    """Return the present time, in UTC, as records have it: it sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture that was made a reference.

    Attributes:
        id: Its own.
        type: What it shows.
        digest: SHA-256 of the picture's file, as hex.
        origin: Where the picture was.
        similarity: To the type when it was recognised; None where it was given.
    """

    id: str
    type: str
    digest: str
    origin: str
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done.

    Attributes:
        id: Its own.
        run: What all changes of one call have in common.
        when: See ``now``.
        kind: "add", "grow", "remove" or "undo".
        added: References.
        removed: Ids of entries.
        undoes: The run whose changes do not count while this one does; empty but for "undo".
    """

    id: str
    run: str
    when: str
    kind: str
    added: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that stands for a type.

    Attributes:
        type: What it shows.
        digest: SHA-256 of its file, as hex.
        origin: Where the picture was when it was taken in.
        when: When that was, in UTC.
        similarity: To the type when it was recognised; None where it was given by somebody.
        entries: Ids of the entries that say so; of one that two processes added, there are two.
    """

    type: str
    digest: str
    origin: str
    when: str
    similarity: float | None
    entries: tuple[str, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        """The beginning of its digest, by which commands know it."""
        return self.digest[:12]

    @property
    def is_grown(self) -> bool:
        """Whether it was recognised rather than given."""
        return self.similarity is not None


@dataclass(frozen=True, slots=True)
class _File:
    """What a file of changes holds, beside its format and version."""

    changes: tuple[Change, ...] = ()


def distinct(changes: Iterable[Change]) -> list[Change]:
    """Return each change once; merging may have left one in two files."""
    return list({change.id: change for change in changes}.values())


def references_of(changes: Iterable[Change]) -> list[Reference]:
    """Return what is there after all changes, by type and time."""
    active = _active(changes)
    gone = {entry for change in active for entry in change.removed}
    found: dict[tuple[str, str], Reference] = {}
    for change in sorted(active, key=lambda change: (change.when, change.id)):
        for entry in change.added:
            if entry.id in gone:
                continue
            key = entry.type, entry.digest
            first = found.get(key) or Reference(
                entry.type, entry.digest, entry.origin, change.when, entry.similarity
            )
            found[key] = Reference(
                *(first.type, first.digest, first.origin, first.when, first.similarity),
                entries=(*first.entries, entry.id),
            )
    return sorted(found.values(), key=lambda item: (natural_key(item.type), item.when))


def by_type(references: Iterable[Reference]) -> dict[str, list[Reference]]:
    """Return references by their type, in their order."""
    found: dict[str, list[Reference]] = {}
    for item in references:
        found.setdefault(item.type, []).append(item)
    return found


def last_run(changes: Iterable[Change]) -> str:
    """Return the latest run that can be undone; empty where there is none."""
    done = [change for change in _active(changes) if change.kind != UNDO]
    return max(done, key=lambda change: change.when).run if done else ""


def undone_runs(changes: Iterable[Change]) -> frozenset[str]:
    """Return the runs that do not count."""
    undoing: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.kind == UNDO:
            undoing[change.undoes].add(change.run)
    return frozenset([run for run in undoing if _is_undone(run, undoing, frozenset())])


def _is_undone(run: str, undoing: Mapping[str, set[str]], above: frozenset[str]) -> bool:
    """Say it of a run; those above it asked, and have no say, or a circle would never end."""
    above |= {run}
    others = undoing.get(run, set()) - above
    return any(not _is_undone(other, undoing, above) for other in others)


def _active(changes: Iterable[Change]) -> list[Change]:
    every = distinct(changes)
    undone = undone_runs(every)
    return [change for change in every if change.run not in undone]


def to_bytes(changes: Iterable[Change]) -> bytes:
    """Return changes as a file."""
    plain = {"format": _FORMAT, "version": VERSION, "changes": [asdict(item) for item in changes]}
    return json.dumps(plain).encode("ascii")  # names that are no Unicode are escaped


def from_bytes(data: bytes) -> list[Change]:
    """Read a file of changes; raises ``JsonError`` where it is none of this version."""
    plain = parse(data)
    if not isinstance(plain, dict) or plain.get("format") != _FORMAT:
        raise JsonError("it is no record of references")
    check_version(plain)
    return list(build(_File, plain).changes)


def check_version(plain: Mapping[str, Any]) -> None:
    """Raise ``JsonError`` unless something is of the version that this program knows."""
    if plain.get("version") != VERSION:
        raise JsonError(
            f"it is of version {plain.get('version')}, and this program knows version {VERSION}"
        )
