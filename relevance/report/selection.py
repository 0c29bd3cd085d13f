"""Which pictures a report shows: all, or of many a sample that holds what decides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relevance.scoring import PictureColumns

SHOW_ALL = 2000
"""Up to so many scored pictures, all are in the report."""

SAMPLE = 800
_EACH = 100  # highest, lowest and nearest to the threshold
_WRONG = 200  # misjudged, the most confident first
_SEED = 0

Rows = npt.NDArray[np.int64]


def shown_rows(pictures: PictureColumns, threshold: float) -> Rows:
    """Choose the rows whose pictures go into the report, in their own order.

    Of more than 2,000 a sample of 800: the highest, lowest and nearest to the threshold, the most
    confident mistakes, and a random draw of the rest.

    Returns:
        ``(n_shown,)`` row numbers of scored pictures.
    """
    rows = np.flatnonzero(pictures.is_scored)
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
