"""Scores + labels -> how well the scores tell relevant from irrelevant pictures."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from relevance.judging.bootstrap import Estimate, ranking_estimates
from relevance.judging.folder_means import CONFIDENCE
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.judging.metrics import (
    AtCutoff,
    AtThreshold,
    Curves,
    at_cutoffs,
    at_threshold,
    best_threshold,
    mann_whitney,
    trace_curves,
)
from relevance.judging.scoring import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

SMALL_SAMPLE = 30
"""With fewer pictures than this in either class the report says that the sample is small."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the labels say about the scores.

    Attributes:
        n_relevant: Scored pictures labelled relevant.
        n_irrelevant: Scored pictures labelled irrelevant.
        n_unlabelled: Scored pictures without a label; they do not count.
        n_different: Different pictures among the relevant and among the irrelevant ones: copies,
            byte for byte, count once.
        n_contradictory: Different pictures that have copies with both labels.
        note: Why there are no metrics, or how far to trust them; may be empty.
        roc_auc: Area under the ROC curve of the scores.
        average_precision: Area under the precision-recall curve, as scikit-learn defines it.
        chosen: Verdicts at the threshold in use.
        best: Verdicts at the threshold with the highest F1 on these very pictures: optimistic.
        cutoffs: Metrics of the k best, for k up to the number of labelled pictures.
        p_value: Two-sided Mann-Whitney test that scores of both classes are alike, over different
            pictures; it keeps a perfect order of three pictures from looking like proof.
        curves: What the AUC and the average precision are the areas of; empty where undefined.
    """

    n_relevant: int
    n_irrelevant: int
    n_unlabelled: int
    n_different: tuple[int, int]
    n_contradictory: int
    note: str
    roc_auc: Estimate
    average_precision: Estimate
    chosen: AtThreshold
    best: AtThreshold
    cutoffs: tuple[AtCutoff, ...]
    p_value: float
    curves: Curves = field(repr=False)

    @property
    def n_labelled(self) -> int:
        """Scored pictures that the metrics rest on."""
        return self.n_relevant + self.n_irrelevant

    @property
    def available(self) -> bool:
        """Whether both classes are there, so that the metrics are defined."""
        return self.n_relevant > 0 and self.n_irrelevant > 0

    @property
    def separation(self) -> Literal["clear", "unclear", "reversed", "unknown"]:
        """Whether relevant pictures score higher ("clear"), lower ("reversed") or neither is shown.

        Asks for two things: an AUC interval on one side of one half, and a Mann-Whitney test
        below 0.05, since the bootstrap of a few pictures in perfect order has no width.
        """
        if not self.available:
            return "unknown"
        if self.p_value < 1 - CONFIDENCE and self.roc_auc.low > 0.5:
            return "clear"
        if self.p_value < 1 - CONFIDENCE and self.roc_auc.high < 0.5:
            return "reversed"
        return "unclear"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists, ready for JSON but for NaN; without the curves."""
        numbers = {name: value for name, value in asdict(self).items() if name != "curves"}
        if not self.available:
            numbers |= {"chosen": None, "best": None}
        return numbers | {"available": self.available, "separation": self.separation}


def evaluate(table: ScoreTable) -> Evaluation:
    """Hold the scores of a table against its labels."""
    pictures = table.pictures
    scored = pictures.is_scored
    labelled = scored & ~np.isnan(pictures.grade)
    grades = pictures.grade[labelled]
    truth = grades > 0
    scores = pictures.score[labelled].astype(np.float64)
    chances = pictures.probability[labelled]
    n_relevant, n_irrelevant = int(truth.sum()), int((~truth).sum())
    both = n_relevant > 0 and n_irrelevant > 0
    copies = pictures.first_copy[labelled]
    once = np.unique(np.stack([copies, truth]), axis=1, return_index=True)[1]
    n_different = int(truth[once].sum()), int((~truth[once]).sum())
    auc, precision = ranking_estimates(truth, scores, copies) if both else (_UNDEFINED, _UNDEFINED)
    return Evaluation(
        n_relevant=n_relevant,
        n_irrelevant=n_irrelevant,
        n_unlabelled=int(scored.sum() - labelled.sum()),
        n_different=n_different,
        n_contradictory=len(once) - len(np.unique(copies)),
        note=_note(n_relevant, n_irrelevant, n_different),
        roc_auc=auc,
        average_precision=precision,
        chosen=at_threshold(truth, chances, table.threshold),
        best=at_threshold(truth, chances, best_threshold(truth, chances)),
        cutoffs=at_cutoffs(grades, scores) if both else (),
        p_value=mann_whitney(truth[once], scores[once]) if both else math.nan,
        curves=trace_curves(truth, scores) if both else Curves(*[np.empty(0)] * 4),
    )


def misjudged(table: ScoreTable) -> pd.DataFrame:
    """Rows whose verdict contradicts their label, the most confident mistakes first."""
    scored = table.scored
    verdict = scored["relevant"].astype(bool)
    wrong = (verdict & (scored["label"] == IRRELEVANT)) | (~verdict & (scored["label"] == RELEVANT))
    distance = (scored["probability"] - table.threshold).abs()
    return scored[wrong].loc[distance[wrong].sort_values(ascending=False, kind="stable").index]


_UNDEFINED = Estimate(math.nan, math.nan, math.nan)


def _note(n_relevant: int, n_irrelevant: int, n_different: tuple[int, int]) -> str:
    if not n_relevant and not n_irrelevant:
        return (
            "No folder has a label, so there is a ranking but nothing says how often it is right. "
            "Folders named Relevant and Irrelevant, or one named after the keyword, give labels."
        )
    if not n_relevant or not n_irrelevant:
        only = "relevant" if n_relevant else "irrelevant"
        return (
            f"All labelled pictures are {only}, so nothing can be told apart. Add pictures of the "
            "other kind to evaluate."
        )
    if min(n_different) < SMALL_SAMPLE:
        copies = ", copies counted once" if sum(n_different) < n_relevant + n_irrelevant else ""
        return (
            f"Small sample: {n_different[0]} relevant and {n_different[1]} irrelevant "
            f"pictures{copies}. Read the intervals rather than the figures."
        )
    return ""
