"""Pictures in files: paths as a table writes them, and ``file://`` addresses."""

from __future__ import annotations

import stat
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from relevance.fetching.failure import FetchError

MISSING = "the file does not exist"
"""The reason where a table names a file that is not there."""


def local_file(place: str, folder: Path) -> Path:
    """Find the file that a table means.

    Args:
        place: A path, absolute or relative, also with backslashes as Windows writes it; or a
            ``file://`` address.
        folder: Where relative paths start.

    Raises:
        FetchError: It is not there, or no ordinary file.
    """
    try:
        path = folder / (_from_address(place) if place.lower().startswith("file:") else place)
        if "\\" in place and not path.exists():
            path = folder / place.replace("\\", "/")
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise FetchError(MISSING) from error
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a null character
        raise FetchError(
            f"not a usable path: {getattr(error, 'strerror', None) or error}"
        ) from error
    if stat.S_ISDIR(mode):
        raise FetchError("a folder, not a picture")
    if not stat.S_ISREG(mode):
        raise FetchError("not an ordinary file")
    return path


def _from_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.netloc not in {"", "localhost"}:
        raise FetchError("a file:// address of another machine")
    return urllib.request.url2pathname(parts.path)
