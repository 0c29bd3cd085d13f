"""What a store of references holds, and what was done to it, as tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from relevance.exports.json_file import JsonExport
from relevance.index.references.changes import Change, Reference, by_type, undone_runs
from relevance.index.references.references import References
from relevance.index.references.types import no_type, type_name
from relevance.system.names import printable


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type: how many references, how many of them grown, when the last came."""

    type: str
    references: int
    grown: int
    latest: str


@dataclass(frozen=True, slots=True)
class Listing(JsonExport):
    """The types of a store, or the references of one of them.

    Attributes:
        store: Where they are.
        types: One row a type.
        of: The type whose references are listed; empty for none.
        references: Its references.
    """

    store: str
    types: tuple[TypeRow, ...]
    of: str
    references: tuple[Reference, ...]

    @classmethod
    def of_store(cls, references: References, name: str | None) -> Listing:
        """Look into a store; raises ``UsageError`` where there is no such type."""
        references.check()
        types = by_type(references.references)
        wanted = type_name(name) if name is not None else ""
        if wanted and wanted not in types:
            raise no_type(wanted, types, printable(references.place))
        rows = [
            TypeRow(kind, len(own), sum(i.is_grown for i in own), max(i.when for i in own)[:19])
            for kind, own in types.items()
        ]
        return cls(references.place, tuple(rows), wanted, tuple(types.get(wanted, ())))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "store": printable(self.store),
            "types": [asdict(row) | {"type": printable(row.type)} for row in self.types],
            "of": printable(self.of),
            "references": [
                {
                    "id": item.id,
                    "origin": printable(item.origin),
                    "when": item.when,
                    "grown": item.is_grown,
                    "similarity": item.similarity,
                }
                for item in self.references
            ],
        }


@dataclass(frozen=True, slots=True)
class RunRow:
    """What one run did: how many references came and left, and of which pictures they are."""

    run: str
    when: str
    kind: str
    added: dict[str, int]
    removed: int
    pictures: tuple[str, ...]
    undone: bool
    undoes: str


@dataclass(frozen=True, slots=True)
class History(JsonExport):
    """All that was done, the latest last."""

    store: str
    runs: tuple[RunRow, ...]

    @classmethod
    def of(cls, references: References) -> History:
        """Look into a store."""
        references.check()
        changes = references.history
        undone = undone_runs(changes)
        by_run: defaultdict[str, list[Change]] = defaultdict(list)
        for change in changes:
            by_run[change.run].append(change)
        rows = []
        for run, own in by_run.items():
            entries = [entry for change in own for entry in change.added]
            rows.append(
                RunRow(
                    run=run,
                    when=own[0].when[:19],
                    kind=own[0].kind,
                    added=dict(Counter(printable(entry.type) for entry in entries)),
                    removed=sum(len(change.removed) for change in own),
                    pictures=tuple([printable(entry.origin) for entry in entries]),
                    undone=run in undone,
                    undoes=own[0].undoes,
                )
            )
        return cls(references.place, tuple(rows))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "store": printable(self.store),
            "runs": [asdict(row) | {"pictures": list(row.pictures)} for row in self.runs],
        }
