"""``CategoryTable``: scores of many keywords, and what follows from them; data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray
from relevance.jobs.categories.accuracy import (
    Accuracy,
    ConfusedPair,
    confused_pairs,
    measure,
    tabulate,
)
from relevance.jobs.categories.correction import offsets
from relevance.jobs.categories.picking import Picks, pick
from relevance.judging.folder_means import EQUAL_MEANS, mean_of, min_max_scaled
from relevance.judging.naming import NONE
from relevance.pictures.held import Held
from relevance.system.names import printable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CategoryTable:
    """Scores of m keywords over n pictures in f folders; the rest is computed when asked for.

    Attributes:
        keywords: The m keywords.
        folders: Names of the f folders, in the order they were found.
        folder_keyword: ``(f,)`` int64: number of the keyword a folder bears; -1 for none.
        places: Where each of the n pictures is.
        folder_of: ``(n,)`` int64: number of each picture's folder.
        reasons: Why a picture was skipped; empty where it was not.
        scores: ``(n, m)`` float32, as ``judging.scoring.score_of`` has them; rows of NaN where
            skipped.
        correction: What is taken off the scores before keywords are compared: a name in
            ``CORRECTIONS``. Means never depend on it.
        encoder: The encoder's facts.
        distance: Name of the similarity that ``scores`` are measured in.
        provenance: What is needed to make the same table again.
        first_copy: ``(n,)`` int64, equal for copies of one picture; None where all are different.
        held: Pictures that lie in memory, by place.
    """

    keywords: tuple[str, ...]
    folders: tuple[str, ...]
    folder_keyword: IntArray
    places: tuple[str, ...]
    folder_of: IntArray
    reasons: tuple[str, ...]
    scores: FloatArray
    correction: str
    encoder: EncoderInfo
    distance: str
    provenance: Mapping[str, Any]
    first_copy: IntArray | None = None
    held: Mapping[str, Held] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[str]:
        """Where each picture is, fit to print."""
        return list(map(printable, self.places))

    @cached_property
    def is_scored(self) -> Bools:
        """Which pictures have scores: ``(n,)`` bool."""
        return ~np.isnan(self.scores[:, 0])

    @property
    def n_scored(self) -> int:
        """How many pictures have scores."""
        return int(self.is_scored.sum())

    @property
    def truth(self) -> IntArray:
        """Number of each picture's true keyword, that of its folder: ``(n,)`` int64, -1: none."""
        return np.asarray(self.folder_keyword[self.folder_of], dtype=np.int64)

    @cached_property
    def n_by_folder(self) -> IntArray:
        """Scored pictures of each folder: ``(f,)`` int64."""
        return np.bincount(self.folder_of[self.is_scored], minlength=len(self.folders))

    @cached_property
    def mean_matrix(self) -> Floats:
        """Mean score of each folder: ``(m, f)`` float64; NaN for folders without a scored picture.

        Never corrected: each is, up to rounding, the mean that ``score`` gives for that keyword.
        """
        means = np.full((len(self.keywords), len(self.folders)), np.nan)
        ordered = np.argsort(self.folder_of, kind="stable")
        ordered = ordered[self.is_scored[ordered]]
        ends = np.cumsum(self.n_by_folder)
        for folder in np.flatnonzero(self.n_by_folder).tolist():
            rows = ordered[ends[folder] - self.n_by_folder[folder] : ends[folder]]
            means[:, folder] = mean_of(self.scores[rows])
        return means

    @cached_property
    def scaled_matrix(self) -> Floats:
        """Each keyword's means on their own min-max scale: ``(m, f)`` float64 in [0, 1].

        NaN where there is no mean, and everywhere if there is only one.
        """
        scaled = np.full_like(self.mean_matrix, np.nan)
        there = self.n_by_folder > 0
        for row, means in zip(scaled, self.mean_matrix, strict=True):
            row[there] = min_max_scaled(means[there].tolist())
        return scaled

    @cached_property
    def best_folder(self) -> IntArray:
        """Number of the folder with the highest mean for each keyword: ``(m,)`` int64."""
        return np.asarray(np.nanargmax(self.mean_matrix, axis=1), dtype=np.int64)

    @property
    def has_own_folder(self) -> Bools:
        """Which keywords some folder with a scored picture bears: ``(m,)`` bool."""
        borne = self.folder_keyword[self.n_by_folder > 0]
        return np.isin(np.arange(len(self.keywords)), borne)

    @cached_property
    def fits_own_folder(self) -> Bools:
        """Which keywords have their highest mean in a folder that bears them: ``(m,)`` bool.

        A folder of another name with the same mean, up to rounding, fits as well: none is best.
        """
        numbers = np.arange(len(self.keywords))
        own = self.folder_keyword[self.best_folder] == numbers
        highest = np.nanmax(self.mean_matrix, axis=1, keepdims=True)
        is_as_high = highest - self.mean_matrix < EQUAL_MEANS
        others = is_as_high & (self.folder_keyword[None] != numbers[:, None])
        return np.asarray(own & ~others.any(axis=1))

    @cached_property
    def offsets(self) -> Floats:
        """What the correction takes off each keyword's scores: ``(m,)`` float64."""
        return offsets(self.scores[self.is_scored], self.correction)

    @property
    def compared(self) -> FloatArray:
        """Scores less offsets, by which keywords are compared: ``(n, m)`` float32."""
        return np.asarray(self.scores - self.offsets.astype(np.float32), dtype=np.float32)

    @cached_property
    def picks(self) -> Picks:
        """Best and second keyword of each picture, and the rank of its true one."""
        return pick(self.compared, self.truth)

    @cached_property
    def accuracy(self) -> Accuracy:
        """How often the best keyword is the one the folder bears."""
        uncorrected = pick(self.scores, self.truth).rank
        copies = np.arange(len(self.places)) if self.first_copy is None else self.first_copy
        return measure(self.picks.rank, uncorrected, len(self.keywords), copies)

    @cached_property
    def confusion_matrix(self) -> IntArray:
        """Pictures by true (row) and best (column) keyword: ``(m, m)`` int64."""
        m = len(self.keywords)
        return tabulate(self.truth, self.picks.best, (m, m))

    @cached_property
    def called(self) -> IntArray:
        """Pictures of each folder by best keyword: ``(f, m)`` int64."""
        return tabulate(self.folder_of, self.picks.best, (len(self.folders), len(self.keywords)))

    @cached_property
    def confused_pairs(self) -> list[ConfusedPair]:
        """Pictures with a wrong keyword, grouped by true and best keyword, the most first."""
        return confused_pairs(self.truth, self.picks.best, self.compared)

    @property
    def without_keyword(self) -> list[str]:
        """Folders that bear no keyword."""
        nameless = np.flatnonzero(self.folder_keyword == NONE).tolist()
        return [self.folders[number] for number in nameless]

    @property
    def skipped_rows(self) -> list[tuple[str, str, str]]:
        """Path, folder and reason of each picture that could not be used."""
        return [
            (self.paths[row], self.folders[self.folder_of[row]], reason)
            for row, reason in enumerate(self.reasons)
            if reason
        ]
