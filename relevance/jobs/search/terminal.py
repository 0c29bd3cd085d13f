"""What a search found, as a person or a program reads it on standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.index.search.found import Found
from relevance.index.search.wording import answer, explanation, places, worth, worth_name
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole

_WIDTH = 28


def show_found(found: Found, page: Path | None) -> None:
    """Print the pictures, the best first, and where the page is."""
    console = ResultConsole()
    console.print(f"{answer(found)}.", markup=False, soft_wrap=True)
    console.print(explanation(found), markup=False, soft_wrap=True)
    if found.hits:
        console.print(_table(found))
    if page:
        console.print(
            f"Report (open it in a browser): {printable(page)}", markup=False, soft_wrap=True
        )


def _table(found: Found) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column(worth_name(found), justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("folder", overflow="fold")
    table.add_column("picture", overflow="fold")
    for hit in found.hits:
        name = " ".join(filter(None, [_end(PurePath(hit.path).name or hit.path), places(hit)]))
        folder = escape(_end(printable(hit.folder)))
        table.add_row(str(hit.rank), worth(found, hit), hit.id, folder, escape(name))
    return table


def _end(name: str) -> str:
    """Return the end of a name, which tells pictures apart; --paths and --json have all of it."""
    return name if len(name) <= _WIDTH else f"…{name[1 - _WIDTH :]}"


def print_paths(found: Found, end: bytes) -> None:
    """Print where the pictures are, and nothing else, as other programs take it."""
    out = sys.stdout.buffer
    out.write(b"".join(os.fsencode(hit.place) + end for hit in found.hits))
    out.flush()
