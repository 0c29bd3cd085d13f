"""What was learnt, as a person reads it on standard output."""

from __future__ import annotations

from rich.table import Table

from relevance.jobs.teach.files import Written
from relevance.jobs.teach.result import Taught
from relevance.jobs.teach.wording import progress_words
from relevance.judging.teaching import Lesson
from relevance.pages.wording import counted, number, share
from relevance.system.command_line import command_line
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole


def show_taught(taught: Taught, written: Written) -> None:
    """Print what it is worth against words alone, how to use it, and what to label next."""
    console = ResultConsole()
    lesson, calibration = taught.lesson, taught.lesson.calibration
    console.print(
        f"{calibration.basis.keyword}: learnt from {calibration.n_relevant} relevant and "
        f"{calibration.n_irrelevant} irrelevant pictures.",
        markup=False,
        soft_wrap=True,
    )
    if lesson.taught:
        console.print(_figures(lesson))
        if lesson.taught["roc_auc"] < lesson.text_only["roc_auc"]:
            console.print("The examples did not help here: words alone order these better.")
    for doubt in calibration.doubts:
        console.print(doubt, markup=False)
    if said := progress_words(lesson.history):
        console.print(said, markup=False)
    console.print(f"Lesson: {printable(written.lesson)}", markup=False, soft_wrap=True)
    use = command_line(
        "score", [calibration.basis.keyword, "PATH"], ["--lesson", str(written.lesson)]
    )
    console.print(f"Use it: {use}", markup=False, soft_wrap=True)
    if written.suggestions:
        console.print(
            f"{counted(len(taught.suggested), 'picture')} to label next: fill in "
            f"{printable(written.suggestions)}, or mark them in a browser: "
            f"{printable(written.page or '')}",
            markup=False,
            soft_wrap=True,
        )


def _figures(lesson: Lesson) -> Table:
    """Put words alone and what was learnt side by side."""
    table = Table(title="On pictures it had not seen")
    table.add_column("")
    table.add_column("words alone", justify="right")
    table.add_column("taught", justify="right")
    for name, key in (("ROC AUC", "roc_auc"), ("average precision", "average_precision")):
        table.add_row(name, share(lesson.text_only[key]), share(lesson.taught[key]))
    figures = lesson.calibration.figures
    before, after = (figures[name] for name in ("zero_shot", "cross_validated"))
    for name, key in (("precision", "precision"), ("recall", "recall"), ("F1", "f1")):
        table.add_row(name, share(before["verdicts"][key]), share(after["verdicts"][key]))
    table.add_row("log loss", number(before["log_loss"]), number(after["log_loss"]))
    return table
