"""What every command does once it is parsed: work under a progress bar, write, and tell."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from relevance.embedding.embeddings import Progress
from relevance.exports.json_file import JsonExport
from relevance.terminal.options import print_json
from relevance.terminal.progress import progress_bar

_Result = TypeVar("_Result", bound=JsonExport)
_Written = TypeVar("_Written")


def carry_out(
    options: argparse.Namespace,
    *,
    work: Callable[[Progress], _Result],
    write: Callable[[_Result], _Written],
    show: Callable[[_Result, _Written], None],
    unit: str = "pictures",
    tell: Callable[[_Result], None] | None = None,
) -> _Result:
    """Do a job for the command line.

    Args:
        options: Of the command, ``quiet`` and ``json`` among them.
        work: Gets the result.
        write: Writes its files and says where they are.
        show: Prints both for a person.
        unit: What the progress bar counts.
        tell: Prints for a program, in place of all else; if not given, ``--json`` prints JSON.
    """
    with progress_bar(visible=not options.quiet, unit=unit) as progress:
        result = work(progress)
    written = write(result)
    if tell:
        tell(result)
    elif options.json:
        print_json(result.json_text())
    elif not options.quiet:
        show(result, written)
    return result
