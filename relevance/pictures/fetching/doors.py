"""Which places a table may name: a table from outside is no reason to open everything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.pictures.fetching.failure import FetchError
from relevance.system.locations import is_folder

STORES = frozenset({"s3", "gs", "az"})
"""Stores that are opened without being asked for; their drivers read objects and nothing else."""

_NAME = re.compile(r"[a-z][a-z0-9+.-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Doors:
    """What is opened and what is not.

    Attributes:
        schemes: Further kinds of addresses that are opened by fsspec's drivers, such as "sftp".
            Some drivers run commands, or lead to other places, as their addresses tell them to.
        only_below: Folder that local pictures must lie in, after links are followed; None for no
            such limit.
        public_only: Whether web addresses must be on the public internet. It holds for http and
            https, redirects and what names stand for at that moment included.
    """

    schemes: frozenset[str] = frozenset()
    only_below: Path | None = None
    public_only: bool = False

    def __post_init__(self) -> None:
        for name in self.schemes:
            if not _NAME.fullmatch(name):
                raise UsageError(
                    f'"{name}" is no kind of address; name one as it stands before "://", '
                    "such as sftp (--allow-scheme)."
                )
        if self.only_below is not None and not is_folder(self.only_below):
            raise UsageError(f"There is no folder {self.only_below} (--only-below).")

    def check_store(self, scheme: str, place: str) -> None:
        """Raise ``FetchError`` unless an address of a store may be opened.

        Args:
            scheme: What it begins with, in lower case.
            place: The address.
        """
        if scheme not in STORES | {name.lower() for name in self.schemes}:
            raise FetchError(
                f"{scheme}:// is not opened without being asked for (--allow-scheme {scheme})"
            )
        if "::" in place:
            raise FetchError(
                "a chain of addresses (::) is never opened, whatever --allow-scheme names"
            )

    def check_file(self, path: Path) -> Path:
        """Return the path to open, links followed where it matters where they lead.

        Raises:
            FetchError: It leads out of the folder that pictures must lie in.
        """
        if self.only_below is None:
            return path
        real = path.resolve()
        if not real.is_relative_to(self.only_below.resolve()):
            raise FetchError(f"not below {self.only_below} (--only-below)")
        return real
