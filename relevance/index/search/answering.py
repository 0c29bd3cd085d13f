"""A query to an index -> what is found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.errors import UsageError
from relevance.index.search.asking import Asked, Asker
from relevance.index.search.found import Hit
from relevance.index.search.query import Among, Query
from relevance.index.search.ranking import Match, best
from relevance.index.search.signals import Learnt
from relevance.index.stores.base import Filter, StoreInfo
from relevance.judging.calibration import Calibration
from relevance.judging.prompts import fill
from relevance.judging.scoring import Floats, probability
from relevance.judging.teaching import Lesson
from relevance.system.names import printable

Training = Calibration | Lesson
"""What was fitted on labelled pictures."""


def hits_of(asker: Asker, query: Query, among: Among, trained: Training | None = None) -> list[Hit]:
    """Answer a query.

    Raises:
        UsageError: There is no such column, the minimum is no probability, the encoder does not
            know words, or the calibration or lesson does not hold for this query.
        NoReadablePictureError: A picture of the query cannot be used.
    """
    among.check(query)
    if among.where:
        check_columns(asker.store.info, among.where)
    asked = asker.ask(query)
    calibration = trained.calibration if isinstance(trained, Lesson) else trained
    if trained:
        _check(trained, query, asked, asker)
    signal = Learnt(trained) if isinstance(trained, Lesson) else asked.signal
    chosen = Filter(among.folders, among.where)
    matches = best(asker.store, signal, among.k, chosen, asked.digests)
    if not matches:
        return []
    scores = np.array([match.score for match in matches])
    chances = _chances(scores, query, asked, asker, calibration)
    vectors = asker.store.vectors([match.row.id for match in matches])
    cosines = cosine(vectors, asked.reference[None])[:, 0]
    hits = [
        _hit(number, match, chance, own)
        for number, (match, chance, own) in enumerate(
            zip(matches, chances.tolist(), cosines.tolist(), strict=True), start=1
        )
    ]
    return [hit for hit in hits if among.minimum is None or _worth(hit) >= among.minimum]


def training_of(
    calibration: str | Path | Calibration | None, lesson: str | Path | Lesson | None
) -> Training | None:
    """Load what was named of the two; raises ``UsageError`` where both were."""
    if calibration and lesson:
        raise UsageError("A lesson brings its own calibration; give one of the two.")
    if isinstance(lesson, str | Path):
        return Lesson.load(lesson)
    return (
        Calibration.load(calibration)
        if isinstance(calibration, str | Path)
        else (lesson or calibration)
    )


def _check(trained: Training, query: Query, asked: Asked, asker: Asker) -> None:
    if len(query.words) != 1 or query.like or query.unlike:
        raise UsageError(
            "A calibration or lesson holds for one keyword, and for nothing beside it."
        )
    (word,) = query.words
    prompts = fill(query.templates, word)
    trained.check(word, asker.encoder.info, asked.background, prompts)


def _chances(
    scores: Floats, query: Query, asked: Asked, asker: Asker, calibration: Calibration | None
) -> Floats:
    if calibration:
        return calibration.probability(scores)
    if query.has_probability:
        return probability(scores, len(asked.background), asker.encoder.info)
    return np.full(len(scores), math.nan)


def _hit(rank: int, match: Match, chance: float, own: float) -> Hit:
    row = match.row
    return Hit(
        rank=rank,
        id=row.id,
        places=tuple([other.path for other in match.rows]),
        folder=row.folder,
        score=match.score,
        probability=chance,
        cosine=own,
        columns=row.columns,
    )


def _worth(hit: Hit) -> float:
    """Return what a minimum is about: the probability, or the score where there is none."""
    return hit.score if math.isnan(hit.probability) else hit.probability


def check_columns(info: StoreInfo, names: Iterable[str]) -> None:
    """Make sure that an index has columns of these names."""
    for name in names:
        if name not in info.columns:
            listed = ", ".join(map(printable, info.columns)) or "none"
            raise UsageError(f'The index has no column "{printable(name)}"; there are: {listed}.')
