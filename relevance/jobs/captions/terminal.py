"""A table of picture–caption pairs, as a person reads it on standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.jobs.captions.pairs import ShownPair, different
from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.retrieval import Found
from relevance.jobs.captions.tally import SHOWN
from relevance.jobs.captions.wording import answer, measure, notes, recall, retrieval_note
from relevance.pages.wording import number, percent
from relevance.system.names import end_of, printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files

_REASONS = 12
_PLACE = 27


def show_captions(captions: Captions, page: Path | None) -> None:
    """Print counts, quantiles, extremes, what was skipped, and where the files are."""
    console = ResultConsole()
    console.print(answer(captions), markup=False)
    for note in notes(captions):
        console.print(note, markup=False)
    tally = captions.tally
    if tally.n_scored:
        shares = (f"{percent(share)}: {number(v)}" for share, v in tally.quantiles().items())
        console.print(f"Share of pairs below: {', '.join(shares)}", markup=False)
        if tally.n_scored <= SHOWN:
            console.print(_pairs("All pairs, the lowest first", tally.worst, measure(captions)))
        else:
            console.print(_pairs("Lowest (look at these first)", tally.worst, measure(captions)))
            console.print(_pairs("Highest", tally.best, measure(captions)))
    if tally.reasons:
        console.print(_reasons(tally.skipped()))
    if captions.retrieval:
        console.print(_retrieval(captions))
        if note := retrieval_note(captions):
            console.print(note, markup=False)
    show_files(console, [("Report (open it in a browser)", page), ("Table", captions.output)])


def _pairs(title: str, shown: Sequence[ShownPair], unit: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("row", justify="right", no_wrap=True)
    table.add_column(unit, justify="right", no_wrap=True)
    table.add_column("caption", ratio=1)
    table.add_column("picture", ratio=1, overflow="fold")
    for item in different(shown):
        short = end_of(printable(item.pair.place), _PLACE)
        caption = escape(printable(item.pair.caption)[:200])
        table.add_row(str(item.number + 1), number(item.similarity), caption, escape(short))
    return table


def _reasons(reasons: Sequence[tuple[str, int, int]]) -> Table:
    table = Table(title="Skipped rows", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("first in row", justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for reason, count, first in reasons[:_REASONS]:
        table.add_row(f"{count:,}", f"{first:,}", escape(printable(reason)))
    rest = sum(count for _, count, _ in reasons[_REASONS:])
    if rest:
        table.add_row(f"{rest:,}", "", "other reasons, each in its row of the table")
    return table


def _retrieval(captions: Captions) -> Table:
    assert captions.retrieval
    table = Table(title="Retrieval", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("search")
    for name in ("R@1", "R@5", "R@10", "median rank"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, found in (
        ("a picture's caption", captions.retrieval.captions_by_picture),
        ("a caption's picture", captions.retrieval.pictures_by_caption),
    ):
        table.add_row(f"{name}, among {found.n_candidates:,}", *_figures(found))
    return table


def _figures(found: Found) -> list[str]:
    return [*(recall(found, k) for k in (1, 5, 10)), number(found.median_rank, 1)]
