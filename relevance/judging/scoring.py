"""Embeddings + keyword -> score, probability and verdict of every picture.

The score is the one signal: everything that orders, averages or draws uses it, and the probability
that verdicts rest on is a rising function of it, so that order and verdict never contradict.

Results are kept as columns; the DataFrames that ``Scores`` shows are made when they are asked for,
since importing pandas takes longer than a new keyword over known pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relevance.embedding.copies import copy_groups
from relevance.embedding.cosines import cosine
from relevance.embedding.embeddings import Embeddings
from relevance.embedding.near_copies import first_alike
from relevance.encoders.base import EncoderInfo, FloatArray, IntArray
from relevance.exports.columns import Column, frame
from relevance.judging.folder_means import STEPS_IN_ONE, FolderRow
from relevance.judging.labels import Grades, label_names
from relevance.judging.similarity import SIMILARITIES, sigmoid
from relevance.pictures.held import Held
from relevance.pictures.looks import FLAWS, flaw_names
from relevance.system.names import all_printable

if TYPE_CHECKING:
    import pandas as pd

OK, SKIPPED = "ok", "skipped"
DEFAULT_THRESHOLD = 0.5
"""Probability from which a picture counts as relevant where nobody says another."""

_ORDER = 0.5  # of the power mean over the background
_PRIOR = 2 / 3  # power of the number of concepts that the prior odds are against a keyword

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PictureColumns:
    """What is known of n pictures, a column each.

    Attributes:
        path: Where each is, fit to print.
        folder: Its category.
        label: "relevant", "irrelevant" or "".
        grade: ``(n,)`` float64: how relevant it is known to be, from 0; NaN for unknown.
        score: ``(n,)`` float64, see ``score_of``; NaN where skipped.
        similarity: ``(n,)`` float32: raw similarity with the keyword, of the kind that was asked
            for; a cosine unless told otherwise.
        probability: ``(n,)`` float64 in [0, 1]; it rises with the score.
        relevant: ``(n,)`` bool: the probability reaches the threshold.
        reason: Why a picture was skipped; empty where it was not.
        first_copy: ``(n,)`` int64: the first row whose file has the same bytes; its own where there
            is none before.
        first_alike: ``(n,)`` int64: the first row that is a copy or nearly one; see
            ``embedding.near_copies``.
        flaws: What is wrong with it beside what it shows: "blank", "tiny", "noise", several parted
            by "; ", or "".
    """

    path: Sequence[str]
    folder: Sequence[str]
    label: Sequence[str]
    grade: Grades
    score: Floats
    similarity: FloatArray
    probability: Floats
    relevant: npt.NDArray[np.bool_]
    reason: Sequence[str]
    first_copy: IntArray
    first_alike: IntArray
    flaws: Sequence[str]

    def judged(self, probability: Floats, threshold: float) -> PictureColumns:
        """Return the same pictures with other probabilities and the verdicts that follow."""
        return replace(self, probability=probability, relevant=probability >= threshold)

    @property
    def is_scored(self) -> npt.NDArray[np.bool_]:
        """Which pictures have a score: ``(n,)`` bool."""
        return np.array([not reason for reason in self.reason], dtype=bool)

    @cached_property
    def order(self) -> IntArray:
        """Rows from the highest score to the lowest, then those of skipped pictures: ``(n,)``."""
        return np.asarray(np.argsort(-self.score, kind="stable"), dtype=np.int64)

    @cached_property
    def rank(self) -> IntArray:
        """Place in that order, from 1, ``(n,)`` int64; 0 where skipped."""
        ranks = np.empty(len(self.score), dtype=np.int64)
        ranks[self.order] = np.arange(1, len(self.score) + 1)
        return np.where(self.is_scored, ranks, 0)

    @cached_property
    def group(self) -> IntArray:
        """Number of the group of copies and near copies, ``(n,)`` int64, from 1; 0 for none."""
        _, numbers, counts = np.unique(self.first_alike, return_inverse=True, return_counts=True)
        several = np.cumsum(counts > 1) * (counts > 1)
        return np.asarray(several[numbers], dtype=np.int64)

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
        distance: Name of the raw similarity that stands beside the score.
        threshold: Probability from which a picture counts as relevant.
        provenance: What is needed to make the same table again.
        like: Where the examples are that pictures were judged by, if there are any.
        unlike: Where examples of something else are.
        held: Pictures and examples that lie in memory, by place.
    """

    keyword: str
    places: tuple[str, ...]
    pictures: PictureColumns
    folder_rows: tuple[FolderRow, ...]
    encoder: EncoderInfo
    distance: str
    threshold: float
    provenance: Mapping[str, Any]
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """The picture file of each row of ``images``."""
        return tuple(map(Path, self.places))

    @cached_property
    def images(self) -> pd.DataFrame:
        """A row a picture; numbers of skipped ones are missing.

        Columns: path, folder, label, grade, score, cosine, probability, relevant, rank, group,
        flaws, status, reason. The raw similarity is named after its kind, so "cosine" unless
        another was asked for.
        """
        return frame(self.columns)

    @property
    def is_scored(self) -> npt.NDArray[np.bool_]:
        """Which pictures have a score: ``(n,)`` bool."""
        return self.pictures.is_scored

    @property
    def columns(self) -> dict[str, Column]:
        """The same columns, as ``exports.columns`` takes them."""
        pictures, is_skipped = self.pictures, ~self.pictures.is_scored
        return {
            "path": pictures.path,
            "folder": pictures.folder,
            "label": pictures.label,
            "grade": pictures.grade,
            "score": pictures.score,
            self.distance: pictures.similarity,
            "probability": pictures.probability,
            "relevant": np.ma.masked_array(pictures.relevant, is_skipped),
            "rank": np.ma.masked_array(pictures.rank, is_skipped),
            "group": np.ma.masked_array(pictures.group, pictures.group == 0),
            "flaws": pictures.flaws,
            "status": pictures.status,
            "reason": pictures.reason,
        }

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

    @property
    def n_near_copies(self) -> int:
        """How many different scored pictures are near copies of one before them."""
        pictures = self.pictures
        rows = np.flatnonzero(
            pictures.is_scored & (pictures.first_copy == np.arange(len(pictures.path)))
        )
        return len(rows) - len(np.unique(pictures.first_alike[rows]))

    @property
    def flaw_counts(self) -> dict[str, int]:
        """How many scored pictures have each flaw, of those that any has."""
        counts = {name: sum(name in text for text in self.pictures.flaws) for name in FLAWS}
        return {name: count for name, count in counts.items() if count}

    @cached_property
    def folders(self) -> pd.DataFrame:
        """A row a folder, the best mean first.

        Columns: folder, n, mean, std, ci_low, ci_high, scaled, n_relevant.
        """
        import pandas as pd

        names = [item.name for item in fields(FolderRow)]
        return pd.DataFrame([asdict(row) for row in self.folder_rows], columns=names)

    @property
    def unit(self) -> str:
        """What the score is measured in, in words."""
        if self.provenance.get("lesson"):
            return "taught log odds"
        if self.like:
            return "log odds from word and examples"
        return unit_of(self.encoder)

    @property
    def scored(self) -> pd.DataFrame:
        """The rows of ``images`` that have a score."""
        return self.images[self.images["status"] == OK]

    @property
    def skipped(self) -> pd.DataFrame:
        """Pictures that could not be used: path, folder, reason."""
        rows = self.images[self.images["status"] == SKIPPED]
        return rows[["path", "folder", "reason"]].reset_index(drop=True)


def flaws_of(embeddings: Embeddings) -> list[str]:
    """Say what is wrong with each picture; see ``PictureColumns``."""
    if embeddings.looks is None:
        return [""] * len(embeddings.refs)
    return flaw_names(embeddings.looks)


def unit_of(info: EncoderInfo) -> str:
    """Say what an encoder's scores are measured in, in words; see ``score_of``."""
    return "cosine above background" if info.logit_bias is None else "cosine"


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
    score = score_of(cosines[:, :1], cosines[:, 1:], info)[:, 0]
    raw = cosines[:, 0]
    if distance != "cosine":
        raw = SIMILARITIES[distance](embeddings.vectors, keyword[None])[:, 0]
    chance = probability(score, len(background), info)
    return PictureColumns(
        path=all_printable([ref.place for ref in embeddings.refs]),
        folder=[ref.folder for ref in embeddings.refs],
        label=label_names(grades),
        grade=grades,
        score=score,
        similarity=raw,
        probability=chance,
        relevant=chance >= threshold,
        reason=embeddings.reasons,
        first_copy=embeddings.first_copy,
        first_alike=first_alike(embeddings.vectors, embeddings.looks, embeddings.first_copy),
        flaws=flaws_of(embeddings),
    )


def score_keyword(
    vectors: npt.NDArray[np.floating],
    keyword: FloatArray,
    background: FloatArray,
    info: EncoderInfo,
) -> Floats:
    """Score pictures, ``(n, dim)``, against a keyword; see ``score_of``.

    Returns:
        ``(n,)`` float64.
    """
    cosines = cosine(vectors, np.vstack([keyword[None], background]))
    return score_of(cosines[:, :1], cosines[:, 1:], info)[:, 0]


def score_of(
    keyword_cosines: FloatArray, background_cosines: FloatArray, info: EncoderInfo
) -> Floats:
    """Say how far a picture's cosine with the keyword lies above what the background gives.

    For encoders trained with softmax (Radford et al. 2021) the likelihood of a concept goes as
    exp(scale × cosine). The level taken off is that of a concept as likely as the background is:
    (2 / scale) · log of the mean over its concepts of exp(scale × cosine / 2), which makes the
    background's likelihood the power mean of order one half. Order 1 is a plain softmax, which one
    concept can decide, order 0 the mean cosine; one half is as good in order as both and better in
    verdict than the first (benchmarks/README.md). Encoders trained with sigmoid (Zhai et al. 2023,
    SigLIP) learnt what a cosine is worth by itself, so there the score is the cosine.

    Args:
        keyword_cosines: ``(n, m)``, of m keywords with one background.
        background_cosines: ``(n, n_background)``.
        info: Gives the scale, and the bias that says how the encoder was trained.

    Returns:
        ``(n, m)`` float64, rounded to whole steps of 2.3e-10 (``STEPS_IN_ONE``): rounding within a
        sum or an exponential is far smaller, so that two scores that differ give probabilities in
        the same order. NaN in, NaN out.
    """
    scores = keyword_cosines.astype(np.float64)
    if info.logit_bias is None:
        scores -= _background_level(background_cosines, _ORDER * info.logit_scale)[:, None]
    return np.asarray(np.rint(scores * STEPS_IN_ONE) / STEPS_IN_ONE, dtype=np.float64)


def background_level(
    vectors: npt.NDArray[np.floating], background: FloatArray, info: EncoderInfo
) -> Floats:
    """Say what ``score_keyword`` takes off the cosine of each picture, ``(n,)`` float64."""
    return _background_level(cosine(vectors, background), _ORDER * info.logit_scale)


def _background_level(cosines: FloatArray, scale: float) -> Floats:
    """Return (1 / scale) · log mean exp(scale × cosine) over the columns, as ``(n,)``.

    It goes column by column, so that each row is added up alike, whatever the shape.
    """
    highest = cosines.max(axis=1).astype(np.float64)
    total = np.zeros(len(cosines))
    for column in cosines.T:
        total += np.exp(scale * (column - highest))
    level: Floats = highest + np.log(total / cosines.shape[1]) / scale
    return level


def probability(score: Floats, n_background: int, info: EncoderInfo) -> Floats:
    """Turn scores into the probability that the keyword fits, as the encoder was trained.

    For encoders trained with softmax the posterior of the keyword against the background, with
    prior odds of 1 to n to the power of two thirds: sigmoid(scale × score - ⅔ log n). Odds of 1
    to n find few pictures, even odds raise many false alarms; of those between, these have the
    lowest log loss on pictures that the encoder never saw (benchmarks/README.md).
    For those trained with sigmoid, sigmoid(scale × score + bias).

    Args:
        score: ``(n,)`` as ``score_of`` gives it.
        n_background: Number of background concepts.
        info: Gives scale and bias.

    Returns:
        ``(n,)`` float64 in [0, 1], never lower for a higher score; NaN in, NaN out.
    """
    bias = -_PRIOR * np.log(n_background) if info.logit_bias is None else info.logit_bias
    return sigmoid(info.logit_scale * score + bias)
