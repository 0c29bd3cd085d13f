"""In which order keywords and folders are drawn."""

from __future__ import annotations

import numpy as np

from relevance.jobs.categories.table import CategoryTable
from relevance.judging.naming import NONE

WORST_FIRST = 30
"""Folders beyond which the worst come first, as nobody looks through all of them."""


def keyword_order(table: CategoryTable) -> list[int]:
    """Return the numbers of all keywords: as they are, or of many folders the worst first.

    The worst are those whose own pictures are called by another keyword most often; such without
    pictures of their own come last.
    """
    n = len(table.keywords)
    if len(table.folders) <= WORST_FIRST:
        return list(range(n))
    totals = table.confusion_matrix.sum(axis=1)
    right = np.divide(
        np.diag(table.confusion_matrix), totals, out=np.full(n, np.inf), where=totals > 0
    )
    return list(map(int, np.argsort(right, kind="stable")))


def folder_order(table: CategoryTable) -> list[int]:
    """Return the numbers of all folders in the order of their keywords; nameless ones last."""
    if len(table.folders) <= WORST_FIRST:
        return list(range(len(table.folders)))
    place = {keyword: place for place, keyword in enumerate(keyword_order(table))}
    own = [len(place) if k == NONE else place[k] for k in table.folder_keyword.tolist()]
    return list(map(int, np.argsort(own, kind="stable")))
