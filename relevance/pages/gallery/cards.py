"""One picture of a gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Card:
    """A picture, with what a gallery shows of it.

    Attributes:
        paths: Where it is, fit to print: its own path, then those of copies that share the card.
        folder: Its folder.
        folders: The folders of all of ``paths``.
        label: "relevant", "irrelevant", or "" where nothing is known.
        grade: How relevant it is known to be, from 0; None where nothing is known.
        score: What pictures are ordered by.
        probability: What the threshold is held against, from 0 to 1.
        facts: What the opened view says beyond all this, by name.
        copies: Where copies are, in words; "" without any.
        link: Address of the file as the page reaches it; "" where it is not to be opened.
        thumbnail: The picture as ``data:``; "" where it is gone.
        large: The same, larger; "" where the page has no room for it.
        flaws: What is wrong with it beside what it shows: "blank", "tiny", "noise".
        group: Number of the group of copies and near copies that it is in; 0 for none.
    """

    paths: tuple[str, ...]
    folder: str
    folders: tuple[str, ...]
    label: str
    grade: float | None
    score: float
    probability: float
    facts: Mapping[str, str]
    copies: str
    link: str
    thumbnail: str
    large: str = ""
    flaws: tuple[str, ...] = ()
    group: int = 0

    @property
    def path(self) -> str:
        """Its own path."""
        return self.paths[0]

    @property
    def file(self) -> str:
        """The last part of its path."""
        return PurePath(self.path).name
