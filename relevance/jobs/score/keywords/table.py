"""``KeywordTable``: scores of several keywords over the same pictures, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import EncoderInfo, FloatArray, IntArray
from relevance.judging.folder_means import mean_of
from relevance.judging.labels import Grades, label_names
from relevance.judging.naming import NONE
from relevance.judging.scoring import PictureColumns
from relevance.pictures.held import Held

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class KeywordTable:
    """Scores of m keywords over n pictures in f folders; the rest is computed when asked for.

    Scores and probabilities are float64, so that those of a keyword are what a run with that
    keyword alone gives, to the last bit, and no verdict goes against its probability.

    Attributes:
        keywords: The m keywords.
        places: Where each of the n pictures is.
        path: The same, fit to print.
        folder: The category of each picture.
        reason: Why a picture was skipped; empty where it was not.
        first_copy: ``(n,)`` int64: the first row whose file has the same bytes.
        first_alike: ``(n,)`` int64: the first row that is a copy or nearly one.
        flaws: "blank", "tiny", "noise", or "".
        grades: ``(n, m)`` float64: how relevant a picture is known to be, from 0; NaN for unknown.
        scores: ``(n, m)`` float64, see ``judging.scoring.score_of``; rows of NaN where skipped.
        similarities: ``(n, m)`` float32: raw similarities, of the kind ``distance``.
        probabilities: ``(n, m)`` float64 in [0, 1].
        verdicts: ``(n, m)`` bool: the probability reaches the threshold.
        encoder: The encoder's facts.
        distance: Name of the raw similarity.
        threshold: Probability from which a picture shows a keyword.
        provenance: What is needed to make the same table again.
        own_provenance: For each keyword what its own table has in place of that.
        held: Pictures that lie in memory, by place.
    """

    keywords: tuple[str, ...]
    places: tuple[str, ...]
    path: Sequence[str]
    folder: Sequence[str]
    reason: tuple[str, ...]
    first_copy: IntArray
    first_alike: IntArray
    flaws: Sequence[str]
    grades: Grades
    scores: Floats
    similarities: FloatArray
    probabilities: Floats
    verdicts: Bools
    encoder: EncoderInfo
    distance: str
    threshold: float
    provenance: Mapping[str, Any]
    own_provenance: tuple[Mapping[str, Any], ...]
    held: Mapping[str, Held] = field(default_factory=dict)

    @cached_property
    def is_scored(self) -> Bools:
        """Which pictures have scores: ``(n,)`` bool."""
        return np.array([not reason for reason in self.reason], dtype=bool)

    @property
    def n_scored(self) -> int:
        """How many pictures have scores."""
        return int(self.is_scored.sum())

    @property
    def counts(self) -> IntArray:
        """How many pictures show each keyword: ``(m,)`` int64."""
        return np.asarray(self.verdicts.sum(axis=0), dtype=np.int64)

    @property
    def n_shown(self) -> IntArray:
        """How many keywords each picture shows: ``(n,)`` int64."""
        return np.asarray(self.verdicts.sum(axis=1), dtype=np.int64)

    @cached_property
    def best(self) -> IntArray:
        """Number of each picture's most probable keyword, ``(n,)`` int64; -1 where skipped.

        Of equal probabilities, such as 1 as far as floats go, the higher score decides.
        """
        best = np.full(len(self.places), NONE, dtype=np.int64)
        rows = np.flatnonzero(self.is_scored)
        chances, scores = self.probabilities[rows], self.scores[rows]
        highest = chances == chances.max(axis=1, keepdims=True)
        best[rows] = np.where(highest, scores, -np.inf).argmax(axis=1)
        return best

    @property
    def order(self) -> IntArray:
        """Rows, ``(n,)`` int64, those first whose best keyword is most probable, skipped ones last.

        Of equal probabilities the higher score decides.
        """
        rows, best = np.arange(len(self.places)), self.best
        keys = -self.scores[rows, best], -self.probabilities[rows, best]
        return np.asarray(np.lexsort(keys), dtype=np.int64)

    @property
    def best_keyword(self) -> list[str]:
        """Each picture's most probable keyword, which it need not show; empty where skipped."""
        return ["" if number == NONE else self.keywords[number] for number in self.best.tolist()]

    @property
    def shown_keywords(self) -> list[tuple[str, ...]]:
        """Keywords that each picture shows, the most probable first."""
        shown: list[tuple[str, ...]] = [()] * len(self.places)
        for row in np.flatnonzero(self.n_shown).tolist():
            numbers = np.flatnonzero(self.verdicts[row])
            order = np.lexsort((-self.scores[row, numbers], -self.probabilities[row, numbers]))
            shown[row] = tuple(self.keywords[number] for number in numbers[order].tolist())
        return shown

    @cached_property
    def folder_names(self) -> tuple[str, ...]:
        """The f folders that have a scored picture, in the order they were found."""
        scored = np.flatnonzero(self.is_scored).tolist()
        return tuple(dict.fromkeys(self.folder[row] for row in scored))

    @cached_property
    def rows_by_folder(self) -> tuple[IntArray, ...]:
        """Rows of the scored pictures of each folder."""
        numbers = {name: number for number, name in enumerate(self.folder_names)}
        rows: list[list[int]] = [[] for _ in numbers]
        for row in np.flatnonzero(self.is_scored).tolist():
            rows[numbers[self.folder[row]]].append(row)
        return tuple(np.array(some, dtype=np.int64) for some in rows)

    @cached_property
    def mean_matrix(self) -> Floats:
        """Mean score of each folder with each keyword: ``(f, m)`` float64."""
        return np.array([mean_of(self.scores[rows]) for rows in self.rows_by_folder])

    @cached_property
    def shown_matrix(self) -> IntArray:
        """How many pictures of each folder show each keyword: ``(f, m)`` int64."""
        counts = [self.verdicts[rows].sum(axis=0) for rows in self.rows_by_folder]
        return np.array(counts, dtype=np.int64)

    def pictures_of(self, number: int) -> PictureColumns:
        """Return the columns of one keyword, by its number."""
        grades = self.grades[:, number]
        return PictureColumns(
            path=self.path,
            folder=self.folder,
            label=label_names(grades),
            grade=grades,
            score=self.scores[:, number],
            similarity=self.similarities[:, number],
            probability=self.probabilities[:, number],
            relevant=self.verdicts[:, number],
            reason=self.reason,
            first_copy=self.first_copy,
            first_alike=self.first_alike,
            flaws=self.flaws,
        )

    @property
    def skipped_rows(self) -> list[tuple[str, str, str]]:
        """Path, folder and reason of each picture that could not be used."""
        rows = zip(self.path, self.folder, self.reason, strict=True)
        return [row for row in rows if row[2]]
