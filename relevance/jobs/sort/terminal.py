"""What a sort did, or would do, as a person reads it on standard output."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath

from rich.console import Console

from relevance.jobs.sort.result import DONE, FAILED, PLANNED, SKIPPED, THERE, Sorting, Undone
from relevance.judging.listing import ALL
from relevance.pages.wording import counted, is_are
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole

_SHOWN = 10
_DONE = {"copy": "copied", "move": "moved", "link": "linked"}
_NOT = {FAILED: "not sorted", SKIPPED: "not judged"}


def show_sorting(sorting: Sorting) -> None:
    """Print what became of the pictures, of a dry run each of them, and how to undo it."""
    console = ResultConsole()
    for item in sorting.pictures:
        if item.outcome == PLANNED:
            place = printable(sorting.folder / item.target)
            _say(console, f"{printable(item.source)} -> {place}")
    _say(console, answer(sorting))
    if there := sorting.counts.get(THERE, 0):
        _say(console, f"{counted(there, 'picture')} lay there already, byte for byte.")
    for outcome, words in _NOT.items():
        found = [(item.source, item.reason) for item in sorting.pictures if item.outcome == outcome]
        _show_reasons(console, words, found)
    if sorting.log:
        _say(console, f"Log, with which --undo brings everything back: {printable(sorting.log)}")


def answer(sorting: Sorting) -> str:
    """Say in a sentence how many pictures went where."""
    done = [item for item in sorting.pictures if item.outcome in (DONE, PLANNED)]
    would = "would be " if any(item.outcome == PLANNED for item in done) else ""
    kind = "" if sorting.which == ALL else f" ({sorting.which})"
    counts = f"{len(done)} of {counted(sorting.n_pictures, 'picture')}{kind}"
    if not done:
        return f"{counts} {_DONE[sorting.action]} into {printable(sorting.folder)}."
    if sorting.which != ALL:
        return f"{counts} {would}{_DONE[sorting.action]} into {printable(sorting.folder)}."
    groups = Counter(PurePath(item.target).parts[0] for item in done)
    parts = [f"{count} into {group}" for group, count in sorted(groups.items(), reverse=True)]
    folder = printable(sorting.folder)
    return f"{counts} {would}{_DONE[sorting.action]} below {folder}: {', '.join(parts)}."


def show_undone(undone: Undone) -> None:
    """Print how much was brought back, and what was not."""
    console = ResultConsole()
    total = len(undone.pictures)
    back = total - len(undone.kept)
    _say(console, f"{back} of {counted(total, 'picture')} {is_are(back)} as before the sort.")
    _show_reasons(console, "left", [(item.target, item.reason) for item in undone.kept])


def _show_reasons(console: Console, words: str, found: list[tuple[str, str]]) -> None:
    if not found:
        return
    _say(console, f"{counted(len(found), 'picture')} {words}:")
    for place, reason in found[:_SHOWN]:
        _say(console, f"  {printable(place)}: {reason}")
    if len(found) > _SHOWN:
        _say(console, f"  and {len(found) - _SHOWN} more; --json has all")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
