"""``EmbeddedStore``: the protocol put together."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray, IntArray
from relevance.errors import RelevanceError, StoreError
from relevance.index.stores.base import (
    ALL,
    Batch,
    Block,
    Filter,
    Hits,
    Level,
    Origin,
    Row,
    Store,
    StoreInfo,
)
from relevance.index.stores.common import last_of_each
from relevance.index.stores.embedded.database import VERSION
from relevance.index.stores.embedded.generation import Generation
from relevance.index.stores.embedded.home import Home, WriterLock
from relevance.index.stores.embedded.levels import Levels
from relevance.index.stores.embedded.state import State
from relevance.system.finding import meant
from relevance.system.names import printable

_COPIED = 4096  # rows at a time when a store is compacted
_ATTEMPTS = 5  # to open what is in force while others take its place


class EmbeddedStore:
    """A store in a folder; see the package. Threads take turns."""

    def __init__(self, home: Home, lock: WriterLock | None = None, draft: int = 0) -> None:
        """Open a generation; ``open``, ``create`` and ``renewed`` are the ways in.

        Args:
            home: The folder.
            lock: The right to write, if it is held already.
            draft: Generation that is to be in force later; 0 for that which is, whichever it is.
        """
        self._home = home
        self._lock = lock
        self._draft = draft
        self._turn = threading.RLock()
        self._stamp = (0, 0)
        self._generation = self._opened()
        self._levels = Levels()

    @staticmethod
    def is_at(address: str) -> bool:
        """Say whether there is such a store."""
        return Home(meant(address)).is_there

    @classmethod
    def open(cls, address: str) -> Store:
        """See ``StoreKind``."""
        return cls(Home(meant(address)))

    @classmethod
    def create(cls, address: str, origin: Origin) -> Store:
        """See ``StoreKind``."""
        home = Home(Path(address))
        home.settle_in()
        lock = home.lock()
        try:
            _make(home, 1, State(origin, _now()))
            home.publish(1)
            return cls(home, lock)
        except BaseException:
            lock.release()
            raise

    @property
    def info(self) -> StoreInfo:
        """See ``Store``."""
        with self._reading() as now:
            state = State.read(now.database)
            notes = dict(now.database.execute("SELECT name, text FROM notes").fetchall())
        return StoreInfo(
            origin=state.origin,
            count=state.count,
            columns=state.columns,
            made=state.made,
            version=VERSION,
            notes=notes,
            remark=_remark(state),
        )

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.floating]) -> None:
        """See ``Store``."""
        if numbers := last_of_each(rows):
            with self._writing() as now:
                now.add([rows[number] for number in numbers], np.asarray(vectors)[numbers])

    def remove(self, ids: Collection[str]) -> None:
        """See ``Store``."""
        if ids:
            with self._writing() as now:
                now.remove(list(ids))

    def note(self, notes: Mapping[str, str]) -> None:
        """See ``Store``."""
        with self._writing() as now, now.database.writing():
            run = now.database.executemany
            run("INSERT OR REPLACE INTO notes VALUES (?, ?)", list(notes.items()))
            run("DELETE FROM notes WHERE text = ?", [("",)])

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """See ``Store``."""
        with self._reading() as now:
            return {row.id: row for row, _ in now.rows.by_id(ids)}

    def vectors(self, ids: Sequence[str]) -> HalfArray:
        """See ``Store``."""
        with self._reading() as now:
            slots = {row.id: slot for row, slot in now.rows.by_id(ids)}
            known = now.snapshot().vectors
        found = np.full((len(ids), known.shape[1]), np.nan, np.float16)
        there = [number for number, name in enumerate(ids) if name in slots]
        found[there] = known[[slots[ids[number]] for number in there]]
        return found

    def batches(self, size: int) -> Iterator[Batch]:
        """See ``Store``."""
        with self._reading() as now:
            return now.batches(size)

    def block(self) -> Block:
        """See ``Store``."""
        with self._reading() as now:
            return now.block()

    def search(self, queries: FloatArray, k: int, chosen: Filter = ALL) -> list[Hits]:
        """See ``Store``."""
        with self._reading() as now:
            snapshot, slots = now.snapshot(), _slots(now, chosen)
            wanted = k + len(chosen.without)
            found = [snapshot.nearest(query, wanted, slots) for query in queries]
            return [_hits(now, *nearest, k, chosen) for nearest in found]

    def prepare(self, level: Level) -> None:
        """See ``LevelStore``."""
        self._levels.add(level)
        with self._reading() as now:
            self._levels.of(level, now.snapshot().vectors)

    def above(self, query: FloatArray, level: Level, k: int, chosen: Filter = ALL) -> Hits | None:
        """See ``LevelStore``; threads take turns only where files are read."""
        while True:
            with self._reading() as now:
                snapshot, slots = now.snapshot(), _slots(now, chosen)
                levels = self._levels.of(level, snapshot.vectors)
            if levels is None:
                return None
            found = snapshot.highest(query, k + len(chosen.without), slots, levels)
            with self._reading() as later:
                if later is now:  # else slots have other rows by now
                    return _hits(now, *found, len(found[0]), chosen)

    def renewed(self, origin: Origin) -> Store:
        """See ``Store``."""
        return self._successor(origin, _now())

    def _successor(self, origin: Origin, made: str) -> EmbeddedStore:
        with self._writing():
            number = self._home.current() + 1
            _make(self._home, number, State(origin, made))
            lock = self._lock.share() if self._lock else None
            return EmbeddedStore(self._home, lock, number)

    def publish(self) -> None:
        """See ``Store``."""
        with self._writing():
            self._home.publish(self._draft)
            self._draft, self._stamp = 0, self._home.stamp()

    def compact(self) -> None:
        """See ``Store``."""
        info = self.info
        successor = self._successor(info.origin, info.made)
        try:
            for batch in self.batches(_COPIED):
                successor.add(batch.rows, batch.vectors)
            successor.note(info.notes)
            successor.publish()
        finally:
            successor.close()

    def close(self) -> None:
        """See ``Store``."""
        with self._turn:
            self._generation.close()
            if self._lock:
                self._lock.release()
                self._lock = None

    @contextmanager
    def _reading(self) -> Iterator[Generation]:
        """Give the generation to look at, which shows one state inside."""
        with self._turn:
            self._follow()
            with self._generation.database.reading():
                yield self._generation

    @contextmanager
    def _writing(self) -> Iterator[Generation]:
        """Give the generation to change; from now on until ``close`` no other run may."""
        with self._turn:
            self._lock = self._lock or self._home.lock()
            self._follow()
            yield self._generation

    def _follow(self) -> None:
        """Open what is in force now, if that is another generation than it was."""
        if not self._draft and self._home.stamp() != self._stamp:
            self._generation.close()
            self._generation = self._opened()
            self._levels.forget()

    def _opened(self) -> Generation:
        if self._draft:
            return Generation(self._home.generation(self._draft))
        for _ in range(_ATTEMPTS):
            number = self._home.current()
            self._stamp = self._home.stamp()
            try:
                return Generation(self._home.generation(number))
            except RelevanceError:  # perhaps it was dropped after it was named
                if self._home.current() == number:
                    raise
        raise StoreError(f"The index {printable(self._home.folder)} changes all the time.")


def _make(home: Home, number: int, first: State) -> None:
    Generation(home.begin(number), first).close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _slots(now: Generation, chosen: Filter) -> IntArray | None:
    """Return the slots to look at, in rising order; None for all that have a row."""
    return now.rows.chosen(chosen) if chosen.folders or chosen.where else None


def _hits(now: Generation, slots: IntArray, cosines: FloatArray, k: int, chosen: Filter) -> Hits:
    """Say which rows are in slots: the best k of those that are chosen."""
    by_slot = dict(zip(slots.tolist(), cosines.tolist(), strict=True))
    if chosen == ALL:
        found = now.rows.ids_in(list(by_slot))
    else:
        rows = now.rows.in_slots(list(by_slot))
        found = [(row.id, slot) for row, slot in rows if chosen.admits(row)]
    best = sorted((-by_slot[slot], name) for name, slot in found)[:k]
    return Hits(tuple(name for _, name in best), -np.array([c for c, _ in best], np.float32))


def _remark(state: State) -> str:
    if not state.codes:
        return ""
    return (
        f"Sign bits choose which of the {state.slots:,} pictures a search looks at; of the ten "
        f"nearest to pictures, and to random directions, {state.recall:.1%} or more were among "
        "them when that was measured."
    )
