"""What a search found, as a person or a program reads it on standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.index.search.found import Found
from relevance.index.search.wording import answer, explanation, places, worth, worth_name
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole


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
    table.add_column("folder", overflow="fold")
    table.add_column("picture", overflow="fold")
    table.add_column("id", no_wrap=True)
    for hit in found.hits:
        name = " ".join(filter(None, [_shown(hit.place), places(hit)]))
        folder = escape(printable(hit.folder))
        table.add_row(str(hit.rank), worth(found, hit), folder, escape(name), hit.id)
    return table


def _shown(place: str) -> str:
    """Return a path as it is reached from here, if that is shorter."""
    try:
        near = os.path.relpath(place) if Path(place).is_absolute() else place
    except ValueError:  # another drive, on Windows
        near = place
    return printable(min(near, place, key=len))


def print_paths(found: Found, end: bytes) -> None:
    """Print where the pictures are, and nothing else, as other programs take it."""
    out = sys.stdout.buffer
    out.write(b"".join(os.fsencode(hit.place) + end for hit in found.hits))
    out.flush()
