"""Which pictures a report shows: all, or of many a sample that holds what decides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

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


def shown_rows(pictures: PictureColumns, threshold: float) -> Rows:
    """Choose the rows whose pictures go into the report, in their own order.

    Copies, byte for byte, with the same label are shown once. Of more than 2,000 a sample of 800:
    the highest, lowest and nearest to the threshold, the most confident mistakes, and a random
    draw of the rest.

    Returns:
        ``(n_shown,)`` row numbers of scored pictures.
    """
    rows = card_rows(pictures)
    if len(rows) <= SHOW_ALL:
        return rows
    ranked = rows[np.argsort(-pictures.score[rows], kind="stable")]
    distance = np.abs(pictures.probability - threshold)
    nearest = rows[np.argsort(distance[rows], kind="stable")]
    relevant = pictures.grade[rows] > 0
    wrong = rows[(relevant != pictures.relevant[rows]) & ~np.isnan(pictures.grade[rows])]
    worst = wrong[np.argsort(-distance[wrong], kind="stable")]
    certain = np.concatenate([ranked[:_EACH], ranked[-_EACH:], nearest[:_EACH], worst[:_WRONG]])
    rest = np.setdiff1d(rows, certain)
    drawn = np.random.default_rng(_SEED).permutation(rest)
    chosen = list(dict.fromkeys(np.concatenate([certain, drawn]).tolist()))[:SAMPLE]
    return np.array(sorted(chosen), dtype=np.int64)
