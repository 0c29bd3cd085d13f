"""One generation of a store: a database and the files that belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, HalfArray
from relevance.index.stores.base import Batch, Block, Row
from relevance.index.stores.common import columns_of
from relevance.index.stores.embedded.codes import BLOCK, blocks_of, centre_of, n_words, reaches
from relevance.index.stores.embedded.database import Database
from relevance.index.stores.embedded.files import append, mapped
from relevance.index.stores.embedded.home import DATABASE
from relevance.index.stores.embedded.rows import Rows
from relevance.index.stores.embedded.sifting import EXACT_ROWS, Sieve, measured
from relevance.index.stores.embedded.snapshot import Snapshot
from relevance.index.stores.embedded.state import State, read_centre, write_centre

_VECTORS = "vectors.f16"
_WORD_BYTES, _SINGLE_BYTES = 8, 4


class Generation:
    """What a store is made of; its threads take turns.

    Attributes:
        database: Where its rows are.
        rows: The same, in the words of the protocol.
    """

    def __init__(self, folder: Path, first: State | None = None) -> None:
        """Open it, or make it in an empty folder with a first state.

        Raises:
            StoreError, UsageError, OutputError: See ``Database``.
        """
        self._folder = folder
        self.database = Database(folder / DATABASE, is_new=first is not None)
        self.rows = Rows(self.database)
        self._seen: Snapshot | None = None
        if first:
            with self.database.writing():
                first.write(self.database)

    def close(self) -> None:
        """Let go of the files."""
        self._seen = None
        self.database.close()

    def snapshot(self) -> Snapshot:
        """Return what is committed; belongs inside ``reading``."""
        state = State.read(self.database)
        if not self._seen or self._seen.state.writes != state.writes:
            alive = np.ones(state.slots, bool)
            alive[self.rows.dead()] = False
            sieve = self._sieve(state) if state.codes else None
            self._seen = Snapshot(state, self._vectors(state), alive, sieve)
        return self._seen

    def add(self, rows: Sequence[Row], vectors: npt.NDArray[np.floating]) -> None:
        """Enter rows of different ids with their vectors."""
        with self._changing() as state:
            taken = self.rows.enter(rows, state.slots)
            half = np.asarray(vectors[taken], dtype="<f2")
            append(self._folder / _VECTORS, state.slots * half.itemsize * half.shape[1], [half])
            state = replace(
                state,
                slots=state.slots + len(taken),
                count=self.rows.count(),
                columns=columns_of(state.columns, rows),
            )
            self._coded(state).write(self.database)

    def remove(self, ids: Sequence[str]) -> None:
        """Take rows out."""
        with self._changing() as state:
            self.rows.remove(ids)
            replace(state, count=self.rows.count()).write(self.database)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield all rows with their vectors, in the order they came."""
        # a connection of its own, so that others read on, and see what is written meanwhile
        with closing(Generation(self._folder)) as own, own.database.reading():
            vectors = own.snapshot().vectors
            found = own.rows.everything()
            while some := _some(found, size):
                rows, slots = zip(*some, strict=True)
                yield Batch(rows, vectors[list(slots)])

    def block(self) -> Block:
        """Return all rows at once; vectors stay on the disk where they lie in the rows' order."""
        paths, folders, sources, slots = self.rows.columns()
        vectors = self.snapshot().vectors
        if not np.array_equal(slots, np.arange(len(vectors))):
            vectors = vectors[slots]
        return Block(paths, folders, sources, slots, vectors)

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """Give the state to change, which is to be written inside."""
        with self.database.writing():
            state = State.read(self.database)
            yield replace(state, writes=state.writes + 1)

    def _coded(self, state: State) -> State:
        """Bring the codes up to date with the vectors, before the state is committed."""
        if state.slots >= max(EXACT_ROWS, 2 * state.centred):
            return self._coded_anew(state)
        full = state.slots // BLOCK
        if not state.codes or full == state.blocks:
            return state
        self._append_codes(state, read_centre(self.database), full)
        return replace(state, blocks=full)

    def _coded_anew(self, state: State) -> State:
        """Code all vectors relative to their centre, and measure what that is worth."""
        vectors, full = self._vectors(state), state.slots // BLOCK
        centre = centre_of(vectors)
        write_centre(self.database, centre)
        state = replace(state, codes=state.codes + 1, blocks=0, centred=state.slots)
        self._append_codes(state, centre, full)
        for older in range(1, state.codes - 1):  # the last one may be in use
            for file in self._code_files(replace(state, codes=older)):
                with suppress(OSError):
                    file.unlink()
        state = replace(state, blocks=full)
        margin, recall = measured(vectors, self._sieve(state))
        return replace(state, margin=margin, recall=recall)

    def _append_codes(self, state: State, centre: FloatArray, full: int) -> None:
        vectors, first = self._vectors(state), state.blocks
        bits, reach = self._code_files(state)
        block_bytes = n_words(state.origin.dim) * BLOCK * _WORD_BYTES
        append(bits, first * block_bytes, blocks_of(vectors, centre, first, full))
        far = reaches(vectors, centre, first, full)
        append(reach, first * BLOCK * _SINGLE_BYTES, [far.astype("<f4")])

    def _sieve(self, state: State) -> Sieve:
        bits, reach = self._code_files(state)
        return Sieve(
            blocks=mapped(bits, "<u8", (state.blocks, n_words(state.origin.dim), BLOCK)),
            reach=mapped(reach, "<f4", (state.blocks * BLOCK,)),
            centre=read_centre(self.database),
            margin=state.margin,
        )

    def _vectors(self, state: State) -> HalfArray:
        return mapped(self._folder / _VECTORS, "<f2", (state.slots, state.origin.dim))

    def _code_files(self, state: State) -> tuple[Path, Path]:
        names = (f"codes-{state.codes}.bits", f"codes-{state.codes}.reach")
        return self._folder / names[0], self._folder / names[1]


def _some(found: Iterator[tuple[Row, int]], size: int) -> list[tuple[Row, int]]:
    return [item for _, item in zip(range(size), found, strict=False)]
