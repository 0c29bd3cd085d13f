"""A keyword and pictures -> a verdict on each: the encoder's, or that of a table."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from relevance.index.standing import find_pictures
from relevance.judging.label_table import LABEL_COLUMN, read_label_table
from relevance.judging.labels import IRRELEVANT, RELEVANT, UNLABELLED, folder_grades, label_names
from relevance.judging.listing import is_unsure
from relevance.judging.scoring import ScoreTable

_VERDICT_COLUMNS = ("relevant", LABEL_COLUMN)
"""What a table says of a picture: the CSV file of ``score`` has both, and the first is its own."""

_NO_ROW = "not in the table"
_NAMED = 2
_logger = logging.getLogger("relevance")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one picture.

    Attributes:
        place: Where it is: a path as the argument leads to it, or an address that an index keeps.
        folder: Its category.
        label: "relevant", "irrelevant" or "" for unknown.
        is_relevant: The verdict.
        is_unsure: Whether its odds are within a factor of three of the threshold's.
        reason: Why there is no verdict; empty where there is one.
    """

    place: str
    folder: str
    label: str
    is_relevant: bool
    is_unsure: bool
    reason: str

    @property
    def is_misfit(self) -> bool:
        """Whether the verdict goes against the label."""
        return self.label not in (UNLABELLED, RELEVANT if self.is_relevant else IRRELEVANT)


def of_scores(scores: ScoreTable) -> list[Verdict]:
    """Return what scores say of each picture."""
    pictures = scores.pictures
    unsure = is_unsure(pictures.probability, scores.threshold)
    columns = (pictures.folder, pictures.label, pictures.relevant.tolist(), unsure.tolist())
    return list(map(Verdict, scores.places, *columns, pictures.reason))


def from_table(
    table: str | Path, keyword: str, paths: Sequence[str | Path], exclude: Sequence[str]
) -> list[Verdict]:
    """Let a table judge the pictures below paths; labels are those of their folders' names.

    Raises:
        UsageError: It cannot be read, or has a row for not one of the pictures.
        NoReadablePictureError: There is no picture.
    """
    refs = find_pictures(paths, exclude).refs
    rows = read_label_table(table, _VERDICT_COLUMNS)
    grades, unmatched = rows.grade_pictures(refs)
    if unmatched:
        _logger.warning(
            "%d of %d rows of %s belong to no picture here, such as %s.",
            *(len(unmatched), len(rows.rows), rows.source, " and ".join(unmatched[:_NAMED])),
        )
    labels = label_names(folder_grades(refs, keyword))
    return [
        Verdict(ref.place, ref.folder, label, grade > 0, False, _NO_ROW if grade != grade else "")
        for ref, label, grade in zip(refs, labels, grades.tolist(), strict=True)
    ]


def roots_of(paths: Sequence[str | Path]) -> list[str]:
    """Return the absolute folders that pictures were looked for in: the arguments, or theirs."""
    folders = [Path(path) if Path(path).is_dir() else Path(path).parent for path in paths]
    return [os.path.abspath(folder) for folder in folders]
