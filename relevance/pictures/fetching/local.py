"""Pictures in files: paths as a table writes them, and ``file://`` addresses."""

from __future__ import annotations

import re
import stat
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from relevance.pictures.fetching.doors import Doors
from relevance.pictures.fetching.failure import FetchError
from relevance.pictures.formats import PICTURE_SUFFIXES
from relevance.system.finding import DID_YOU_MEAN, find_path, meant, near_miss

MISSING = "the file does not exist"
"""How the reason begins where a table names a file that is not there."""

NO_SCHEME = "a web address without its beginning; put https:// in front of it"
"""The reason where a table names such an address, and no file has that name."""

_HOST = re.compile(r"([\w-]+\.)+([^\W\d_]{2,}|xn--[\w-]+)|\d+(\.\d+){3}")
_FILE = re.compile(rf"({'|'.join(map(re.escape, PICTURE_SUFFIXES))}|\.(zip|tar|t?gz|7z|rar|pdf))$")
"""Endings of files, some of which would pass for a domain."""


def local_file(place: str, folder: Path, doors: Doors) -> Path:
    """Find the file that a table means.

    Args:
        place: A path, absolute or relative, also with backslashes as Windows writes it; or a
            ``file://`` address.
        folder: Where relative paths start.
        doors: Which files are opened.

    Raises:
        FetchError: It is not there, no ordinary file, or not to be opened.
    """
    try:
        path = folder / (_from_address(place) if place.lower().startswith("file:") else place)
        if "\\" in place and not find_path(path):
            path = folder / place.replace("\\", "/")
        path = doors.check_file(meant(path))
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a null character
        if is_like_address(place):
            raise FetchError(NO_SCHEME) from error
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise FetchError(MISSING + _near(path, folder)) from error
        raise FetchError(
            f"not a usable path: {getattr(error, 'strerror', None) or error}"
        ) from error
    if stat.S_ISDIR(mode):
        raise FetchError("a folder, not a picture")
    if not stat.S_ISREG(mode):
        raise FetchError("not an ordinary file")
    return path


def _near(path: Path, folder: Path) -> str:
    near = near_miss(path, thorough=False)
    if not near:
        return ""
    shown = near.relative_to(folder) if near.is_relative_to(folder) else near
    return f"{DID_YOU_MEAN}{shown}?"


def is_like_address(place: str) -> bool:
    """Say whether a path begins as web addresses do, which lack ``https://`` in many tables."""
    host, slash, _ = place.partition("/")
    name, colon, port = host.partition(":")
    if colon and not port.isdigit():
        return False
    if name.lower().startswith("www.") or (colon and slash) or name.lower() == "localhost":
        return True
    return bool(slash and _HOST.fullmatch(name) and not _FILE.search(name))


def _from_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.netloc not in {"", "localhost"}:
        raise FetchError("a file:// address of another machine")
    return urllib.request.url2pathname(parts.path)
