"""Folders of a place whose files count together: each is written once, and merged when many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from relevance.errors import StoreError
from relevance.index.references.changes import new_id, now
from relevance.index.references.places import Place
from relevance.system.names import printable

_Piece = TypeVar("_Piece")
_MANY = 32
_TRIES = 10


@dataclass(slots=True)
class Pieces(Generic[_Piece]):
    """One such folder.

    Whoever merges writes a file that holds what some others hold, then removes these. So a reader
    may miss a file that it has just seen named; it looks again. What a killed merge leaves is held
    twice, and counts once.

    Attributes:
        place: Where it is.
        folder: Its name.
        end: How names of its files end.
        parse: Reads a file; returns None for one that does not count.
        join: Writes pieces as one file.
    """

    place: Place
    folder: str
    end: str
    parse: Callable[[str, bytes], _Piece | None]
    join: Callable[[list[_Piece]], bytes]
    _known: dict[str, _Piece | None] = field(default_factory=dict)

    def all(self) -> list[_Piece]:
        """Return what the files hold; those that are known are not read again."""
        for _ in range(_TRIES):
            names = self.place.names(self.folder)
            try:
                fresh = {name: self._read(name) for name in names if name not in self._known}
            except FileNotFoundError:  # somebody merges
                continue
            known = {name: piece for name, piece in self._known.items() if name in names}
            self._known = known | fresh
            return [piece for piece in self._known.values() if piece is not None]
        raise StoreError(
            f"{printable(self.place.address)} changes all the time, or lists what is not there; "
            "try again."
        )

    @property
    def stamp(self) -> frozenset[str]:
        """The files that ``all`` saw last."""
        return frozenset(self._known)

    def add(self, piece: _Piece) -> None:
        """Write a piece, and merge all where there are many."""
        self._known[self._write([piece])] = piece
        if len(self._known) > _MANY:
            self._merge()

    def _merge(self) -> None:
        pieces = self.all()
        sound = [name for name, piece in self._known.items() if piece is not None]
        if len(sound) > _MANY:
            self._write(pieces)
            for name in sound:
                self.place.remove(f"{self.folder}/{name}")

    def _read(self, name: str) -> _Piece | None:
        return self.parse(name, self.place.read(f"{self.folder}/{name}"))

    def _write(self, pieces: list[_Piece]) -> str:
        name = fresh_name(self.end)
        self.place.write(f"{self.folder}/{name}", self.join(pieces))
        return name


def fresh_name(end: str) -> str:
    """Make up a name for a file that nobody else makes up; later ones sort behind earlier ones."""
    return f"{''.join(filter(str.isdigit, now()[:26]))}-{new_id()}{end}"
