"""Folders of a place whose files count together: each is written once, and merged when many."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from relevance.errors import StoreError
from relevance.index.references.changes import new_id, now
from relevance.index.references.places import Place
from relevance.system.names import printable

_Piece = TypeVar("_Piece")
_MANY = 32
_TRIES, _PAUSE = 10, 0.01


@dataclass(slots=True)
class Pieces(Generic[_Piece]):
    """One such folder.

    Whoever merges writes a file that holds what some others hold, then removes these. So a reader
    may miss a file that it has just seen named; it looks again. What a killed merge leaves is held
    twice, and counts once. Several threads may use one object.

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

    def all(self) -> dict[str, _Piece]:
        """Return what the files hold, by name; those that are known are not read again."""
        for attempt in range(_TRIES):
            names = self.place.names(self.folder)
            known = {name: piece for name, piece in self._known.items() if name in names}
            try:
                known |= {name: self._read(name) for name in names if name not in known}
            except FileNotFoundError:  # somebody merges, or the listing lags behind
                time.sleep(_PAUSE * 2**attempt)
                continue
            self._known = known
            return {name: piece for name, piece in known.items() if piece is not None}
        raise StoreError(
            f"{printable(self.place.address)} changes all the time, or lists what is not there; "
            "try again."
        )

    def add(self, piece: _Piece) -> None:
        """Write a piece; remove files that do not count, and merge all where there are many."""
        damaged = [name for name, known in self._known.items() if known is None]
        self._known = self._known | {self._write([piece]): piece}  # threads may look through it
        self._remove(damaged)
        if len(self._known) > _MANY:
            self._merge()

    def _merge(self) -> None:
        pieces = self.all()
        if len(pieces) > _MANY:
            self._write(list(pieces.values()))
            self._remove(pieces)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
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
