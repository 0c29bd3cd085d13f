"""``Recognitions``: which type each picture shows, as a page, CSV, JSON and in notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.encoders.base import EncoderInfo
from relevance.exports.csv_file import cell, write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.index.references.changes import Reference
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd

    from relevance.index.references.album import Album

RECOGNISED, NONE, SKIPPED = "recognised", "none", "skipped"
_COLUMNS = (
    *("path", "status", "type", "candidate", "similarity", "second"),
    *("margin", "nearest", "origin", "grew", "reason"),
)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What became of one picture.

    Attributes:
        place: Where it is; "picture 3" for the third, where it was given in memory.
        status: "recognised", "none" (of the known types) or "skipped".
        type: The type it shows; empty where it shows none.
        candidate: The type it is most alike; empty where skipped.
        similarity: To that type, in [-1, 1]: half cosine with its nearest reference, half with the
            mean of all; NaN where skipped.
        second: The type it is second most alike; empty where there is none.
        margin: How much more alike it is to the candidate than to the second; NaN without one.
        nearest: The candidate's most similar reference; None where skipped.
        grew: Whether it became a reference of its type.
        reason: Why it was skipped, or, where it was not, why it did not become a reference that
            was asked for; empty otherwise.
    """

    place: str
    status: str
    type: str = ""
    candidate: str = ""
    similarity: float = float("nan")
    second: str = ""
    margin: float = float("nan")
    nearest: Reference | None = None
    grew: bool = False
    reason: str = ""

    @property
    def path(self) -> str:
        """Its place, fit to print."""
        return printable(self.place)

    def facts(self) -> dict[str, Any]:
        """Return it as a row of the table."""
        nearest = self.nearest
        return {
            name: getattr(self, name) for name in _COLUMNS if name not in ("nearest", "origin")
        } | {
            "type": printable(self.type),
            "candidate": printable(self.candidate),
            "second": printable(self.second),
            "nearest": nearest.id if nearest else "",
            "origin": printable(nearest.origin) if nearest else "",
        }


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type at the end of a run.

    Attributes:
        name: What it is called.
        n_references: How many pictures stand for it, grown ones included.
        n_grown: How many of them were recognised rather than given.
        n_judged: How many references the next two figures are of: those before the run.
        recognised: How many of these would be, judged without themselves.
        mistaken: How many references of other types would be taken for it.
        digests: Of some of its references, as hex, for a page to show.
    """

    name: str
    n_references: int
    n_grown: int
    n_judged: int
    recognised: int
    mistaken: int
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Recognitions(JsonExport, PageExport):
    """Which known type each picture shows, or that it shows none.

    Attributes:
        store: Where the references are.
        rows: One for each picture, in the order in which they were given.
        types: What they were held against.
        asked_type: The one type that was asked for; empty for all.
        threshold: From which similarity on a picture counts as of a type.
        false_matches: Wanted share of pictures of nothing known that are taken for a type; None
            where a threshold was given.
        note: Why the threshold does not come from the references; empty where it does, or was
            given.
        encoder: The encoder's facts.
        notes: What is worth knowing about the answer, in sentences.
        provenance: What is needed to ask the same again.
        album: Where pages find pictures.
    """

    store: str
    rows: tuple[Recognition, ...]
    types: tuple[KnownType, ...]
    asked_type: str
    threshold: float
    false_matches: float | None
    note: str
    encoder: EncoderInfo
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    album: Album

    def __repr__(self) -> str:
        counts = self.counts
        return (
            f"<Recognitions: {counts[RECOGNISED]} of {len(self.rows)} pictures recognised, "
            f"{counts[NONE]} of none of {len(self.types)} types, {counts[SKIPPED]} skipped>"
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Recognition]:
        return iter(self.rows)

    def __getitem__(self, number: int) -> Recognition:
        return self.rows[number]

    @property
    def counts(self) -> Counter[str]:
        """How many pictures have each status."""
        return Counter(row.status for row in self.rows)

    @property
    def grown(self) -> tuple[Recognition, ...]:
        """The pictures that became references."""
        return tuple([row for row in self.rows if row.grew])

    @property
    def table(self) -> pd.DataFrame:
        """A row a picture.

        Columns: path, status, type, candidate, similarity, second, margin, nearest (id of a
        reference), origin (where that came from), grew, reason.
        """
        import pandas as pd

        return pd.DataFrame([row.facts() for row in self.rows], columns=list(_COLUMNS))

    def to_csv(self, path: str | Path) -> Path:
        """Write ``table`` as UTF-8."""
        facts = [row.facts() for row in self.rows]
        return write_csv(path, _COLUMNS, [[cell(row[name]) for name in _COLUMNS] for row in facts])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        plain: dict[str, Any] = without_nan(
            {
                "store": printable(self.store),
                "rows": [row.facts() for row in self.rows],
                "types": [
                    asdict(item) | {"name": printable(item.name), "digests": list(item.digests)}
                    for item in self.types
                ],
                "asked_type": printable(self.asked_type),
                "threshold": self.threshold,
                "false_matches": self.false_matches,
                "note": self.note,
                "encoder": asdict(self.encoder),
                "notes": list(self.notes),
                "provenance": dict(self.provenance),
            }
        )
        return plain

    def html_text(self, target: Path) -> str:
        """Return the page; its links to pictures start from ``target``."""
        from relevance.index.references.page import render_recognitions

        return render_recognitions(self, target)

    def _repr_html_(self) -> str:
        from relevance.index.references.page import render_summary

        return render_summary(self)
