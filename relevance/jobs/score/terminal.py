"""Scores as a person reads them: Rich tables on standard output."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relevance.encoders.base import IntArray
from relevance.jobs.score.files import Written
from relevance.jobs.score.result import Scores, skipped_rows
from relevance.jobs.score.wording import (
    answer,
    copies_note,
    examples_note,
    flaws_note,
    scaled_means,
)
from relevance.judging.bootstrap import Estimate
from relevance.pages.wording import counted, interval, number, share
from relevance.system.names import told_apart
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files, show_left_out


def show_scores(scores: Scores, written: Written, listed: IntArray | None) -> None:
    """Print folders, evaluation, pictures to list, what was skipped and where the files are."""
    console = ResultConsole()
    console.print(_folder_table(scores))
    console.print(answer(scores, scores.evaluation()), markup=False)
    if note := examples_note(scores):
        console.print(note, markup=False)
    _show_evaluation(console, scores)
    for note in (copies_note(scores, scores.evaluation()), flaws_note(scores)):
        if note:
            console.print(note, markup=False)
    if listed is not None:
        _show_pictures(console, scores, listed)
    skipped = skipped_rows(scores.pictures)
    show_left_out(console, skipped, len(scores.places), scores.provenance)
    files = [
        ("Report (open it in a browser)", written.html),
        ("Table", written.csv),
        ("JSON", written.json),
    ]
    show_files(console, files)


def _folder_table(scores: Scores) -> Table:
    table = Table(title=f"{escape(scores.keyword)}: {scores.unit} by folder")
    table.add_column("folder", min_width=8)
    table.add_column("pictures", justify="right")
    table.add_column("judged\nrelevant", justify="right")
    table.add_column("mean", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("scaled", justify="right")
    scaled = scaled_means([row.scaled for row in scores.folder_rows])
    names = told_apart([row.folder for row in scores.folder_rows])
    for row, name, position in zip(scores.folder_rows, names, scaled, strict=True):
        table.add_row(
            escape(name),
            str(row.n),
            str(row.n_relevant),
            number(row.mean),
            interval(row.ci_low, row.ci_high),
            position,
        )
    return table


def _show_pictures(console: Console, scores: Scores, rows: IntArray) -> None:
    """Print pictures, a line each: rank, probability and path, which is never cut off."""
    pictures = scores.pictures
    for row in rows.tolist():
        if not pictures.reason[row]:
            line = (
                f"{pictures.rank[row]:>6}  {share(pictures.probability[row])}  {pictures.path[row]}"
            )
            console.print(line, markup=False, soft_wrap=True)


def _show_evaluation(console: Console, scores: Scores) -> None:
    evaluation = scores.evaluation()
    chosen = evaluation.chosen
    if evaluation.available:
        console.print(
            f"ROC AUC {_estimate(evaluation.roc_auc)}, "
            f"average precision {_estimate(evaluation.average_precision)}"
        )
        console.print(
            f"At probability {scores.threshold:g}: {chosen.wrong} of {evaluation.n_labelled} "
            f"misjudged, precision {share(chosen.precision, 2)}, "
            f"recall {share(chosen.recall, 2)}, F1 {share(chosen.f1, 2)}"
        )
    else:
        reached = sum(row.n_relevant for row in scores.folder_rows)
        console.print(
            f"{reached} of {counted(sum(row.n for row in scores.folder_rows), 'picture')} judged "
            f"relevant: their probability is at least {scores.threshold:g}"
        )
    if evaluation.note:
        console.print(evaluation.note, markup=False)


def _estimate(value: Estimate) -> str:
    return f"{share(value.value)} (95 % {interval(value.low, value.high, share)})"
