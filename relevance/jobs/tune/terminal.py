"""What came of a tuning, as a person reads it on standard output."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from relevance.jobs.tune.files import CARD, PAGE, labels_file
from relevance.jobs.tune.result import Tuning
from relevance.jobs.tune.wording import (
    KINDS,
    answer,
    figure_name,
    interval_words,
    others,
    parts_words,
    share_words,
)
from relevance.pages.wording import share
from relevance.system.command_line import command_line
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files

_SHOWN_SKIPPED = 10


def show_tuning(tuning: Tuning) -> None:
    """Print whether it helped, the figures, what was skipped, and how to use it."""
    console = ResultConsole()
    for line in (answer(tuning), *others(tuning), parts_words(tuning), share_words(tuning)):
        console.print(line, markup=False, soft_wrap=True)
    if tuning.measured and not tuning.outcome.is_start:
        console.print(_figures(tuning))
    _show_skipped(console, tuning)
    folder = tuning.output
    files = [("Model", folder), ("Report (open it in a browser)", folder / PAGE)]
    show_files(console, [*files, ("Model card", folder / CARD)])
    known = () if tuning.of_captions else tuning.keywords
    keyword = next((item.keyword for item in known if item.trained), "KEYWORD")
    use = command_line("score", [keyword, "PATH"], ["--model", str(folder)])
    console.print(f"Use it: {use}", markup=False, soft_wrap=True)
    if labels_file(tuning, keyword).exists():
        console.print(
            f"Look closer: {compare_command(tuning, keyword)}", markup=False, soft_wrap=True
        )


def compare_command(tuning: Tuning, keyword: str) -> str:
    """Return the command that puts start and tuned model side by side on the held-out pictures."""
    words = ["--model", tuning.start.name, "--model", str(tuning.output)]
    return command_line(
        "compare",
        [keyword, tuning.provenance["sources"][0]],
        [*words, "--labels", str(labels_file(tuning, keyword))],
    )


def _figures(tuning: Tuning) -> Table:
    """Put before and after side by side."""
    table = Table(title="On held-out pictures, means over keywords", box=box.SIMPLE_HEAD)
    table.add_column("keywords", overflow="fold", max_width=16)
    table.add_column("figure", no_wrap=True)
    for name in ("before", "after", "difference (95 %)"):
        table.add_column(name, justify="right", no_wrap=True)
    for item in tuning.measured:
        for number, (name, figure) in enumerate(item.figures.items()):
            table.add_row(
                f"{KINDS[item.name]} ({item.n_keywords})" if not number else "",
                figure_name(name, item).replace("average", "avg."),
                share(figure.before),
                share(figure.after),
                interval_words(figure.gain, 2),
            )
    return table


def _show_skipped(console: Console, tuning: Tuning) -> None:
    for number, (place, reason) in enumerate(tuning.skipped[:_SHOWN_SKIPPED]):
        if not number:
            console.print(f"Skipped {len(tuning.skipped)} pictures:")
        console.print(f"  {printable(place)}: {reason}", markup=False, soft_wrap=True)
    for source in tuning.provenance["left_out_rows"]:
        for reason, count in source.items():
            console.print(f"Left out, {reason}: {count}", markup=False, soft_wrap=True)
