"""The progress bar on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich import progress as bars
from rich.console import Console

from relevance.embedding.embeddings import Advance, Progress

_DOING = {"pictures": "Encoding", "files": "Bringing back"}


@contextmanager
def progress_bar(*, visible: bool, unit: str = "pictures") -> Iterator[Progress]:
    """Draw a bar with rate, time left, and what was cached or skipped, if that is a terminal."""
    columns = (
        bars.TextColumn(_DOING.get(unit, "Scoring")),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[notes]}"),
        bars.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with bars.Progress(
        *columns, console=console, transient=True, disable=not (visible and console.is_terminal)
    ) as bar:
        task = bar.add_task("encode", total=None, notes="")
        started = monotonic()

        def tell(advance: Advance) -> None:
            nonlocal started
            if advance.done == advance.cached:  # the work begins; another model's, perhaps
                started = monotonic()
            notes = notes_on(advance, monotonic() - started, unit)
            bar.update(task, completed=advance.done, total=advance.total, notes=notes)

        yield tell


def notes_on(advance: Advance, seconds: float, unit: str = "pictures") -> str:
    """Say how many a second (those from the cache do not count), cached and skipped ones."""
    worked = advance.done - advance.cached
    notes = [f"{worked / seconds:.0f} {unit}/s"] if worked and seconds else [unit]
    if advance.cached:
        notes.append(f"{advance.cached} from the cache")
    if advance.skipped:
        notes.append(f"{advance.skipped} skipped")
    return ", ".join(notes)
