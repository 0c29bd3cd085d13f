"""``Captions``: what ``relevance.caption_table`` returns, with its ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relevance.encoders.base import EncoderInfo
from relevance.errors import NoReadablePictureError
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.jobs.captions.pairs import ShownPair, ShownPicture
from relevance.jobs.captions.retrieval import Retrieval
from relevance.jobs.captions.tally import Tally
from relevance.system.names import printable


@dataclass(frozen=True, eq=False)
class Captions(JsonExport, PageExport):
    """How well a table's pictures fit their captions, with ways out: HTML, JSON, notebook.

    Attributes:
        source: The table that was read, fit to print.
        output: The table that was written.
        image_column: Its column of pictures.
        caption_column: Its column of captions.
        encoder: Facts about the encoder.
        distance: Name of the similarity.
        folder: Where relative paths of pictures started, fit to print.
        long_captions: What was done with long captions: "truncate" or "chunk".
        tally: Counts, similarities and the best and worst pairs.
        pictures: What a page shows of pictures, by their key.
        retrieval: How pictures and captions find each other, if that was asked for.
        provenance: What is needed to do it again.
    """

    source: str
    output: Path
    image_column: str
    caption_column: str
    encoder: EncoderInfo
    distance: str
    folder: str
    long_captions: str
    tally: Tally
    pictures: Mapping[bytes, ShownPicture]
    retrieval: Retrieval | None
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"<Captions: {self.tally.n_scored} of {self.tally.n_rows} rows scored, "
            f"in {self.output}, encoder {self.encoder.name}>"
        )

    def check_any_scored(self) -> None:
        """Raise ``NoReadablePictureError`` where there were rows and not one could be scored."""
        if self.tally.n_rows and not self.tally.n_scored:
            (reason, count), *_ = self.tally.reasons.most_common(1)
            raise NoReadablePictureError(
                f"Not one of {self.tally.n_rows} rows could be scored; the reasons are in "
                f"{printable(self.output)}. Most often ({count}): {reason}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain JSON types; the rows are in ``output``."""
        tally = self.tally
        plain: dict[str, Any] = without_nan(
            {
                "table": self.source,
                "output": printable(self.output),
                "image_column": self.image_column,
                "caption_column": self.caption_column,
                "encoder": asdict(self.encoder),
                "distance": self.distance,
                "long_captions": {"count": tally.n_long, "treatment": self.long_captions},
                "rows": tally.n_rows,
                "scored": tally.n_scored,
                "several_pictures": tally.n_several,
                "skipped": dict(tally.reasons.most_common()),
                "quantiles": {f"{share:g}": value for share, value in tally.quantiles().items()},
                "best": [_plain(shown) for shown in tally.best],
                "worst": [_plain(shown) for shown in tally.worst],
                "retrieval": asdict(self.retrieval) if self.retrieval else None,
                "provenance": dict(self.provenance),
            }
        )
        return plain

    def html_text(self, target: Path) -> str:
        """Return the page. Ask for its pictures with ``report=True``."""
        from relevance.jobs.captions.page import render_captions  # brings Jinja

        return render_captions(self, target)

    def _repr_html_(self) -> str:
        from relevance.jobs.captions.page import render_captions_summary

        return render_captions_summary(self)


def _plain(shown: ShownPair) -> dict[str, Any]:
    return {
        "row": shown.number + 1,
        "picture": printable(shown.pair.place),
        "caption": shown.pair.caption,
        "similarity": shown.similarity,
        "clip_score": shown.score.clip_score,
    }
