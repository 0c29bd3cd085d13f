"""Which pictures a list has, and in which order: the best first, those without a score last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import IntArray
from relevance.errors import UsageError
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.judging.scoring import Floats, PictureColumns, ScoreTable

ALL, MISFITS, UNSURE = "all", "misfits", "unsure"
SELECTIONS = (ALL, RELEVANT, MISFITS, UNSURE)
_UNSURE = 3.0  # times the threshold's odds, and as many times less


@dataclass(frozen=True, slots=True)
class Listing:
    """What is wanted of a list.

    Attributes:
        which: One of ``SELECTIONS``.
        top: How many pictures at most, the best; None for all, also those without a score.
    """

    which: str = ALL
    top: int | None = None

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise UsageError(f"--top takes a number of pictures from 1 upwards, not {self.top}.")

    def rows(self, table: ScoreTable) -> IntArray:
        """Return the rows wanted, ``(n,)`` int64, the highest score first, skipped ones last.

        Raises:
            UsageError: Misfits are wanted, and nothing is labelled.
        """
        pictures = table.pictures
        if self.which == MISFITS:
            check_labelled(pictures.label)
        order = pictures.order
        wanted = order[_picked(pictures, table.threshold, self.which)[order]]
        return self.best(wanted, pictures.is_scored)

    def best(self, rows: IntArray, is_scored: npt.NDArray[np.bool_]) -> IntArray:
        """Return of ordered rows those that the number leaves."""
        return rows if self.top is None else rows[is_scored[rows]][: self.top]


def check_labelled(labels: Iterable[str]) -> None:
    """Raise ``UsageError`` where no picture has a label that a verdict could go against."""
    if not any(labels):
        raise UsageError(
            "No picture has a label, so none can be a misfit. Name folders Relevant and "
            "Irrelevant, or after the keyword, or give a table with --labels."
        )


def is_unsure(probability: Floats, threshold: float) -> npt.NDArray[np.bool_]:
    """Say which probabilities, ``(n,)``, have odds within a factor of three of the threshold's.

    At a threshold of 0.5 those are the ones from 0.25 to 0.75. NaN is never unsure.

    Returns:
        ``(n,)`` bool.
    """
    certain = 1 - threshold
    found = (probability * certain * _UNSURE >= threshold * (1 - probability)) & (
        probability * certain <= threshold * (1 - probability) * _UNSURE
    )
    return np.asarray(found, dtype=np.bool_)


def _picked(pictures: PictureColumns, threshold: float, which: str) -> npt.NDArray[np.bool_]:
    """Say which pictures a selection has: ``(n,)`` bool."""
    if which == ALL:
        return np.ones(len(pictures.score), dtype=np.bool_)
    if which == UNSURE:
        return is_unsure(pictures.probability, threshold)
    verdict = pictures.relevant & pictures.is_scored
    if which == RELEVANT:
        return verdict
    label = np.asarray(pictures.label)
    wrong = np.where(pictures.relevant, label == IRRELEVANT, label == RELEVANT)
    return np.asarray(wrong & pictures.is_scored, dtype=np.bool_)
