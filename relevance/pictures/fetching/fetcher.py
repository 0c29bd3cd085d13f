"""``Fetcher``: one picture from wherever the table says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from relevance.pictures.fetching.doors import Doors
from relevance.pictures.fetching.failure import FetchError
from relevance.pictures.fetching.inline import read_inline
from relevance.pictures.fetching.limits import Limits
from relevance.pictures.fetching.local import local_file
from relevance.pictures.fetching.remote import Stores
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped

if TYPE_CHECKING:
    from relevance.pictures.fetching.web import Web

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(//|:.*://)?", re.IGNORECASE | re.DOTALL)
"""Two letters at least: one is a drive of Windows. What follows makes it an address of a store."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture that is still to be decoded.

    Attributes:
        content: Its bytes, or the file that holds them.
        media_type: What the sender calls it, such as "text/html"; empty where nobody says.
    """

    content: Path | bytes
    media_type: str = ""


class Fetcher:
    """Fetches pictures; threads may share it. Use it as a context manager."""

    def __init__(self, folder: Path, limits: Limits, doors: Doors | None = None) -> None:
        """Make a fetcher.

        Args:
            folder: Where relative paths start.
            limits: What a picture may cost.
            doors: Which places are opened; as ``Doors`` has them if not given.
        """
        self._folder = folder
        self._doors = doors or Doors()
        self._limits = limits
        self._opened: Web | None = None
        self._turn = Lock()
        self._stores = Stores(limits)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened:
            self._opened.close()
        self._stores.close()

    def fetch(self, place: str) -> Fetched | Skipped:
        """Fetch a picture; whatever happens meanwhile is the reason why there is none.

        Args:
            place: A path, or an address: ``http(s)``, ``file``, ``data``, or one of a store.

        Raises:
            UsageError: The settings for the web in the environment are amiss.
        """
        return guarded(self._fetch, place)

    def local(self, place: str) -> Path | None:
        """Return the file here that a place names; None where none is, or may be opened."""
        if is_address(place) or place[:5].lower() == "data:":
            return None
        try:
            return local_file(place, self._folder, self._doors)
        except FetchError:
            return None

    def _web(self) -> Web:
        """Return the way to the web, opened where it is first wanted: its import takes long."""
        from relevance.pictures.fetching.web import Web

        with self._turn:
            self._opened = self._opened or Web(self._limits, public_only=self._doors.public_only)
            return self._opened

    def _fetch(self, place: str) -> Fetched | Skipped:
        found = _SCHEME.match(place)
        scheme = found[1].lower() if found else ""
        try:
            if scheme in {"http", "https"}:
                return Fetched(*self._web().get(place))
            if scheme == "data":
                return Fetched(*read_inline(place))
            if found and found[2] and scheme != "file":
                self._doors.check_store(scheme, place)
                return Fetched(self._stores.read(place))
            return Fetched(local_file(place, self._folder, self._doors))
        except FetchError as error:
            return Skipped(str(error))


def is_address(place: str) -> bool:
    """Say whether a place is an address rather than a file, which ``file://`` also names."""
    found = _SCHEME.match(place)
    return bool(found and found[2]) and not place.lower().startswith("file:")
