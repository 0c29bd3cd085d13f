"""Scores and evaluation -> one HTML page. Arranges and words; every figure comes from its input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from relevance.jobs.score.interactive import gallery, with_labels
from relevance.jobs.score.selection import card_rows, shown_rows
from relevance.jobs.score.wording import (
    answer,
    copies_note,
    examples_note,
    explanation,
    flaws_note,
    headline,
    scaled_means,
)
from relevance.judging.evaluation import Evaluation, misjudged
from relevance.judging.scoring import ScoreTable
from relevance.pages.gallery.cards import Card
from relevance.pages.gallery.gallery import SCRIPTS
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.strips import Group, strips
from relevance.pages.thumbnails import thumbnails
from relevance.system.names import printable, told_apart

_TEMPLATES = Path(__file__).parent / "templates"

_FIXED = 24  # pictures that each fixed gallery shows where no scripts run
_EXAMPLES = 8
_LABELS = "labels.csv"  # as the page names the table of marks


def render_report(table: ScoreTable, evaluation: Evaluation, target: Path) -> str:
    """Render the report: one file that needs no network.

    Without scripts, as mail programs show it, fixed galleries stand in for the live ones.

    Args:
        table: What to report.
        evaluation: What the labels say of it.
        target: The file that the page will be, from which links to the pictures start.
    """
    rows = shown_rows(table.pictures, table.threshold)
    examples = [places[:_EXAMPLES] for places in (table.like, table.unlike)]
    small = thumbnails(
        [*(table.places[row] for row in rows), *examples[0], *examples[1]],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    small, of_examples = small[: len(rows)], small[len(rows) :]
    shown = gallery(table, rows, small, target)
    data = shown.data()
    return render(
        _TEMPLATES / "page.html",
        run=Run("score", headline(table), table.provenance["date"]),
        scripts=(*SCRIPTS, "page.js"),
        data={"gallery": data},
        words=shown.words,
        presets=_presets(table, evaluation),
        **_common(table, evaluation),
        headline=headline(table),
        like=_example_cards(examples[0], of_examples),
        unlike=_example_cards(examples[1], of_examples[len(examples[0]) :]),
        n_shown=len(rows),
        n_cards=len(card_rows(table.pictures)),
        wrong_count=len(misjudged(table)),
        fixed=_fixed(shown.cards, table.threshold),
        folder_names=dict(zip(data["folders"], data["folder_names"], strict=True)),
        labels_command=with_labels(table.provenance["command"], _LABELS),
        curves=_curves(evaluation) if evaluation.available else None,
        kinds=_kinds(table),
        skipped=table.skipped[["path", "folder", "reason"]].to_numpy().tolist(),
    )


def render_summary(table: ScoreTable, evaluation: Evaluation) -> str:
    """Render the short form that a notebook shows: answer, folders and charts."""
    return render(_TEMPLATES / "summary.html", **_common(table, evaluation))


def _presets(table: ScoreTable, evaluation: Evaluation) -> list[tuple[str, float]]:
    """Return thresholds that a button sets, with its name."""
    presets = [(f"in use: {table.threshold:g}", table.threshold)]
    if evaluation.available:
        best = evaluation.best.threshold
        presets.append((f"best F1 here: {best}", best))
    return presets


def _common(table: ScoreTable, evaluation: Evaluation) -> dict[str, Any]:
    groups = _groups(table)
    return {
        "table": table,
        "evaluation": evaluation,
        "answer": answer(table, evaluation),
        "explanation": explanation(table, evaluation),
        "copies_note": copies_note(table, evaluation),
        "flaws_note": flaws_note(table),
        "examples_note": examples_note(table),
        "folders": [
            row | {"label": group.label, "scaled": scaled, "short": short}
            for row, group, scaled, short in zip(
                table.folders.to_dict(orient="records"),
                groups,
                scaled_means([row.scaled for row in table.folder_rows]),
                told_apart([row.folder for row in table.folder_rows]),
                strict=True,
            )
        ],
        "strips": strips(groups),
        "threshold": f"{table.threshold:g}",
        "n_scored": len(table.scored),
        "n_skipped": len(table.skipped),
    }


def _kinds(table: ScoreTable) -> list[tuple[str, str]]:
    """Return what pictures can be filtered by beside verdicts: value and words of each."""
    kinds = [("alike", "copies and near-copies")] if table.pictures.group.any() else []
    return kinds + [(name, name) for name in table.flaw_counts]


def _groups(table: ScoreTable) -> list[Group]:
    groups = dict(list(table.scored.groupby("folder", sort=False)))
    return [
        Group(
            name=row.folder,
            label=_folder_label(groups[row.folder]["label"]),
            values=groups[row.folder]["score"].to_numpy("float64"),
            mean=row.mean,
            low=row.ci_low,
            high=row.ci_high,
            note=f"{row.n_relevant} of {row.n} relevant",
        )
        for row in table.folder_rows
    ]


def _folder_label(labels: pd.Series) -> str:
    """What all pictures of a folder are, or "mixed" where a table labels them differently."""
    found = labels.unique()
    return str(found[0]) if len(found) == 1 else "mixed"


def _fixed(cards: Sequence[Card], threshold: float) -> list[tuple[str, Sequence[Card]]]:
    """Return what stands in for the gallery where no scripts run: headings and their cards."""
    ranked = sorted(cards, key=lambda card: -card.score)
    wrong = [card for card in cards if _is_wrong(card, threshold)]
    wrong.sort(key=lambda card: -abs(card.value - threshold))
    parts = [
        ("Highest scores", ranked[:_FIXED]),
        ("Misjudged, the most confident mistakes first", wrong[:_FIXED]),
        ("Lowest scores", ranked[_FIXED:][-_FIXED:][::-1]),
    ]
    return [(heading, some) for heading, some in parts if some]


def _is_wrong(card: Card, threshold: float) -> bool:
    judged = card.value >= threshold
    return bool(card.label) and (card.label == "relevant") != judged


def _example_cards(places: Sequence[str], small: Sequence[str]) -> list[dict[str, str]]:
    """One entry for each example shown, with its thumbnail; ``small`` may hold more."""
    return [
        {"path": printable(place), "file": Path(printable(place)).name, "thumbnail": thumbnail}
        for place, thumbnail in zip(places, small, strict=False)
    ]


def _curves(evaluation: Evaluation) -> dict[str, str]:
    """Draw the curves of the score, and as a dot the verdicts in use."""
    from relevance.jobs.score import charts  # brings matplotlib, which other pages do without

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
