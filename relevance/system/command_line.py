"""Command lines that can be typed again, as provenance and advice show them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from relevance.system.names import printable

STANDARD_INPUT = "-"
"""What stands on a command line for the paths on standard input."""


def option(name: str, value: str) -> list[str]:
    """Return an option as words, in one where its value could be taken for another option."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def command_line(command: str, subjects: Sequence[str | Path], words: Sequence[str]) -> str:
    """Return a command line that can be typed again, also where a subject starts with a hyphen."""
    names, words = list(map(printable, subjects)), list(map(printable, words))
    if any(name.startswith("-") and name != STANDARD_INPUT for name in names):
        return shlex.join(["relevance", command, *words, "--", *names])
    return shlex.join(["relevance", command, *names, *words])
