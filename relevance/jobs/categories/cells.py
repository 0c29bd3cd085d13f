"""The pictures behind the cells of a page's matrices, as its script reads them."""

from __future__ import annotations

import base64
from pathlib import PurePath
from typing import Any

import numpy as np

from relevance.encoders.base import IntArray
from relevance.jobs.categories.order import folder_order, keyword_order
from relevance.jobs.categories.table import CategoryTable
from relevance.pages.matrix import MAX_SIDE
from relevance.pages.thumbnails import thumbnails
from relevance.system.names import told_apart

MOST = 1000
"""Pictures that a page holds; of more, those with the highest scores of each cell."""


def cell_data(table: CategoryTable) -> dict[str, Any]:
    """Return what the script shows of a cell that is opened, as JSON types.

    Scores are packed as base64 of little-endian float32, a row a picture and a column a keyword
    that is drawn.
    """
    rows = shown_rows(table)
    keywords, folders = keyword_order(table)[:MAX_SIDE], folder_order(table)[:MAX_SIDE]
    small = thumbnails(
        [table.places[row] for row in rows],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    scores = table.scores[np.ix_(rows, keywords)].astype("<f4")
    return {
        "keywords": list(table.keywords),
        "folders": list(table.folders),
        "folder_names": told_apart(table.folders),
        "drawn": keywords,
        "called": {folder: table.called[folder, keywords].tolist() for folder in folders},
        "sizes": table.n_by_folder.tolist(),
        "scores": base64.b64encode(scores.tobytes()).decode("ascii"),
        "pictures": [
            {
                "path": table.paths[row],
                "name": PurePath(table.paths[row]).name,
                "folder": int(table.folder_of[row]),
                "true": int(table.truth[row]),
                "best": int(table.picks.best[row]),
                "thumbnail": thumbnail,
            }
            for row, thumbnail in zip(rows, small, strict=True)
        ],
    }


def shown_rows(table: CategoryTable) -> list[int]:
    """Choose the pictures of cells that are drawn: ``(n_shown,)`` rows in their order.

    Of more than a page holds, each cell (folder and best keyword) first has its highest score,
    then its second, and so on.
    """
    drawn = np.isin(table.folder_of, folder_order(table)[:MAX_SIDE])
    rows = np.flatnonzero(table.is_scored & drawn)
    if len(rows) <= MOST:
        return [int(row) for row in rows]
    turn = _rank_in_cell(table, rows)
    return sorted(int(row) for row in rows[np.argsort(turn, kind="stable")[:MOST]])


def _rank_in_cell(table: CategoryTable, rows: IntArray) -> IntArray:
    """Number the pictures of each cell from their highest score: ``(n,)`` int64 from 0."""
    best = table.picks.best[rows]
    cells = table.folder_of[rows] * len(table.keywords) + best
    order = np.lexsort((-table.scores[rows, best], cells))
    ordered = cells[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks = np.empty(len(rows), dtype=np.int64)
    lengths = np.diff(np.r_[starts, len(rows)])
    ranks[order] = np.arange(len(rows)) - np.repeat(starts, lengths)
    return ranks
