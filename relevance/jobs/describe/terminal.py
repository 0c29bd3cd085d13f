"""Captions that were made, as a person reads them on standard output."""

from __future__ import annotations

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.jobs.describe.result import DOUBTFUL, Descriptions
from relevance.jobs.describe.wording import advice, answer, doubts
from relevance.judging.scoring import OK
from relevance.pages.wording import number
from relevance.system.names import end_of, printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files, show_left_out

_SHOWN = 5
_PLACE = 40


def show_descriptions(found: Descriptions) -> None:
    """Print counts, some captions, what was skipped, and where the table is."""
    console = ResultConsole()
    console.print(answer(found), markup=False)
    for status, title in ((OK, "Captions"), (DOUBTFUL, "Doubtful captions")):
        rows = [row for row, own in enumerate(found.status) if own == status]
        if rows:
            more = f", {_SHOWN} of {len(rows):,}" if len(rows) > _SHOWN else ""
            console.print(_captions(found, rows[:_SHOWN], title + more))
    for sentence in (doubts(found), advice(found)):
        if sentence:
            console.print(sentence, markup=False)
    show_left_out(console, found.skipped_rows, len(found.refs), found.provenance)
    show_files(console, [("Table", found.output)])


def _captions(found: Descriptions, rows: list[int], title: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("similarity", justify="right", no_wrap=True)
    table.add_column("caption", ratio=1)
    table.add_column("picture", ratio=1, overflow="fold")
    for row in rows:
        place = end_of(printable(found.refs[row].place), _PLACE)
        caption = escape(printable(found.captions[row]))
        table.add_row(number(float(found.similarity[row])), caption, escape(place))
    return table
