"""Scores and evaluation -> one HTML page. Arranges and words; every figure comes from its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relevance.jobs.score import charts
from relevance.jobs.score.interactive import page_data
from relevance.jobs.score.selection import card_rows, copies_texts, shown_rows
from relevance.jobs.score.wording import (
    answer,
    copies_note,
    examples_note,
    explanation,
    scaled_means,
)
from relevance.judging.evaluation import Evaluation, misjudged
from relevance.judging.scoring import ScoreTable
from relevance.pages.page import render
from relevance.pages.thumbnails import thumbnails
from relevance.system.names import printable

_TEMPLATES = Path(__file__).parent / "templates"

GALLERY_SIZE = 12
MISJUDGED_SIZE = 24
STRIP_SIZE = 8
EXAMPLES_SIZE = 8
_SCRIPTS = ("counts.js", "threshold.js", "gallery.js", "viewer.js", "page.js")


def render_report(table: ScoreTable, evaluation: Evaluation, target: Path) -> str:
    """Render the report: one file that needs no network.

    Without scripts, as mail programs show it, fixed galleries stand in for the live ones.

    Args:
        table: What to report.
        evaluation: What the labels say of it.
        target: The file that the page will be, from which links to the pictures start.
    """
    rows = shown_rows(table.pictures, table.threshold)
    examples = [places[:EXAMPLES_SIZE] for places in (table.like, table.unlike)]
    small = thumbnails(
        [*(table.places[row] for row in rows), *examples[0], *examples[1]],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    small, of_examples = small[: len(rows)], small[len(rows) :]
    shown = dict(zip(rows.tolist(), small, strict=True))
    wrong = misjudged(table)
    once = card_rows(table.pictures)
    ranked = table.images.loc[once].sort_values("score", ascending=False, kind="stable")
    mistakes = wrong[wrong.index.isin(once)].head(MISJUDGED_SIZE)
    texts = copies_texts(table)
    return render(
        _TEMPLATES / "page.html",
        scripts=_SCRIPTS,
        data=page_data(table, rows, small, target),
        **_common(table, evaluation),
        like=_example_cards(examples[0], of_examples),
        unlike=_example_cards(examples[1], of_examples[len(examples[0]) :]),
        strip_size=STRIP_SIZE,
        n_shown=len(rows),
        n_cards=len(once),
        wrong_count=len(wrong),
        wrong_shown=_cards(mistakes, shown, texts),
        highest=_cards(ranked.head(GALLERY_SIZE), shown, texts),
        lowest=_cards(ranked.tail(GALLERY_SIZE).iloc[::-1], shown, texts),
        curves=_curves(evaluation) if evaluation.available else None,
        skipped=table.skipped[["path", "folder", "reason"]].to_numpy().tolist(),
    )


def render_summary(table: ScoreTable, evaluation: Evaluation) -> str:
    """Render the short form that a notebook shows: answer, folders and charts."""
    return render(_TEMPLATES / "summary.html", **_common(table, evaluation))


def _common(table: ScoreTable, evaluation: Evaluation) -> dict[str, Any]:
    folders = _folder_scores(table)
    return {
        "table": table,
        "evaluation": evaluation,
        "answer": answer(table, evaluation),
        "explanation": explanation(table, evaluation),
        "copies_note": copies_note(table, evaluation),
        "examples_note": examples_note(table),
        "folders": [
            row | {"label": folder.label, "scaled": scaled}
            for row, folder, scaled in zip(
                table.folders.to_dict(orient="records"),
                folders,
                scaled_means([row.scaled for row in table.folder_rows]),
                strict=True,
            )
        ],
        "means_chart": charts.folder_means(folders, table.unit),
        "distributions_chart": charts.distributions(folders, table.unit),
        "threshold": f"{table.threshold:g}",
        "max_folders": charts.MAX_FOLDERS,
        "max_points": charts.MAX_POINTS,
        "n_scored": len(table.scored),
        "n_skipped": len(table.skipped),
    }


def _folder_scores(table: ScoreTable) -> list[charts.FolderScores]:
    groups = dict(list(table.scored.groupby("folder", sort=False)))
    return [
        charts.FolderScores(
            name=row["folder"],
            label=_folder_label(groups[row["folder"]]["label"]),
            scores=groups[row["folder"]]["score"].to_numpy(np.float64),
            mean=row["mean"],
            ci_low=row["ci_low"],
            ci_high=row["ci_high"],
        )
        for row in table.folders.to_dict(orient="records")
    ]


def _folder_label(labels: pd.Series) -> str:
    """What all pictures of a folder are, or "mixed" where a table labels them differently."""
    found = labels.unique()
    return str(found[0]) if len(found) == 1 else "mixed"


def _cards(
    rows: pd.DataFrame, small: Mapping[int, str], texts: Mapping[int, str]
) -> Sequence[dict[str, Any]]:
    """One gallery entry for each row, with its thumbnail and where its copies are."""
    return [
        {
            "thumbnail": small.get(index, ""),
            "copies": texts.get(index, ""),
            "file": Path(row["path"]).name,
            "verdict": "relevant" if row["relevant"] else "irrelevant",
            **{str(column): value for column, value in row.items()},
        }
        for index, row in zip(rows.index, rows.to_dict(orient="records"), strict=True)
    ]


def _example_cards(places: Sequence[str], small: Sequence[str]) -> list[dict[str, str]]:
    """One entry for each example shown, with its thumbnail; ``small`` may hold more."""
    return [
        {"path": printable(place), "file": Path(printable(place)).name, "thumbnail": thumbnail}
        for place, thumbnail in zip(places, small, strict=False)
    ]


def _curves(evaluation: Evaluation) -> dict[str, str]:
    """Draw the curves of the score, and as a dot the verdicts in use."""
    curves, chosen = evaluation.curves, evaluation.chosen
    false_rate = chosen.false_positives / evaluation.n_irrelevant
    base_rate = evaluation.n_relevant / evaluation.n_labelled
    return {
        "roc": charts.roc_curve(
            curves.false_positive_rate, curves.true_positive_rate, (false_rate, chosen.recall)
        ),
        "precision_recall": charts.precision_recall_curve(
            curves.recall, curves.precision, (chosen.recall, chosen.precision), base_rate
        ),
    }
