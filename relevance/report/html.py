"""Scores and evaluation -> one HTML page. Arranges and words; every figure comes from its input."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from relevance.evaluation import Evaluation, misjudged
from relevance.report import charts
from relevance.report.thumbnails import thumbnail
from relevance.report.wording import answer, counted, explanation, interval, number
from relevance.scoring import ScoreTable

GALLERY_SIZE = 12
MISJUDGED_SIZE = 24
STRIP_SIZE = 8

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_environment.filters["number"] = number
_environment.globals.update(interval=interval, counted=counted)


def render_report(table: ScoreTable, evaluation: Evaluation) -> str:
    """Render the report: self-contained, without scripts, readable from a mail attachment."""
    wrong = misjudged(table)
    ranked = table.scored.sort_values("score", ascending=False, kind="stable")
    # One picture can stand in several galleries; a cache beyond this call would outlive the file.
    small = functools.cache(functools.partial(thumbnail, max_pixels=table.provenance["max_pixels"]))
    return _environment.get_template("report.html").render(
        **_common(table, evaluation),
        strip_size=STRIP_SIZE,
        wrong_count=len(wrong),
        wrong_shown=_cards(table, wrong.head(MISJUDGED_SIZE), small),
        highest=_cards(table, ranked.head(GALLERY_SIZE), small),
        lowest=_cards(table, ranked.tail(GALLERY_SIZE).iloc[::-1], small),
        curves=_curves(evaluation) if evaluation.available else None,
        skipped=table.skipped.to_dict(orient="records"),
    )


def render_summary(table: ScoreTable, evaluation: Evaluation) -> str:
    """Render the short form that a notebook shows: answer, folders and charts."""
    return _environment.get_template("summary.html").render(**_common(table, evaluation))


def _common(table: ScoreTable, evaluation: Evaluation) -> dict[str, Any]:
    folders = _folder_scores(table)
    return {
        "table": table,
        "evaluation": evaluation,
        "answer": answer(table, evaluation),
        "explanation": explanation(table, evaluation),
        "folders": [
            row | {"label": folder.label}
            for row, folder in zip(table.folders.to_dict(orient="records"), folders, strict=True)
        ],
        "means_chart": charts.folder_means(folders, table.distance),
        "distributions_chart": charts.distributions(folders, table.distance),
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
            label=str(groups[row["folder"]]["label"].iloc[0]),
            scores=groups[row["folder"]]["score"].to_numpy(np.float64),
            mean=row["mean"],
            ci_low=row["ci_low"],
            ci_high=row["ci_high"],
        )
        for row in table.folders.to_dict(orient="records")
    ]


def _cards(
    table: ScoreTable, rows: pd.DataFrame, small: Callable[[Path], str]
) -> Sequence[dict[str, Any]]:
    """One gallery entry for each row, with its thumbnail."""
    return [
        {
            "thumbnail": small(Path(table.places[index])),
            "file": Path(row["path"]).name,
            "verdict": "relevant" if row["relevant"] else "irrelevant",
            **{str(column): value for column, value in row.items()},
        }
        for index, row in zip(rows.index, rows.to_dict(orient="records"), strict=True)
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
