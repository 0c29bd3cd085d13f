"""Which pictures a report shows: all, or of many a sample that holds what decides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relevance.embedding.copies import copy_groups
from relevance.judging.scoring import PictureColumns, ScoreTable

SHOW_ALL = 2000
"""Up to so many scored pictures, all are in the report."""

SAMPLE = 800
_EACH = 100  # highest, lowest and nearest to the threshold
_WRONG = 200  # misjudged, the most confident first
_SEED = 0
_NAMED = 3

Rows = npt.NDArray[np.int64]


def card_rows(pictures: PictureColumns) -> Rows:
    """Return the scored rows that get a card: of copies with the same label the first."""
    rows = np.flatnonzero(pictures.is_scored)
    keys = np.stack([pictures.first_copy[rows], np.nan_to_num(pictures.grade[rows], nan=-1)])
    return np.asarray(np.sort(rows[np.unique(keys, axis=1, return_index=True)[1]]), dtype=np.int64)


def copies_texts(table: ScoreTable) -> dict[int, str]:
    """Say of each row that has copies how many there are and where: "× 2, also in Backup/"."""
    return {
        row: f"× {len(rows)}, also {_elsewhere(table.pictures, row, rows)}"
        for rows in table.copies.values()
        for row in rows
    }


def _elsewhere(pictures: PictureColumns, row: int, rows: Sequence[int]) -> str:
    """Name the other folders, or where there are none the other files."""
    own = pictures.folder[row]
    places = dict.fromkeys(f"in {pictures.folder[r]}/" for r in rows if pictures.folder[r] != own)
    named = list(places) or [f"as {Path(pictures.path[r]).name}" for r in rows if r != row]
    return ", ".join(named[:_NAMED]) + (", …" if len(named) > _NAMED else "")


def near_copies_texts(pictures: PictureColumns) -> dict[int, str]:
    """Name for each row that has near copies some of the files that are nearly the same."""
    texts = {}
    for rows in copy_groups(pictures.first_alike).values():
        for row in rows:
            others = [r for r in rows if pictures.first_copy[r] != pictures.first_copy[row]]
            names = [Path(pictures.path[r]).name for r in others]
            if names:
                texts[row] = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return texts


def shown_rows(pictures: PictureColumns, threshold: float) -> Rows:
    """Choose the rows whose pictures go into the report, in their own order.

    Copies, byte for byte, with the same label are shown once. Of more than 2,000 a sample of 800:
    the highest, lowest and nearest to the threshold, the most confident mistakes, some of those
    with flaws and of near copies, and a random draw of the rest.

    Returns:
        ``(n_shown,)`` row numbers of scored pictures.
    """
    rows = card_rows(pictures)
    if len(rows) <= SHOW_ALL:
        return rows
    ranked, worst, nearest = _ends(pictures, rows, threshold)
    flawed = rows[[bool(pictures.flaws[row]) for row in rows.tolist()]]
    alike = rows[pictures.group[rows] > 0]
    ends = [ranked[:_EACH], ranked[-_EACH:], nearest[:_EACH], worst[:_WRONG]]
    certain = np.concatenate([*ends, flawed[:_EACH], alike[:_EACH]])
    rest = np.setdiff1d(rows, certain)
    drawn = np.random.default_rng(_SEED).permutation(rest)
    chosen = list(dict.fromkeys(np.concatenate([certain, drawn]).tolist()))[:SAMPLE]
    return np.array(sorted(chosen), dtype=np.int64)


def likely_opened(pictures: PictureColumns, rows: Rows, threshold: float) -> Rows:
    """Order rows by how likely their pictures are opened.

    The highest, the most confident mistakes and the nearest to the threshold take turns.

    Args:
        pictures: All pictures.
        rows: ``(n,)`` those shown.
        threshold: Probability from which a picture is relevant.

    Returns:
        ``(n,)`` the same rows.
    """
    ranked, worst, nearest = _ends(pictures, rows, threshold)
    turns = [row for group in zip_longest(ranked, worst, nearest) for row in group]
    return np.array(list(dict.fromkeys(row for row in turns if row is not None)), dtype=np.int64)


def _ends(pictures: PictureColumns, rows: Rows, threshold: float) -> tuple[Rows, Rows, Rows]:
    """Return the rows by score, the mistakes by confidence, the rows by nearness."""
    distance = np.abs(pictures.probability - threshold)
    wrong = rows[
        ((pictures.grade[rows] > 0) != pictures.relevant[rows]) & ~np.isnan(pictures.grade[rows])
    ]
    return (
        rows[np.argsort(-pictures.score[rows], kind="stable")],
        wrong[np.argsort(-distance[wrong], kind="stable")],
        rows[np.argsort(distance[rows], kind="stable")],
    )
