"""``Found``: what a search returns, with its ways out (page, CSV, JSON, notebook)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.encoders.base import EncoderInfo
from relevance.exports.csv_file import cell, write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.index.search.query import Among, Query
from relevance.index.stores.base import Cell
from relevance.judging.scoring import unit_of
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("rank", "id", "path", "folder", "score", "probability", "cosine", "places")


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that was found.

    Attributes:
        rank: From 1.
        id: Of its first place.
        places: Where it is, and where its copies are, byte for byte.
        folder: Its category in its first place.
        score: What it is ranked by; see ``Found.unit``.
        probability: As ``relevance.score`` has it; NaN where the query holds pictures.
        cosine: With the words, or with the mean of the pictures to be like.
        columns: Cells of the table that it came from, by name.
    """

    rank: int
    id: str
    places: tuple[str, ...]
    folder: str
    score: float
    probability: float
    cosine: float
    columns: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The first of its places."""
        return self.places[0]

    @property
    def path(self) -> str:
        """Its place, fit to print."""
        return printable(self.place)

    def facts(self) -> dict[str, Any]:
        """Return what is known of it but the columns, its places as their number."""
        return {name: getattr(self, name) for name in _COLUMNS} | {"places": len(self.places)}


@dataclass(frozen=True, eq=False)
class Found(JsonExport, PageExport):
    """The pictures of an index that answer a query, the best first.

    Attributes:
        index: The index.
        query: What was looked for.
        among: Which pictures were looked at, and how many were wanted.
        hits: What was found.
        count: How many rows the index holds.
        encoder: The encoder's facts.
        notes: What is worth knowing about the answer, in sentences.
        provenance: What is needed to ask the same again.
    """

    index: str
    query: Query
    among: Among
    hits: tuple[Hit, ...]
    count: int
    encoder: EncoderInfo
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<Found: {len(self.hits)} of {self.count} pictures in {printable(self.index)}>"

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __getitem__(self, number: int) -> Hit:
        return self.hits[number]

    @property
    def unit(self) -> str:
        """What the score is measured in, in words."""
        if self.provenance.get("lesson"):
            return "taught log odds"
        return unit_of(self.encoder) if self.query.has_probability else "cosine above the centre"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the tables' columns that any of the pictures has."""
        return tuple(dict.fromkeys(name for hit in self.hits for name in hit.columns))

    @property
    def table(self) -> pd.DataFrame:
        """A row a picture: rank, id, path, folder, score, probability, cosine, places, columns.

        Places are counted. The tables' columns come last.
        """
        import pandas as pd

        rows = [dict(hit.columns) | hit.facts() for hit in self.hits]
        names = dict.fromkeys([*_COLUMNS, *self.columns])
        return pd.DataFrame(rows, columns=list(names))

    def to_csv(self, path: str | Path) -> Path:
        """Write a row for each picture, with the tables' columns behind its own, as UTF-8."""
        names = [name for name in self.columns if name not in _COLUMNS]
        rows = (
            [*map(cell, hit.facts().values()), *(cell(hit.columns.get(n, "")) for n in names)]
            for hit in self.hits
        )
        return write_csv(path, [*_COLUMNS, *names], rows)

    def to_dict(self) -> dict[str, Any]:
        """Return query, hits and provenance as plain JSON types."""
        plain: dict[str, Any] = without_nan(
            {
                "index": printable(self.index),
                "query": self.query.to_dict(),
                "encoder": asdict(self.encoder),
                "unit": self.unit,
                "hits": [_plain(hit) for hit in self.hits],
                "notes": list(self.notes),
                "provenance": dict(self.provenance),
            }
        )
        return plain

    def html_text(self, target: Path) -> str:
        """Return the page; its links to pictures start from ``target``."""
        from relevance.index.search.page import render_found

        return render_found(self, target)

    def _repr_html_(self) -> str:
        from relevance.index.search.page import render_summary

        return render_summary(self)


def _plain(hit: Hit) -> dict[str, Any]:
    return hit.facts() | {
        "places": [printable(place) for place in hit.places],
        "columns": {printable(name): cell for name, cell in hit.columns.items()},
    }
