"""Types, reference pictures and what was done to them, in a place that several processes share.

A picture is written under the SHA-256 of its bytes before anything names it, and its bytes are
held against that name whenever they are read: what is half written is never used. What was done is
a record each, see ``changes``; nothing is ever overwritten, so no lock is needed, and whoever is
killed leaves at most a picture that no record names.
"""

from __future__ import annotations

import hashlib
import json

from relevance.errors import NoReferencesError, StoreError, UsageError
from relevance.index.references.changes import (
    VERSION,
    Change,
    Reference,
    check_version,
    distinct,
    from_bytes,
    references_of,
    to_bytes,
)
from relevance.index.references.pieces import Pieces
from relevance.index.references.places import Place
from relevance.pictures.leaving_out import OWN_MARK
from relevance.system.json_reader import JsonError, parse
from relevance.system.names import printable

MARK = "relevance.json"
_FORMAT = "relevance store of references"
PICTURES, LOG = "pictures", "log"


class ReferenceStore:
    """References in a place.

    Attributes:
        place: Where they are.
        name: The place, fit to print.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.name = printable(place.address)
        self._log: Pieces[list[Change]] = Pieces(place, LOG, ".json", self._parsed, _joined)
        self._state: tuple[frozenset[str], frozenset[str], list[Reference], list[Reference]] = (
            *(frozenset(), frozenset()),
            *([], []),
        )

    @property
    def is_there(self) -> bool:
        """Whether somebody made a store here; raises ``StoreError`` for one of another version."""
        try:
            check_mark(self.place.read(MARK))
        except FileNotFoundError:
            return False
        except JsonError as error:
            raise StoreError(
                f"{self.name} cannot be used ({MARK}: {error}); use the version of relevance that "
                "wrote it, or another place."
            ) from error
        return True

    def check_there(self) -> None:
        """Raise ``NoReferencesError`` unless there is a store."""
        if not self.is_there:
            raise NoReferencesError(
                f"There are no references in {self.name}; `relevance references add FOLDER --store "
                f"{self.name}` takes in one folder a type."
            )

    def make(self) -> None:
        """Make the store, unless it is there; raises ``UsageError`` where something else is."""
        if not self.is_there:
            found = self.place.names("")
            if found and MARK not in found:  # which another process may have written just now
                raise UsageError(f"{self.name} holds other files; name an empty or new place.")
            plain = {"format": _FORMAT, "version": VERSION}
            # A folder with this file in it is not searched for pictures to score.
            self.place.write(OWN_MARK, b"")
            self.place.write(MARK, json.dumps(plain).encode("ascii"))

    def changes(self) -> list[Change]:
        """Return all that was done, in no order; a change may be met twice."""
        return [change for piece in self._log.all().values() for change in piece]

    def references(self) -> list[Reference]:
        """Return the references whose pictures are there, by type and time."""
        return self.contents()[0]

    def contents(self) -> tuple[list[Reference], list[Reference]]:
        """Return the references whose pictures are there, and those that somebody has deleted.

        The lists are the same objects for as long as nothing changes.
        """
        pieces = self._log.all()
        pictures = self.place.names(PICTURES)
        stamp, state = frozenset(pieces), self._state
        if (stamp, pictures) != state[:2]:
            found = references_of([change for piece in pieces.values() for change in piece])
            there = [item for item in found if item.digest in pictures]
            gone = [item for item in found if item.digest not in pictures]
            self._state = state = stamp, pictures, there, gone
        return state[2:]

    def record(self, change: Change) -> None:
        """Keep a change; when this returns, it holds."""
        self._log.add([change])

    def keep(self, picture: bytes) -> str:
        """Keep a picture, and return the digest that it is known by."""
        digest = hashlib.sha256(picture).hexdigest()
        name = f"{PICTURES}/{digest}"
        if digest not in self._state[1] or self.picture(digest) is None:
            self.place.write(name, picture)
        return digest

    def picture(self, digest: str) -> bytes | None:
        """Return a picture; None where it is gone, or is not what it was."""
        try:
            data = self.place.read(f"{PICTURES}/{digest}")
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def _parsed(self, name: str, data: bytes) -> list[Change]:
        try:
            return from_bytes(data)
        except JsonError as error:
            raise StoreError(
                f"{self.name} is damaged ({LOG}/{printable(name)}: {error}); remove that file, or "
                "use the version of relevance that wrote it."
            ) from error


def check_mark(data: bytes) -> None:
    """Raise ``JsonError`` unless this is the mark of a store of this version."""
    plain = parse(data)
    if not isinstance(plain, dict) or plain.get("format") != _FORMAT:
        raise JsonError("it is no mark of references")
    check_version(plain)


def _joined(pieces: list[list[Change]]) -> bytes:
    return to_bytes(distinct(change for piece in pieces for change in piece))
