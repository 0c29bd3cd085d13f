"""One picture of a gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        value: What the threshold is held against: a probability from 0 to 1, or a similarity.
        facts: What the opened view says beyond all this, by name.
        copies: Where copies are, in words; "" without any.
        link: Address of the file as the page reaches it; "" where it is not to be opened.
        thumbnail: The picture as ``data:``; "" where it is gone.
        large: The same, larger; "" where the page has no room for it.
        flaws: What is wrong with it beside what it shows: "blank", "tiny", "noise".
        group: Number of the group of copies and near copies that it is in; 0 for none.
        caption: What stands on the card in place of the file's name; "" for that name.
        note: What stands there in place of the folder; "" for that.
        columns: What lists say of it beyond what they say of all, by the name of the column.
        key: What marks are kept under; "" for the path.
    """

    paths: tuple[str, ...]
    folder: str
    folders: tuple[str, ...]
    label: str
    grade: float | None
    score: float
    value: float
    facts: Mapping[str, str]
    copies: str
    link: str
    thumbnail: str
    large: str = ""
    flaws: tuple[str, ...] = ()
    group: int = 0
    caption: str = ""
    note: str = ""
    columns: Mapping[str, str | int] = field(default_factory=dict)
    key: str = ""

    @property
    def path(self) -> str:
        """Its own path."""
        return self.paths[0]

    @property
    def file(self) -> str:
        """The last part of its path."""
        return PurePath(self.path).name
