"""Links from a page to the pictures that it is about."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from relevance.pictures.fetching import is_address
from relevance.pictures.formats import PICTURE_SUFFIXES


def link(place: str, target: Path) -> str:
    """Return a relative URL from the page to a picture; quoting leaves no scheme in it.

    Only files named like pictures are linked: one named .html would run as a page of its own.
    """
    if Path(place).suffix.lower() not in PICTURE_SUFFIXES or is_address(place):
        return ""
    try:
        relative = os.path.relpath(place, target.parent)
    except ValueError:  # another drive, on Windows
        return ""
    return quote(os.fsencode(relative.replace(os.sep, "/")), safe="/")
