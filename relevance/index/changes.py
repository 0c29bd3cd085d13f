"""``Changes``: what bringing an index up to date came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from relevance.exports.json_file import JsonExport
from relevance.index.source import Offer
from relevance.index.stores.base import Origin, StoreInfo
from relevance.index.updating import Update
from relevance.system.names import printable


@dataclass(frozen=True, eq=False)
class Changes(JsonExport):
    """Counts of rows, and which pictures could not be used.

    Attributes:
        place: The index.
        origin: What made its vectors.
        count: Rows that it holds now.
        added: New ones.
        changed: Those whose picture, folder or columns were others before.
        kept: Those that are as they were; of an unchanged file nothing was read.
        gone: Those whose file or row of a table is not there any more, or cannot be used.
        skipped: Path, folder and reason of each picture that cannot be used.
        notes: What is odd about pictures that were used, in sentences.
        remark: How the index searches, where that is worth saying.
        left_out: Count of files and folders that were not taken, by reason.
        left_out_kinds: Of files in no supported format, the count by the end of their name.
        from_cache: Pictures among those added and changed that earlier runs had encoded.
    """

    place: str
    origin: Origin
    count: int
    added: int
    changed: int
    kept: int
    gone: int
    skipped: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...] = ()
    remark: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    left_out_kinds: Mapping[str, int] = field(default_factory=dict)
    from_cache: int = 0

    @property
    def total(self) -> int:
        """Rows that were looked at."""
        return self.added + self.changed + self.kept + len(self.skipped)

    @property
    def is_nothing(self) -> bool:
        """Whether the index is as it was."""
        return not (self.added or self.changed or self.gone)

    def __repr__(self) -> str:
        return (
            f"<Changes of {printable(self.place)}: {self.added} added, {self.changed} changed, "
            f"{self.kept} kept, {self.gone} gone, {len(self.skipped)} skipped; {self.count} rows>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain JSON types."""
        names = ("count", "added", "changed", "kept", "gone", "from_cache", "remark")
        return {
            "index": printable(self.place),
            "encoder": asdict(self.origin),
            **{name: getattr(self, name) for name in names},
            "skipped": [
                {"path": printable(path), "folder": folder, "reason": reason}
                for path, folder, reason in self.skipped
            ],
            "notes": list(self.notes),
            "left_out": dict(self.left_out),
            "left_out_kinds": dict(self.left_out_kinds),
        }


def changes_of(place: str, info: StoreInfo, update: Update, found: Sequence[Offer]) -> Changes:
    """Return what an update came to."""
    left_out: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for offer in found:
        left_out.update(offer.found.left_out if offer.found else {})
        kinds.update(offer.found.kinds if offer.found else {})
    counts = {name: update.counts[name] for name in ("added", "changed", "kept", "gone")}
    return Changes(
        place=place,
        origin=info.origin,
        count=info.count,
        **counts,
        skipped=tuple(update.skipped),
        notes=tuple(update.notes),
        remark=info.remark,
        left_out=left_out,
        left_out_kinds=kinds,
        from_cache=update.from_cache,
    )
