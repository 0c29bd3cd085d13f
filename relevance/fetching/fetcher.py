"""``Fetcher``: one picture from wherever the table says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from relevance.fetching.failure import FetchError
from relevance.fetching.inline import read_inline
from relevance.fetching.limits import Limits
from relevance.fetching.local import local_file
from relevance.fetching.remote import Stores
from relevance.fetching.web import Web
from relevance.images import Skipped

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # one letter is a drive of Windows


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

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Make a fetcher.

        Args:
            folder: Where relative paths start.
            limits: What a picture may cost.
        """
        self._folder = folder
        self._web = Web(limits)
        self._stores = Stores(limits)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()
        self._stores.close()

    def fetch(self, place: str) -> Fetched | Skipped:
        """Fetch a picture.

        Args:
            place: A path, or an address: ``http(s)``, ``file``, ``data``, or any that an installed
                fsspec driver knows.
        """
        found = _SCHEME.match(place)
        scheme = found[1].lower() if found else ""
        try:
            if scheme in {"http", "https"}:
                return Fetched(*self._web.get(place))
            if scheme == "data":
                return Fetched(*read_inline(place))
            if scheme and scheme != "file" and "://" in place:
                return Fetched(self._stores.read(place))
            return Fetched(local_file(place, self._folder))
        except FetchError as error:
            return Skipped(str(error))
