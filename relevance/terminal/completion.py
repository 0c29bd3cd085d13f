"""``--print-completion``: a script with which a shell completes commands, options and files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from relevance.terminal.parser import actions_of
from relevance.terminal.presets import NAMES

_FILES = frozenset({"FILE", "INDEX", "LOG", "PATH", "PLACE", "TABLE"})
_FOLDERS = frozenset({"DIR", "FOLDER"})


class Completion(argparse.Action):
    """Print the script and exit; what writes it is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: Any, *__: object) -> None:
        """Take the name of a shell."""
        import shtab

        _describe(actions_of(parser))
        sys.stdout.write(shtab.complete(parser, shell=shell) + "\n")
        sys.exit(0)


def _describe(actions: Iterable[argparse.Action]) -> None:
    """Say of each option what may follow it: a file, a folder, or one of some names."""
    import shtab

    for action in actions:
        if action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.dest in NAMES:
            action.choices = NAMES[action.dest]()
