"""``Tuning``: what ``relevance.tune`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.encoders.base import EncoderInfo
from relevance.encoders.tuning import Tuned
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.jobs.tune.measuring import Changed, KeywordChange, Measured
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A picture that only measures.

    Attributes:
        place: Where it is.
        keyword: What it shows.
        trained: Whether the model was tuned on that keyword, by other pictures.
    """

    place: str
    keyword: str
    trained: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures each part has, and how many there were."""

    training: int
    validation: int
    held_out: int
    left_out: int
    near_copies: int
    skipped: int


@dataclass(frozen=True, eq=False)
class Tuning(JsonExport, PageExport):
    """A tuned model, and what it is worth against its start on pictures that neither learnt from.

    Attributes:
        output: The folder, which ``--model`` takes.
        method: "lora", "full" or "projection"; of the compact encoder "heads".
        start: The encoder it began from.
        tuned: The encoder in the folder.
        outcome: How the training went, and how far from the start the kept weights are.
        counts: Pictures by part.
        measured: Figures before and after: of the keywords tuned on, and of others.
        keywords: Figures of each keyword.
        changed: Held-out pictures whose own keyword rose most, then those where it fell most.
        held_out: The pictures that only measure.
        untrained: Keywords of the source that were trained on no picture, so as to be measured.
        of_captions: Whether it was tuned on captions rather than categories.
        skipped: Where a picture is that could not be read, and why.
        provenance: What is needed to do the same again.
    """

    output: Path
    method: str
    start: EncoderInfo
    tuned: EncoderInfo
    outcome: Tuned
    counts: Counts
    measured: tuple[Measured, ...]
    keywords: tuple[KeywordChange, ...]
    changed: tuple[tuple[str, Changed], ...]
    held_out: tuple[HeldOut, ...]
    untrained: tuple[str, ...]
    of_captions: bool
    skipped: tuple[tuple[str, str], ...]
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        kept = "the start was kept" if self.outcome.is_start else f"share {self.outcome.share:g}"
        return f"<Tuning of {self.start.name}: {kept}; {self.output}>"

    @property
    def table(self) -> pd.DataFrame:
        """A row a keyword: figures before and after, on held-out pictures."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "keyword": item.keyword,
                    "tuned": item.trained,
                    "pictures": item.n_pictures,
                    **{f"{name}_before": value for name, value in item.before.items()},
                    **{f"{name}_after": value for name, value in item.after.items()},
                }
                for item in self.keywords
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        data = {
            "output": printable(self.output),
            "method": self.method,
            "kept_start": self.outcome.is_start,
            "start": asdict(self.start),
            "tuned": asdict(self.tuned),
            "outcome": asdict(self.outcome),
            "counts": asdict(self.counts),
            "measured": [asdict(item) for item in self.measured],
            "keywords": [asdict(item) for item in self.keywords],
            "changed": [{"path": printable(place)} | asdict(item) for place, item in self.changed],
            "held_out": [asdict(item) | {"place": printable(item.place)} for item in self.held_out],
            "of_captions": self.of_captions,
            "untrained": list(self.untrained),
            "skipped": [[printable(place), reason] for place, reason in self.skipped],
            "provenance": dict(self.provenance),
        }
        clean: dict[str, Any] = without_nan(data)
        return clean

    def html_text(self, target: Path) -> str:
        """Return the page."""
        from relevance.jobs.tune.page import render_tuning

        return render_tuning(self)
