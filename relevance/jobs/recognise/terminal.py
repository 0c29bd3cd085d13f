"""What pictures show, as a person reads it on standard output."""

from __future__ import annotations

import sys
from pathlib import PurePath

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.errors import UsageError
from relevance.index.references.recognitions import SKIPPED, Recognition, Recognitions
from relevance.index.references.wording import answer, expectations, explanation
from relevance.jobs.recognise.files import Written
from relevance.pages.wording import number
from relevance.system.names import end_of, printable
from relevance.system.streams import tell
from relevance.terminal.console import ResultConsole

_SHOWN, _WIDTH = 40, 24


def show_recognitions(found: Recognitions, written: Written | None) -> None:
    """Print a row a picture, what to expect of the answer, and where the page is."""
    console = ResultConsole()
    for line in (f"{answer(found)}.", explanation(found)):
        console.print(line, markup=False, soft_wrap=True)
    console.print(_table(found))
    if len(found) > _SHOWN:
        console.print(f"… and {len(found) - _SHOWN} more: --report and --json have all.")
    for line in (*expectations(found), *(f"Note: {note}" for note in found.notes)):
        console.print(line, markup=False, soft_wrap=True)
    if written:
        console.print(
            f"Report (open it in a browser): {printable(written.page)}\n"
            f"Table: {printable(written.table)}",
            markup=False,
            soft_wrap=True,
        )


def _table(found: Recognitions) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("picture", no_wrap=True)
    table.add_column("shows", overflow="fold")
    table.add_column("similarity", justify="right")
    table.add_column("lead", justify="right")
    for row in found.rows[:_SHOWN]:
        table.add_row(*map(escape, _cells(row)))
    return table


def _cells(row: Recognition) -> tuple[str, str, str, str]:
    picture = end_of(PurePath(row.path).name or row.path, _WIDTH)
    if row.status == SKIPPED:
        return picture, f"skipped: {row.reason}", "", ""
    shows = printable(row.type) or f"none, most like {printable(row.candidate)}"
    shows += ", now a reference" if row.grew else ""
    return picture, shows, number(row.similarity), number(row.margin)


def confirm(found: Recognition) -> bool:
    """Ask whether a picture may become a reference."""
    near = f", nearest {printable(found.nearest.origin)}" if found.nearest else ""
    tell(
        f"{found.path}: {printable(found.type)}, similarity {number(found.similarity)}{near}.\n"
        "A reference from now on? [y/N] "
    )
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("Nobody answers; --grow alone asks no questions. What grew so far stays.")
    return answer.strip().casefold() in ("y", "yes")
