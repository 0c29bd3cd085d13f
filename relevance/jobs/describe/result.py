"""``Descriptions``: what ``relevance.describe`` returns, with its ways out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import EncoderInfo
from relevance.errors import NoReadablePictureError
from relevance.exports.json_file import JsonExport, without_nan
from relevance.judging.scoring import OK, SKIPPED
from relevance.pictures.folders import ImageRef
from relevance.system.names import all_printable, printable

if TYPE_CHECKING:
    import pandas as pd

DOUBTFUL = "doubtful"


@dataclass(frozen=True, eq=False)
class Descriptions(JsonExport):
    """What n pictures show, in words.

    Attributes:
        refs: The pictures.
        captions: What is said of each; empty where it was skipped.
        doubts: Why a caption is doubtful; empty where it is not.
        reasons: Why a picture was skipped; empty where it was not.
        similarity: ``(n,)`` float32: cosine of each picture with its caption, by ``encoder``; NaN
            where skipped.
        model: What wrote the captions: a captioning model's name, or "tags by" the encoder's.
        encoder: Facts about the encoder that scored captions.
        output: The table that was written, if one was.
        provenance: What is needed to do it again.
    """

    refs: tuple[ImageRef, ...]
    captions: Sequence[str]
    doubts: Sequence[str]
    reasons: Sequence[str]
    similarity: npt.NDArray[np.float32]
    model: str
    encoder: EncoderInfo
    output: Path | None
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"<Descriptions: {self.n_described} of {len(self.refs)} pictures described, "
            f"{self.n_doubtful} doubtful, {self.model}>"
        )

    @property
    def status(self) -> list[str]:
        """For each picture "ok", "doubtful" or "skipped"."""
        return [
            SKIPPED if reason else DOUBTFUL if doubt else OK
            for reason, doubt in zip(self.reasons, self.doubts, strict=True)
        ]

    @property
    def n_doubtful(self) -> int:
        """How many captions are doubtful."""
        return sum(map(bool, self.doubts))

    @property
    def n_described(self) -> int:
        """How many pictures have a caption, doubtful ones among them."""
        return sum(not reason for reason in self.reasons)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a picture: path, caption, status, reason, model, similarity."""
        import pandas as pd

        return pd.DataFrame(
            {
                "path": all_printable([ref.place for ref in self.refs]),
                "caption": list(self.captions),
                "status": self.status,
                "reason": self.column_of_reasons,
                "model": self.model,
                "similarity": self.similarity,
            }
        )

    @property
    def column_of_reasons(self) -> list[str]:
        """Why each was skipped, or is doubtful."""
        return [reason or doubt for reason, doubt in zip(self.reasons, self.doubts, strict=True)]

    @property
    def skipped_rows(self) -> list[tuple[str, str, str]]:
        """Path, folder and reason of each picture that has no caption."""
        return [
            (printable(ref.place), ref.folder, reason)
            for ref, reason in zip(self.refs, self.reasons, strict=True)
            if reason
        ]

    def check_any_described(self) -> None:
        """Raise ``NoReadablePictureError`` where not one picture could be described."""
        if not self.n_described:
            (reason, count), *_ = Counter(self.reasons).most_common(1)
            raise NoReadablePictureError(
                f"Not one of {len(self.refs)} pictures could be described. Most often ({count}): "
                f"{reason}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON types."""
        rows = zip(
            all_printable([ref.place for ref in self.refs]),
            self.captions,
            self.status,
            self.column_of_reasons,
            self.similarity.tolist(),
            strict=True,
        )
        names = ("path", "caption", "status", "reason", "similarity")
        plain: dict[str, Any] = without_nan(
            {
                "model": self.model,
                "encoder": asdict(self.encoder),
                "output": printable(self.output) if self.output else None,
                "described": self.n_described,
                "doubtful": self.n_doubtful,
                "pictures": [dict(zip(names, row, strict=True)) for row in rows],
                "provenance": dict(self.provenance),
            }
        )
        return plain
