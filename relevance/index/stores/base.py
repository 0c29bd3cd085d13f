"""What a store of vectors is to those who fill and ask it: a protocol, and the data it speaks in.

A row is a picture in one place, with its vector. Copies, byte for byte, are rows with one digest.
Everything is said in ids, which are the index's to choose; see ``index.ids``.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray, IntArray
from relevance.system.finding import same_name

Cell = str | int | float | bool | None
"""What a column of a row may hold."""

NO_COLUMNS: Mapping[str, Cell] = {}


class Row(NamedTuple):
    """One picture in one place.

    Attributes:
        id: At most 16 of the characters a-z and 0-9; unique in a store.
        path: Absolute path, or address. Names that are no Unicode hold lone surrogates, as
            everywhere in Python; they come back as they went in.
        folder: Name of its category.
        digest: SHA-256 of the picture's bytes, which copies share.
        size: Bytes of the file when it was read; 0 for an address.
        changed: When the file was changed, in nanoseconds; 0 for an address.
        source: Which of the user's paths or tables it came from.
        columns: Cells of the table that it came from, by name.
    """

    id: str
    path: str
    folder: str
    digest: bytes
    size: int
    changed: int
    source: str
    columns: Mapping[str, Cell] = NO_COLUMNS

    @property
    def content(self) -> bytes:
        """What the row shares with its copies, and with no other."""
        return self.digest or self.id.encode()


@dataclass(frozen=True, slots=True)
class Origin:
    """What made the vectors of a store; one store has one.

    Attributes:
        encoder: The encoder's name, by which it can be loaded.
        revision: Of its weights.
        precision: Arithmetic of its towers.
        fingerprint: See ``EncoderInfo``.
        reading: Name of the way pictures are read.
        dim: Length of a vector.
    """

    encoder: str
    revision: str
    precision: str
    fingerprint: str
    reading: str
    dim: int


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds, as of the last write.

    Attributes:
        origin: What made its vectors.
        count: How many rows there are.
        columns: Names of all columns that any row has had, in the order they came.
        made: When it was made, as ISO 8601 in UTC.
        version: Of the store's format.
        notes: What the index keeps with it; see ``Store.note``.
        remark: How it searches, in a sentence, where that is worth saying; else empty.
    """

    origin: Origin
    count: int
    columns: tuple[str, ...]
    made: str
    version: int
    notes: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows a search is about: those that meet all of this.

    Attributes:
        folders: Patterns, of which the folder meets one, if there are any; see ``FolderPatterns``.
        where: By column the values, as text, of which the cell is one; see ``cell_text``.
        without: Ids to leave out.
    """

    folders: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    def admits(self, row: Row) -> bool:
        """Say whether a row meets it."""
        return (
            row.id not in self.without
            and (not self.folders or FolderPatterns(self.folders).meets(row.folder))
            and all(
                name in row.columns and cell_text(row.columns[name]) in values
                for name, values in self.where.items()
            )
        )


ALL = Filter()


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Rows nearest to a query, the best first, equal cosines in the order of ids.

    Attributes:
        ids: At most k.
        cosines: ``(len(ids),)`` float32.
    """

    ids: tuple[str, ...]
    cosines: FloatArray

    def first(self, k: int) -> Hits:
        """Return the best k."""
        return Hits(self.ids[:k], self.cosines[:k])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some of a store's rows with their vectors, ``(len(rows), dim)`` float16 of unit norm."""

    rows: Sequence[Row]
    vectors: HalfArray


class Block(NamedTuple):
    """All rows of a store, a column each, in the order they came.

    Attributes:
        paths: See ``Row``.
        folders: See ``Row``.
        sources: See ``Row``.
        contents: ``(n,)`` int64: a number that copies share.
        vectors: ``(n, dim)`` float16 of unit norm.
    """

    paths: list[str]
    folders: list[str]
    sources: list[str]
    contents: IntArray
    vectors: HalfArray


class Store(Protocol):
    """Rows and vectors that last, with one encoder.

    One process writes at a time and any number read; each call sees the store as it was after a
    whole write. Any call may raise ``StoreError`` (damaged, out of reach, or another process
    writes) or ``OutputError`` (no room). A class that is a store also has ``StoreKind``'s ways in.
    """

    @property
    def info(self) -> StoreInfo:
        """What it holds now."""

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.floating]) -> None:
        """Enter rows with their ``(n, dim)`` unit vectors, all or none; known ids are replaced."""

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out, all or none; unknown ids are passed over."""

    def note(self, notes: Mapping[str, str]) -> None:
        """Keep texts under names of the index's choice; the empty text removes one."""

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """Return those of these rows that are there, by id."""

    def vectors(self, ids: Sequence[str]) -> HalfArray:
        """Return ``(n, dim)`` float16 vectors; NaN where there is no such row."""

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield every row once, in an order that is the same until the store is written.

        A batch has at most ``size`` rows; all of them show the store as it was at the first.
        """

    def block(self) -> Block:
        """Return all rows at once; see ``block_of`` for a store without a quicker way."""

    def search(self, queries: FloatArray, k: int, chosen: Filter = ALL) -> list[Hits]:
        """Return the k nearest of the chosen rows to each of ``(n, dim)`` unit queries."""

    def renewed(self, origin: Origin) -> Store:
        """Make an empty store that takes this one's place when it is ``published``.

        Until then, and if that never comes, everyone sees this one.
        """

    def publish(self) -> None:
        """Take the place of the store that this one was made to renew."""

    def compact(self) -> None:
        """Give back the room of what was removed or replaced."""

    def close(self) -> None:
        """Let go of files, connections and the right to write."""


Level = Callable[[HalfArray], npt.NDArray[np.floating]]
"""What is taken off the cosines of rows: ``(n, dim)`` vectors -> ``(n,)``."""


@runtime_checkable
class LevelStore(Protocol):
    """A store that can rank by more than cosines, where it was told before by what."""

    def prepare(self, level: Level) -> None:
        """Know a level for every row, those that come later too, until the store is closed."""

    def above(self, query: FloatArray, level: Level, k: int, chosen: Filter = ALL) -> Hits | None:
        """Return at least the k of the chosen rows whose cosine lies highest above a level.

        Args:
            query: ``(dim,)`` of unit norm.
            level: See ``prepare``.
            k: How many; copies, byte for byte, count as one.
            chosen: Which rows count.

        Returns:
            Ids with how far they lie above, the highest first; None for a level that was not
            prepared.
        """


class StoreKind(Protocol):
    """The ways into a kind of store, by address."""

    def open(self, address: str) -> Store:
        """Open a store that is there.

        Raises:
            NoIndexError: There is none.
            UsageError: It is of an unknown version, or no store.
            StoreError: It is damaged or out of reach.
        """

    def create(self, address: str, origin: Origin) -> Store:
        """Make a store where there is none.

        Raises:
            UsageError: Something else is there, or the place cannot be written.
            StoreError: It is out of reach.
        """


class FolderPatterns:
    """Globs for folder names, blind to case and to composed or decomposed Unicode.

    ``*`` also stands for slashes. The name of a folder means it and what lies below it.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Take any number of patterns."""
        plain = [_plain(pattern) for pattern in patterns]
        rules = [fnmatch.translate(pattern) for pattern in plain]
        rules += [f"{re.escape(pattern)}(/.*)?$" for pattern in plain]  # "nuts [old]" is a name too
        self._rule = re.compile("|".join(rules), re.DOTALL)

    def meets(self, folder: str) -> bool:
        """Say whether a folder meets one of them."""
        return bool(self._rule.match(_plain(folder)))


def block_of(store: Store, size: int = 4096) -> Block:
    """Gather a store's batches."""
    paths: list[str] = []
    folders: list[str] = []
    sources: list[str] = []
    numbers: dict[bytes, int] = {}
    contents: list[int] = []
    vectors: list[HalfArray] = [np.empty((0, store.info.origin.dim), np.float16)]
    for batch in store.batches(size):
        for row in batch.rows:
            contents.append(numbers.setdefault(row.content, len(numbers)))
        paths += [row.path for row in batch.rows]
        folders += [row.folder for row in batch.rows]
        sources += [row.source for row in batch.rows]
        vectors.append(batch.vectors)
    return Block(paths, folders, sources, np.array(contents, np.int64), np.concatenate(vectors))


def cell_text(cell: Cell) -> str:
    """Return a cell as it is typed in ``--where COLUMN=VALUE``: 3.0 is 3, True is true."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _plain(name: str) -> str:
    return same_name(name).casefold().rstrip("/")
