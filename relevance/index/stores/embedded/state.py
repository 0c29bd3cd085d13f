"""What is committed of a generation, in one row of its database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from relevance.encoders.base import FloatArray
from relevance.errors import StoreError
from relevance.index.stores.base import Origin
from relevance.index.stores.embedded.database import Database
from relevance.system.json_reader import JsonError, build, parse
from relevance.system.names import printable


@dataclass(frozen=True, slots=True)
class State:
    """Counts, and how large stores are sifted; see ``codes``.

    Attributes:
        origin: What made the vectors.
        made: When the store was made.
        columns: Names of columns in the order they came.
        writes: Changes with every write.
        count: Rows.
        slots: Vectors that are committed.
        codes: Number of the file of codes; 0 where there is none.
        blocks: Blocks of codes that are committed.
        centred: How many vectors there were when the centre was taken.
        margin: See ``sifting``; of no meaning where there are no codes.
        recall: Share of the nearest ten that sifting found when it was measured.
    """

    origin: Origin
    made: str
    columns: tuple[str, ...] = ()
    writes: int = 0
    count: int = 0
    slots: int = 0
    codes: int = 0
    blocks: int = 0
    centred: int = 0
    margin: float = 0.0
    recall: float = 1.0

    @classmethod
    def read(cls, database: Database) -> State:
        """Return what is committed; raises ``StoreError`` where that is damaged."""
        try:
            (facts,) = database.execute("SELECT facts FROM state").fetchone()
            return build(cls, parse(facts))
        except (JsonError, TypeError) as error:
            raise StoreError(
                f"The index {printable(database.file.parent.parent)} is damaged ({error}); make it "
                "again with --again."
            ) from error

    def write(self, database: Database) -> None:
        """Enter it, inside a transaction."""
        facts = json.dumps(asdict(self))
        if not database.execute("UPDATE state SET facts = ?", (facts,)).rowcount:
            database.execute("INSERT INTO state VALUES (?, x'')", (facts,))


def read_centre(database: Database) -> FloatArray:
    """Return what codes are relative to."""
    (blob,) = database.execute("SELECT centre FROM state").fetchone()
    return np.frombuffer(blob, "<f4")


def write_centre(database: Database, centre: FloatArray) -> None:
    """Enter what codes are relative to, inside a transaction."""
    database.execute("UPDATE state SET centre = ?", (centre.astype("<f4").tobytes(),))
