"""What a search found, as a person or a program reads it on standard output."""

from __future__ import annotations

from pathlib import Path, PurePath

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.index.search.found import Found
from relevance.index.search.wording import answer, explanation, places, worth, worth_name
from relevance.system.names import end_of, printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files

_WIDTH = 28  # of names, of which --paths and --json have all


def show_found(found: Found, page: Path | None) -> None:
    """Print the pictures, the best first, and where the page is."""
    console = ResultConsole()
    console.print(f"{answer(found)}.", markup=False, soft_wrap=True)
    console.print(explanation(found), markup=False, soft_wrap=True)
    if found.hits:
        console.print(_table(found))
    show_files(console, [("Report (open it in a browser)", page)])


def _table(found: Found) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column(worth_name(found), justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("folder", overflow="fold")
    table.add_column("picture", overflow="fold")
    for hit in found.hits:
        end = end_of(PurePath(hit.path).name or hit.path, _WIDTH)
        name = " ".join(filter(None, [end, places(hit)]))
        folder = escape(end_of(printable(hit.folder), _WIDTH))
        table.add_row(str(hit.rank), worth(found, hit), hit.id, folder, escape(name))
    return table
