"""Embeddings + keyword -> score, margin and probability of every picture.

Results are kept as columns; the DataFrames that ``Scores`` shows are made when they are asked for,
since importing pandas takes longer than a new keyword over known pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relevance.copies import copy_groups
from relevance.embeddings import Embeddings
from relevance.encoders.base import EncoderInfo, FloatArray, IntArray
from relevance.folder_means import FolderRow
from relevance.labels import Grades, label_names
from relevance.names import printable
from relevance.similarity import SIMILARITIES, cosine, sigmoid

if TYPE_CHECKING:
    import pandas as pd

OK, SKIPPED = "ok", "skipped"


@dataclass(frozen=True, slots=True, eq=False)
class PictureColumns:
    """What is known of n pictures, a column each.

    Attributes:
        path: Where each is, fit to print.
        folder: Its category.
        label: "relevant", "irrelevant" or "".
        grade: ``(n,)`` float64: how relevant it is known to be, from 0; NaN for unknown.
        score: ``(n,)`` float32 similarity with the keyword; NaN where skipped.
        margin: ``(n,)`` float32: cosine less the highest cosine with a background concept.
        probability: ``(n,)`` float64 in [0, 1].
        relevant: ``(n,)`` bool: the probability reaches the threshold.
        reason: Why a picture was skipped; empty where it was not.
        first_copy: ``(n,)`` int64: the first row whose file has the same bytes; its own where there
            is none before.
    """

    path: Sequence[str]
    folder: Sequence[str]
    label: Sequence[str]
    grade: Grades
    score: FloatArray
    margin: FloatArray
    probability: npt.NDArray[np.float64]
    relevant: npt.NDArray[np.bool_]
    reason: Sequence[str]
    first_copy: IntArray

    def judged(self, probability: npt.NDArray[np.float64], threshold: float) -> PictureColumns:
        """Return the same pictures with other probabilities and the verdicts that follow."""
        return replace(self, probability=probability, relevant=probability >= threshold)

    @property
    def is_scored(self) -> npt.NDArray[np.bool_]:
        """Which pictures have a score: ``(n,)`` bool."""
        return np.array([not reason for reason in self.reason], dtype=bool)

    @property
    def status(self) -> list[str]:
        """For each picture "ok" or "skipped"."""
        return [SKIPPED if reason else OK for reason in self.reason]


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores of one keyword; data only.

    Attributes:
        keyword: The keyword.
        places: Where each picture is.
        pictures: Scores of every picture, as columns.
        folder_rows: Statistics of every folder, best mean first.
        encoder: The encoder's facts.
        distance: Name of the similarity that ``score`` is measured in.
        threshold: Probability from which a picture counts as relevant.
        provenance: What is needed to make the same table again.
    """

    keyword: str
    places: tuple[str, ...]
    pictures: PictureColumns
    folder_rows: tuple[FolderRow, ...]
    encoder: EncoderInfo
    distance: str
    threshold: float
    provenance: Mapping[str, Any]

    @property
    def files(self) -> tuple[Path, ...]:
        """The picture file of each row of ``images``."""
        return tuple(map(Path, self.places))

    @cached_property
    def images(self) -> pd.DataFrame:
        """A row a picture; numbers of skipped ones are missing.

        Columns: path, folder, label, grade, score, margin, probability, relevant, status, reason.
        """
        import pandas as pd

        names = [item.name for item in fields(PictureColumns) if item.name != "first_copy"]
        columns = {name: getattr(self.pictures, name) for name in names}
        columns["relevant"] = pd.arrays.BooleanArray(
            self.pictures.relevant.copy(), mask=~self.pictures.is_scored
        )
        frame = pd.DataFrame(columns)
        frame.insert(len(columns) - 1, "status", self.pictures.status)
        return frame

    @property
    def copies(self) -> dict[int, list[int]]:
        """Rows of the scored pictures that have copies, byte for byte, by the first of them."""
        groups = copy_groups(self.pictures.first_copy)
        scored = self.pictures.is_scored
        return {first: rows for first, rows in groups.items() if scored[rows].all()}

    @property
    def n_copies(self) -> int:
        """How many scored pictures are copies of one before them."""
        return sum(len(rows) - 1 for rows in self.copies.values())

    @cached_property
    def folders(self) -> pd.DataFrame:
        """A row a folder, the best mean first.

        Columns: folder, n, mean, std, ci_low, ci_high, scaled, n_relevant.
        """
        import pandas as pd

        names = [item.name for item in fields(FolderRow)]
        return pd.DataFrame([asdict(row) for row in self.folder_rows], columns=names)

    @property
    def scored(self) -> pd.DataFrame:
        """The rows of ``images`` that have a score."""
        return self.images[self.images["status"] == OK]

    @property
    def skipped(self) -> pd.DataFrame:
        """Pictures that could not be used: path, folder, reason."""
        rows = self.images[self.images["status"] == SKIPPED]
        return rows[["path", "folder", "reason"]].reset_index(drop=True)


def score_images(
    embeddings: Embeddings,
    keyword: FloatArray,
    background: FloatArray,
    info: EncoderInfo,
    *,
    grades: Grades,
    distance: str,
    threshold: float,
) -> PictureColumns:
    """Score every picture against the keyword.

    Args:
        embeddings: n pictures.
        keyword: Text embedding of the keyword, ``(dim,)``.
        background: Text embeddings of the background concepts, ``(n_background, dim)``.
        info: Gives logit scale and bias.
        grades: ``(n,)``, what is known of each picture.
        distance: A name in ``SIMILARITIES``.
        threshold: Probability from which a picture is relevant.

    Returns:
        Columns of n entries, in the order of ``embeddings``.
    """
    cosines = cosine(embeddings.vectors, np.vstack([keyword[None], background]))
    own, others = cosines[:, 0], cosines[:, 1:]
    chance = probability(own, others, info)
    return PictureColumns(
        path=[printable(ref.place) for ref in embeddings.refs],
        folder=[ref.folder for ref in embeddings.refs],
        label=label_names(grades),
        grade=grades,
        score=SIMILARITIES[distance](embeddings.vectors, keyword[None])[:, 0],
        margin=own - others.max(axis=1),
        probability=chance,
        relevant=chance >= threshold,
        reason=embeddings.reasons,
        first_copy=embeddings.first_copy,
    )


def probability(
    keyword_cosine: FloatArray, background_cosines: FloatArray, info: EncoderInfo
) -> npt.NDArray[np.float64]:
    """Turn cosines into the probability that the keyword fits, as the encoder was trained.

    For encoders trained with softmax (Radford et al. 2021) the posterior of the keyword against n
    background concepts, whose likelihoods go as exp(scale × cosine), with prior odds of 1 to √n.
    That lies half way (geometrically) between a plain softmax, which takes the keyword for one
    concept among n + 1 and finds few pictures, and even odds, which raise many false alarms; on
    held-out classes it has the best F1 at one half (benchmarks/README.md). For encoders trained
    with sigmoid (Zhai et al. 2023, SigLIP) the sigmoid of scale × cosine + bias.

    Args:
        keyword_cosine: ``(n,)``.
        background_cosines: ``(n, n_background)``.
        info: Gives scale and bias.

    Returns:
        ``(n,)`` float64 in [0, 1]; NaN in, NaN out.
    """
    if info.logit_bias is not None:
        logits = info.logit_scale * keyword_cosine.astype(np.float64) + info.logit_bias
        return sigmoid(logits)
    behind = np.float32(info.logit_scale) * (background_cosines - keyword_cosine[:, None])
    with np.errstate(over="ignore"):  # e to a large number is infinite, and 1 / infinity is right
        odds_against = np.exp(behind).sum(axis=1, dtype=np.float64) / behind.shape[1] ** 0.5
    return np.asarray(1 / (1 + odds_against), dtype=np.float64)
