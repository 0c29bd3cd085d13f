"""``Sorting`` and ``Undone``: what ``relevance.sort`` and ``relevance.undo_sort`` return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.errors import OutputError
from relevance.exports.json_file import JsonExport
from relevance.pages.wording import counted
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd

DONE, PLANNED, THERE, FAILED, SKIPPED = "done", "planned", "there", "failed", "skipped"
BACK, KEPT = "back", "kept"


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of one picture; what its fields mean is said where they are told of."""

    source: str
    target: str
    outcome: str
    reason: str = ""

    def shown(self) -> dict[str, str]:
        """Return it as JSON and tables have it: fit to print."""
        return {name: printable(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Filed(_Fate):
    """One picture.

    Attributes:
        source: Where it was.
        target: Where it is now, or would be, from the folder on; empty for nowhere.
        outcome: "done"; "planned" in a dry run; "there" where the place held the same already;
            "failed"; "skipped" where there is no verdict on it.
        reason: Why it failed or was skipped.
    """


@dataclass(frozen=True, eq=False)
class Sorting(JsonExport):
    """What became of a selection of pictures.

    Attributes:
        keyword: The keyword.
        folder: The folder that was sorted into.
        action: "copy", "move" or "link".
        which: "all", "relevant", "misfits" or "unsure".
        pictures: Those selected, and those on which there is no verdict.
        n_pictures: How many pictures there are in all.
        log: What brings everything back; None where nothing was done.
    """

    keyword: str
    folder: Path
    action: str
    which: str
    pictures: tuple[Filed, ...]
    n_pictures: int
    log: Path | None

    def __repr__(self) -> str:
        return f"<Sorting for {self.keyword!r}: {dict(self.counts)}>"

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many pictures there are of each outcome."""
        return Counter(item.outcome for item in self.pictures)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a picture: source, target, outcome, reason."""
        import pandas as pd

        names = ["source", "target", "outcome", "reason"]
        return pd.DataFrame([item.shown() for item in self.pictures], columns=names)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        return {
            "keyword": self.keyword,
            "folder": printable(self.folder),
            "action": self.action,
            "selection": self.which,
            "pictures_in_all": self.n_pictures,
            "counts": dict(self.counts),
            "log": printable(self.log) if self.log else None,
            "pictures": [item.shown() for item in self.pictures],
        }

    def check_all_done(self) -> None:
        """Raise ``OutputError`` where a picture could not be put in its place."""
        failed = [item for item in self.pictures if item.outcome == FAILED]
        if failed:
            raise OutputError(
                f"{counted(len(failed), 'picture')} could not be put into "
                f"{printable(self.folder)}. The first: {printable(failed[0].source)}: "
                f"{failed[0].reason}."
            )


@dataclass(frozen=True, slots=True)
class Restored(_Fate):
    """One picture of a sort that was undone.

    Attributes:
        source: Where it was before the sort.
        target: Where the sort put it, from the folder on.
        outcome: "back" where all is as it was before; "kept" where it is not.
        reason: Why not.
    """


@dataclass(frozen=True, eq=False)
class Undone(JsonExport):
    """What became of a sort that was undone.

    Attributes:
        log: Its log, which stays.
        pictures: Each that the sort had put somewhere, the last first.
    """

    log: Path
    pictures: tuple[Restored, ...]

    def __repr__(self) -> str:
        return f"<Undone: {len(self.pictures) - len(self.kept)} of {len(self.pictures)} back>"

    @property
    def kept(self) -> list[Restored]:
        """Those that could not be brought back."""
        return [item for item in self.pictures if item.outcome == KEPT]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        return {
            "log": printable(self.log),
            "pictures": [item.shown() for item in self.pictures],
        }

    def check_all_back(self) -> None:
        """Raise ``OutputError`` where something is not as it was before the sort."""
        if kept := self.kept:
            raise OutputError(
                f"{counted(len(kept), 'picture')} could not be brought back. The first: "
                f"{printable(kept[0].target)}: {kept[0].reason}."
            )
