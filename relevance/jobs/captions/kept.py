"""Which pairs a page shows: all, or of many the lowest, the highest and some drawn at random."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from relevance.jobs.captions.pairs import ShownPair

SHOW_ALL = 600
"""Up to so many different pairs, all are on the page."""

LOWEST, HIGHEST, DRAWN = 300, 100, 200


class Ends:
    """The different pairs with the least of something, so many of them, in bounded memory."""

    def __init__(self, room: int) -> None:
        """Make room for so many pairs."""
        self._room = room
        self._heap: list[tuple[float, int, ShownPair]] = []  # the greatest first, by its negative
        self._known: set[tuple[bytes, bytes]] = set()

    def add(self, value: float, new: ShownPair) -> None:
        """Take a pair, if it is new and there is room; of equal ones the first row counts."""
        entry = -value, -new.number, new
        if new.key in self._known or (self.is_full and entry[:2] < self._heap[0][:2]):
            return
        self._known.add(new.key)
        if self.is_full:
            self._known.discard(heapq.heapreplace(self._heap, entry)[2].key)
        else:
            heapq.heappush(self._heap, entry)

    def __contains__(self, item: ShownPair) -> bool:
        """Say whether an equal pair is there."""
        return item.key in self._known

    @property
    def is_full(self) -> bool:
        """Whether there is no more room."""
        return len(self._heap) == self._room

    def __iter__(self) -> Iterator[ShownPair]:
        """Yield the pairs in no order."""
        return (item for _, _, item in self._heap)


@dataclass(slots=True, eq=False)
class Kept:
    """The different pairs of a run that its page shows; pictures in the table are not kept here.

    Attributes:
        is_sample: Whether there were more.
    """

    is_sample: bool = False
    _first: Ends = field(default_factory=lambda: Ends(SHOW_ALL))
    _lowest: Ends = field(default_factory=lambda: Ends(LOWEST))
    _highest: Ends = field(default_factory=lambda: Ends(HIGHEST))
    _drawn: Ends = field(default_factory=lambda: Ends(DRAWN))

    def add(self, new: ShownPair) -> None:
        """Take the next pair that was scored."""
        if not self.is_sample:
            self.is_sample = self._first.is_full and new not in self._first
            self._first.add(new.number, new)
        self._lowest.add(new.similarity, new)
        self._highest.add(-new.similarity, new)
        self._drawn.add(_lot(new.number), new)

    def pairs(self) -> list[ShownPair]:
        """Return the pairs in the order of rows."""
        ends = (self._lowest, self._highest, self._drawn) if self.is_sample else (self._first,)
        found = {item.key: item for some in ends for item in some}
        return sorted(found.values(), key=lambda item: item.number)


def _lot(number: int) -> float:
    """Draw a number from 0 to 1 for a row, the same in each run."""
    return int.from_bytes(hashlib.blake2b(number.to_bytes(8), digest_size=6).digest()) / 2**48
