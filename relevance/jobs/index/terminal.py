"""What bringing an index up to date came to, as a person reads it."""

from __future__ import annotations

import argparse

from relevance.index.changes import Changes
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_left_out
from relevance.terminal.options import print_json

_NAMES = ("added", "changed", "kept", "gone")


def show_changes(changes: Changes) -> None:
    """Print counts, what was skipped and left out, and where the index is."""
    console = ResultConsole()
    console.print(_counts(changes), markup=False, soft_wrap=True)
    skipped = [(printable(path), folder, reason) for path, folder, reason in changes.skipped]
    facts = {
        "pictures_from_cache": changes.from_cache,
        "left_out": changes.left_out,
        "left_out_kinds": changes.left_out_kinds,
    }
    show_left_out(console, skipped, changes.total, facts)
    for line in (*changes.notes, changes.remark):
        if line:
            console.print(line, markup=False, soft_wrap=True)
    console.print(f"Index: {_summary(changes)}", markup=False, soft_wrap=True)


def show_again(changes: Changes, options: argparse.Namespace) -> None:
    """Print, while watching, what has changed."""
    if options.json:
        print_json(changes.json_text())
    elif not options.quiet:
        ResultConsole().print(f"{_counts(changes)}. Now {_summary(changes)}", markup=False)


def _counts(changes: Changes) -> str:
    return ", ".join(f"{getattr(changes, name):,} {name}" for name in _NAMES)


def _summary(changes: Changes) -> str:
    noun = "picture" if changes.count == 1 else "pictures"
    return f"{printable(changes.place)}, {changes.count:,} {noun}, encoder {changes.origin.encoder}"
