"""``-`` in place of a path: paths from standard input."""

from __future__ import annotations

import argparse
import os
import sys

from relevance.system.command_line import STANDARD_INPUT


def fill_paths(options: argparse.Namespace) -> None:
    """Put the paths on standard input where a command has "-" for them.

    Raises:
        NoReadablePictureError: There are none.
    """
    for name in ("paths", "behind"):
        given = getattr(options, name, None)
        if isinstance(given, list) and STANDARD_INPUT in given:
            place = given.index(STANDARD_INPUT)
            given[place : place + 1] = _read()
    if getattr(options, "keyword", "") == STANDARD_INPUT and getattr(options, "keyword_file", ""):
        # with keywords from a file, the first word is a path
        options.keyword, *options.paths = _read() + (options.paths or [])


def _read() -> list[str]:
    """Read paths that are parted by NUL characters, or where there are none by line ends."""
    from relevance.errors import NoReadablePictureError

    data = sys.stdin.buffer.read()
    parts = data.split(b"\0") if b"\0" in data else data.splitlines()
    if found := [os.fsdecode(part) for part in parts if part.strip()]:
        return found
    raise NoReadablePictureError("Standard input has no path to a picture.")
