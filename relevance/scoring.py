"""Embeddings + keyword -> score, margin and probability per picture; statistics per folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats
from sklearn.preprocessing import MinMaxScaler

from relevance.embeddings import Embeddings
from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.similarity import SIMILARITIES, cosine
from relevance.sources import printable

BOOTSTRAP_RESAMPLES = 1000
CONFIDENCE = 0.95
_SEED = 0  # the same pictures give the same interval

OK, SKIPPED = "ok", "skipped"


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores of one keyword; data only.

    Attributes:
        keyword: The keyword.
        files: The picture file of each row of ``images``.
        images: A row a picture: path, folder, label ("relevant", "irrelevant" or ""), score,
            margin, probability, relevant (probability reaches the threshold), status ("ok" or
            "skipped"), reason. Numbers of skipped pictures are missing.
        folders: A row a folder: folder, n, mean, std, ci_low, ci_high, scaled; best mean first.
        encoder: The encoder's facts.
        distance: Name of the similarity that ``score`` is measured in.
        threshold: Probability from which a picture counts as relevant.
        provenance: What is needed to make the same table again.
    """

    keyword: str
    files: tuple[Path, ...]
    images: pd.DataFrame
    folders: pd.DataFrame
    encoder: EncoderInfo
    distance: str
    threshold: float
    provenance: Mapping[str, Any]

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
    distance: str,
    threshold: float,
) -> pd.DataFrame:
    """Score every picture against the keyword.

    Args:
        embeddings: n pictures.
        keyword: Text embedding of the keyword, ``(dim,)``.
        background: Text embeddings of the background concepts, ``(n_background, dim)``.
        info: Gives logit scale and bias.
        distance: A name in ``SIMILARITIES``.
        threshold: Probability from which a picture is relevant.

    Returns:
        n rows: path, folder, score, margin, probability, relevant, status, reason. ``margin`` is
        the cosine with the keyword less the highest cosine with a background concept.
    """
    own = cosine(embeddings.vectors, keyword[None])[:, 0]
    others = cosine(embeddings.vectors, background)
    chance = probability(own, others, info)
    skipped = np.array([bool(reason) for reason in embeddings.reasons], dtype=bool)
    verdict = np.where(skipped, False, chance >= threshold)
    return pd.DataFrame(
        {
            "path": [printable(ref.path) for ref in embeddings.refs],
            "folder": [ref.folder for ref in embeddings.refs],
            "score": SIMILARITIES[distance](embeddings.vectors, keyword[None])[:, 0],
            "margin": own - others.max(axis=1),
            "probability": chance,
            "relevant": pd.arrays.BooleanArray(verdict, mask=skipped),
            "status": np.where(skipped, SKIPPED, OK),
            "reason": list(embeddings.reasons),
        }
    )


def probability(
    keyword_cosine: FloatArray, background_cosines: FloatArray, info: EncoderInfo
) -> npt.NDArray[np.float64]:
    """Turn cosines into the probability that the keyword fits, as the encoder was trained.

    Softmax over the keyword and the background concepts for encoders trained with softmax
    (Radford et al. 2021); sigmoid of scale × cosine + bias for those trained with sigmoid
    (Zhai et al. 2023, SigLIP).

    Args:
        keyword_cosine: ``(n,)``.
        background_cosines: ``(n, n_background)``.
        info: Gives scale and bias.

    Returns:
        ``(n,)`` float64 in [0, 1]; NaN in, NaN out.
    """
    if info.logit_bias is not None:
        logits = info.logit_scale * keyword_cosine.astype(np.float64) + info.logit_bias
        return np.asarray(special.expit(logits), dtype=np.float64)
    cosines = np.column_stack([keyword_cosine, background_cosines]).astype(np.float64)
    return np.asarray(special.softmax(info.logit_scale * cosines, axis=1)[:, 0], np.float64)


def folder_table(images: pd.DataFrame) -> pd.DataFrame:
    """Average the scores by folder.

    Args:
        images: Rows of ``score_images``.

    Returns:
        A row for each folder with at least one scored picture: folder, n, mean, std (n - 1 in the
        denominator; missing for n = 1), ci_low and ci_high (95 % percentile bootstrap of the mean;
        missing for n = 1), scaled (the means through ``MinMaxScaler``; missing for one folder).
        Highest mean first.
    """
    scored = images[images["status"] == OK]
    rows = [
        {"folder": folder, **_summary(group["score"].to_numpy(np.float64))}
        for folder, group in scored.groupby("folder", sort=False)
    ]
    columns = ["folder", "n", "mean", "std", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    table["scaled"] = min_max_scaled(table["mean"])
    return table.sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def min_max_scaled(means: Sequence[float] | pd.Series) -> npt.NDArray[np.float64]:
    """Scale folder means of one run to [0, 1]; NaN where there are fewer than two of them."""
    values = np.asarray(means, dtype=np.float64)
    if len(values) < 2:
        return np.full(len(values), np.nan)
    scaled = MinMaxScaler().fit_transform(values[:, None])[:, 0]
    return np.asarray(np.clip(scaled, 0, 1), dtype=np.float64)  # 1 + 2e-16 comes out of it


def _summary(scores: npt.NDArray[np.float64]) -> dict[str, float]:
    mean = float(scores.mean())
    if len(scores) < 2:
        return {"n": 1, "mean": mean, "std": np.nan, "ci_low": np.nan, "ci_high": np.nan}
    interval = stats.bootstrap(
        (scores,),
        np.mean,
        n_resamples=BOOTSTRAP_RESAMPLES,
        batch=max(1, 1_000_000 // len(scores)),
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return {
        "n": len(scores),
        "mean": mean,
        "std": float(scores.std(ddof=1)),
        "ci_low": float(interval.low),
        "ci_high": float(interval.high),
    }
