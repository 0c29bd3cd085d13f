"""Rows in SQLite: how they go in, come out and leave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from relevance.encoders.base import IntArray
from relevance.index.stores.base import (
    NO_COLUMNS,
    Cell,
    Filter,
    FolderPatterns,
    Row,
    cell_text,
)
from relevance.index.stores.embedded.database import Database

_ROW = (
    "SELECT r.id, r.path, f.name, s.digest, r.size, r.changed, o.name, r.columns, r.slot"
    " FROM rows r JOIN folders f ON f.id = r.folder JOIN slots s ON s.slot = r.slot"
    " JOIN sources o ON o.id = r.source"
)
_GIVEN = "(SELECT value FROM json_each(?))"
_KEY_BYTES = 8


class Rows:
    """The rows of a generation; every method belongs inside ``reading`` or ``writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run = database.execute

    def by_id(self, ids: Iterable[str]) -> Iterator[tuple[Row, int]]:
        """Yield those of these rows that are there, with their slots, in no order."""
        return map(_row, self._run(f"{_ROW} WHERE r.id IN {_GIVEN}", (_listed(ids),)))

    def in_slots(self, slots: Sequence[int]) -> Iterator[tuple[Row, int]]:
        """Yield the rows of some slots with these."""
        return map(_row, self._run(f"{_ROW} WHERE r.slot IN {_GIVEN}", (json.dumps(slots),)))

    def ids_in(self, slots: Sequence[int]) -> list[tuple[str, int]]:
        """Return the ids in some slots with these."""
        query = f"SELECT id, slot FROM rows WHERE slot IN {_GIVEN}"
        return self._run(query, (json.dumps(slots),)).fetchall()

    def everything(self) -> Iterator[tuple[Row, int]]:
        """Yield all rows with their slots in the order they came."""
        return map(_row, self._run(f"{_ROW} ORDER BY r.number"))

    def columns(self) -> tuple[list[str], list[str], list[str], IntArray]:
        """Return paths, folders, sources and slots of all rows in the order they came."""
        names = dict(self._run("SELECT id, name FROM folders").fetchall())
        homes = dict(self._run("SELECT id, name FROM sources").fetchall())
        found = self._run("SELECT path, folder, source, slot FROM rows ORDER BY number").fetchall()
        paths = [path.decode("utf-8", "surrogatepass") for path, *_ in found]
        folders = [names[folder] for _, folder, _, _ in found]
        sources = [homes[source] for _, _, source, _ in found]
        return paths, folders, sources, np.array([slot for *_, slot in found], np.int64)

    def chosen(self, chosen: Filter) -> IntArray:
        """Return the slots of rows that meet folders and columns of a filter, in rising order."""
        conditions, values = [], []
        if chosen.folders:
            rule = FolderPatterns(chosen.folders)
            folders = self._run("SELECT id, name FROM folders").fetchall()
            conditions.append(f"folder IN {_GIVEN}")
            values.append(json.dumps([number for number, name in folders if rule.meets(name)]))
        for column, texts in chosen.where.items():
            conditions.append(f"number IN (SELECT number FROM cells WHERE key IN {_GIVEN})")
            values.append(json.dumps([_key(column, text) for text in texts]))
        query = f"SELECT slot FROM rows WHERE {' AND '.join(conditions)}"
        found = np.fromiter((slot for (slot,) in self._run(query, values)), np.int64)
        return np.unique(found)

    def dead(self) -> IntArray:
        """Return the slots that have no row any more."""
        found = self._run("SELECT slot FROM dead")
        return np.fromiter((slot for (slot,) in found), np.int64)

    def count(self) -> int:
        """Return how many rows there are."""
        (count,) = self._run("SELECT count(*) FROM rows").fetchone()
        return int(count)

    def enter(self, rows: Sequence[Row], first_free: int) -> list[int]:
        """Enter rows, replacing those of the same ids.

        Args:
            rows: Rows of different ids.
            first_free: The first slot that is free.

        Returns:
            For each slot that was taken, in order, the number of the row whose vector goes there.
        """
        slots, taken = self._slots(rows, first_free)
        before, left = self._take_out(row.id for row in rows)
        folders = self._numbers("folders", {row.folder for row in rows})
        sources = self._numbers("sources", {row.source for row in rows})
        for row, slot in zip(rows, slots, strict=True):
            entry = (
                *(before.get(row.id), row.id, slot, row.path.encode("utf-8", "surrogatepass")),
                *(folders[row.folder], row.size, row.changed, sources[row.source]),
                json.dumps(dict(row.columns)) if row.columns else "",
            )
            number = self._run("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?)", entry).lastrowid
            if row.columns:
                self._enter_cells(number, row.columns)
        self._bury(left)
        return taken

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out; ids that are not there are passed over."""
        _, left = self._take_out(ids)
        self._bury(left)

    def _slots(self, rows: Sequence[Row], first_free: int) -> tuple[list[int], list[int]]:
        """Return the slot of each row, and which rows' vectors are to go into new ones."""
        known: dict[bytes, int] = {}
        slots: list[int] = []
        taken: list[int] = []
        for number, row in enumerate(rows):
            slot = known.get(row.digest)
            if slot is None:
                found = self._run("SELECT slot FROM slots WHERE digest = ?", (row.digest,))
                slot = next((item for (item,) in found), None)
            if slot is None:
                slot = first_free + len(taken)
                taken.append(number)
                self._run("INSERT INTO slots VALUES (?, ?)", (slot, row.digest))
            known[row.digest] = slot
            slots.append(slot)
        self._database.executemany("DELETE FROM dead WHERE slot = ?", [(slot,) for slot in slots])
        return slots, taken

    def _take_out(self, ids: Iterable[str]) -> tuple[dict[str, int], list[int]]:
        """Remove rows; return their numbers, which those that replace them take, and slots."""
        found = self._run(
            f"SELECT number, id, slot, columns FROM rows WHERE id IN {_GIVEN}", (_listed(ids),)
        ).fetchall()
        for number, _, _, columns in found:
            keys = [(_key(name, cell_text(cell)), number) for name, cell in _cells(columns).items()]
            self._database.executemany("DELETE FROM cells WHERE key = ? AND number = ?", keys)
        numbers = [(number,) for number, *_ in found]
        self._database.executemany("DELETE FROM rows WHERE number = ?", numbers)
        return {name: number for number, name, *_ in found}, [slot for _, _, slot, _ in found]

    def _bury(self, slots: Iterable[int]) -> None:
        """Note which of the slots that rows were taken out of have none any more."""
        self._database.executemany(
            "INSERT OR IGNORE INTO dead SELECT ?1 WHERE NOT EXISTS"
            " (SELECT 1 FROM rows WHERE slot = ?1)",
            [(slot,) for slot in slots],
        )

    def _enter_cells(self, number: int | None, columns: Mapping[str, Cell]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO cells VALUES (?, ?)",
            [(_key(name, cell_text(cell)), number) for name, cell in columns.items()],
        )

    def _numbers(self, table: str, names: Collection[str]) -> dict[str, int]:
        """Return the number of each name, of new ones too."""
        self._database.executemany(
            f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", [(name,) for name in sorted(names)]
        )
        query = f"SELECT name, id FROM {table} WHERE name IN {_GIVEN}"
        return dict(self._run(query, (_listed(names),)).fetchall())


def _row(found: tuple[Any, ...]) -> tuple[Row, int]:
    name, path, folder, digest, size, changed, source, columns, slot = found
    place = path.decode("utf-8", "surrogatepass")
    return Row(name, place, folder, digest, size, changed, source, _cells(columns)), slot


def _cells(columns: str) -> Mapping[str, Cell]:
    return json.loads(columns) if columns else NO_COLUMNS


def _key(column: str, text: str) -> int:
    """Hash a column and the text of a cell to what SQLite takes for a number."""
    words = json.dumps([column, text]).encode()
    digest = hashlib.blake2b(words, digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


def _listed(names: Iterable[str]) -> str:
    return json.dumps(list(names))
