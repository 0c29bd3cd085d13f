"""What is kept and what was done, as a person reads it on standard output."""

from __future__ import annotations

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.index.references.adding import Added
from relevance.index.references.undoing import Undone
from relevance.jobs.references.listing import History, Listing
from relevance.pages.wording import counted, number
from relevance.system.names import from_here, printable
from relevance.terminal.console import ResultConsole

_SHOWN = 10


def show_added(added: Added) -> None:
    """Print what came in and what did not."""
    console = ResultConsole()
    total = added.counts.total()
    _line(console, f"{counted(total, 'reference')} added to {printable(added.store)}.")
    if total:
        _line(console, _by_type(added.counts))
    if added.there:
        _line(console, f"{counted(added.there, 'picture')} had been added before.")
    for place, _, reason in added.skipped[:_SHOWN]:
        _line(console, f"Skipped: {printable(from_here(place))}: {reason}.")
    if len(added.skipped) > _SHOWN:
        _line(console, f"… and {len(added.skipped) - _SHOWN} more; --json has all.")
    for note in added.notes:
        _line(console, f"Note: {note}")


def show_listing(listing: Listing) -> None:
    """Print the types, or the references of one."""
    console = ResultConsole()
    table = Table(box=box.SIMPLE_HEAD)
    if listing.of:
        for name in ("id", "from", "added", "grown at similarity"):
            table.add_column(name, no_wrap=name != "from", overflow="fold")
        for item in listing.references:
            place = escape(printable(from_here(item.origin)))
            grown = number(item.similarity) if item.similarity is not None else ""
            table.add_row(item.id, place, item.when[:10], grown)
    else:
        for name in ("type", "references", "grown", "latest"):
            table.add_column(name, justify="left" if name == "type" else "right", overflow="fold")
        for row in listing.types:
            kind = escape(printable(row.type))
            table.add_row(kind, str(row.references), str(row.grown), row.latest[:10])
    kept = f"{counted(sum(row.references for row in listing.types), 'reference')}"
    _line(
        console, f"{kept} of {counted(len(listing.types), 'type')} in {printable(listing.store)}."
    )
    console.print(table)


def show_history(history: History) -> None:
    """Print what was done, a line a run."""
    console = ResultConsole()
    for row in history.runs:
        what = _by_type(row.added) if row.added else ""
        gone = f"{counted(row.removed, 'reference')} left" if row.removed else ""
        back = f"run {row.undoes}" if row.undoes else ""
        end = " (undone)" if row.undone else ""
        done = "; ".join(filter(None, (what, gone, back)))
        _line(console, f"{row.when}  {row.run}  {row.kind}  {done}{end}")
        for place in row.pictures if row.kind == "grow" else ():
            _line(console, f"    from {from_here(place)}")


def show_undone(undone: Undone) -> None:
    """Print what that took out, and what it brought back."""
    parts = [f"{counted(len(undone.gone), 'reference')} taken out again"] if undone.gone else []
    parts += [f"{counted(len(undone.back), 'reference')} back"] if undone.back else []
    found = " and ".join(parts) or "which changes no reference that is there"
    _line(ResultConsole(), f"Undone ({undone.kind}): {found}.")


def tell_unless(quiet: bool, count: int, words: str) -> None:
    """Print a count with what it is of, unless nothing is to be printed."""
    if not quiet:
        _line(ResultConsole(), f"{counted(count, 'reference picture')} {words}.")


def _by_type(counts: dict[str, int]) -> str:
    return ", ".join(f"{printable(name)}: {count}" for name, count in counts.items())


def _line(console: ResultConsole, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
