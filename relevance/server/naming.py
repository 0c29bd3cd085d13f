"""Places of the server as clients may know them: by name, without where on its disks they lie."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from relevance.index.references.references import DEFAULT_PLACE
from relevance.pictures.fetching import is_address
from relevance.server.settings import ServerSettings
from relevance.system.finding import meant
from relevance.system.locations import cache_folder
from relevance.system.names import printable

_INSIDE_A_NAME = r"\w./\\-"
_ADDRESS_END = r"[^\s;,)`\"']*"


class Naming:
    """Puts names in place of paths: ``/srv/shop/parts.references`` is ``parts.references``."""

    def __init__(self, settings: ServerSettings) -> None:
        """Take the places that a server works with."""
        given: tuple[str | Path, ...] = (
            *(*settings.indexes, settings.store or DEFAULT_PLACE, settings.model),
            *(*settings.roots, settings.work_folder, cache_folder()),
            *(tempfile.gettempdir(), Path(__file__).parents[1], Path.home()),
        )
        places = sorted({form for place in given for form in _forms(place)}, key=len, reverse=True)
        self._places = re.compile(
            "|".join(
                rf"(?<![{_INSIDE_A_NAME}]){re.escape(place)}(?![\w-])"
                if place.startswith("/")
                else re.escape(place) + _ADDRESS_END
                for place in places
            )
        )

    def text(self, said: str) -> str:
        """Return a sentence without the paths of these places."""
        return self._places.sub(lambda found: name_of(found[0]), said)

    def plain(self, value: Any) -> Any:
        """Return JSON types, in all of whose texts places are named."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.plain(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return value


def name_of(place: str) -> str:
    """Return the last part of an absolute path or an address; anything else as it is."""
    if not (place.startswith("/") or is_address(place)):
        return place
    return re.split(r"[/#]", place.rstrip("/"))[-1]


def _forms(place: str | Path) -> Iterable[str]:
    """Return how messages may spell a place: a path as given, whole and resolved.

    Of an address it is the scheme, since messages leave its password out.
    """
    if is_address(str(place)):
        return [str(place).partition("://")[0] + "://"]
    path = meant(place)
    forms = [str(place), os.path.abspath(path), os.path.realpath(path)]
    return [printable(form) for form in forms if form.startswith("/") and form.strip("/")]
