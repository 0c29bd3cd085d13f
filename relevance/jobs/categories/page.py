"""Many keywords -> one HTML page. Arranges and words; every figure comes from its input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from relevance.jobs.categories.accuracy import ConfusedPair
from relevance.jobs.categories.cells import cell_data
from relevance.jobs.categories.correction import neighbours
from relevance.jobs.categories.matrices import confusion_matrix, means_matrix, nameless_matrix
from relevance.jobs.categories.table import CategoryTable
from relevance.jobs.categories.wording import (
    category_answer,
    category_explanation,
    fits,
    folders_compete,
    has_top5,
    interval_of,
    nameless_note,
)
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import thumbnails

_TEMPLATES = Path(__file__).parent / "templates"

PAIRS = 6
EXAMPLES = 4


def render_categories(table: CategoryTable) -> str:
    """Render the page: self-contained, readable from a mail attachment also without scripts."""
    accuracy = table.accuracy
    nameless = nameless_matrix(table)
    return render(
        _TEMPLATES / "page.html",
        run=Run("categories", category_answer(table), table.provenance["date"]),
        scripts=("basics.js", "page.js"),
        data=cell_data(table),
        **_common(table),
        accuracy=accuracy,
        fits=fits(table) if folders_compete(table) else None,
        has_top5=has_top5(table),
        interval_of=interval_of,
        confusion=confusion_matrix(table) if accuracy.n else None,
        nameless=nameless if nameless.rows else None,
        nameless_note=nameless_note(table),
        pairs=[_pair(table, pair) for pair in table.confused_pairs[:PAIRS]],
        n_pairs=len(table.confused_pairs),
        n_nearest=neighbours(table.n_scored),
        skipped=table.skipped_rows,
    )


def render_category_summary(table: CategoryTable) -> str:
    """Render the short form that a notebook shows: answer and means."""
    return render(_TEMPLATES / "summary.html", **_common(table))


def _common(table: CategoryTable) -> dict[str, Any]:
    return {
        "table": table,
        "answer": category_answer(table),
        "explanation": category_explanation(table),
        "means": means_matrix(table),
        "n_folders": int(np.count_nonzero(table.n_by_folder)),
    }


def _pair(table: CategoryTable, pair: ConfusedPair) -> dict[str, Any]:
    """A pair of confused keywords with a few pictures."""
    rows = pair.pictures[:EXAMPLES]
    small = thumbnails(
        [table.places[row] for row in rows],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    return {
        "true": table.keywords[pair.true],
        "best": table.keywords[pair.best],
        "count": pair.count,
        "of": int(table.confusion_matrix[pair.true].sum()),
        "cards": [
            {
                "thumbnail": thumbnail,
                "file": Path(table.paths[row]).name,
                "path": table.paths[row],
                "true_score": float(table.scores[row, pair.true]),
                "best_score": float(table.scores[row, pair.best]),
            }
            for row, thumbnail in zip(rows, small, strict=True)
        ],
    }
