"""What is looked for, as somebody typed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relevance.errors import UsageError
from relevance.index.stores.base import Store
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES
from relevance.pictures.fetching import is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.formats import PICTURE_SUFFIXES
from relevance.pictures.given import Picture, each, file_of
from relevance.system.finding import meant
from relevance.system.locations import is_file
from relevance.system.names import printable


class Words(str):
    """Words, even where they look like the place or id of a picture."""

    __slots__ = ()


Given = str | Path | bytes
"""A picture: where it is, its id in the index, or its file."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        words: Words or phrases that pictures are to show, all of them together.
        like: Pictures that they are to be like.
        unlike: Words or pictures that they are not to be like.
        templates: Prompts for words.
        background: What words are held against.
    """

    words: tuple[str, ...] = ()
    like: tuple[Given, ...] = ()
    unlike: tuple[Given, ...] = ()
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    background: tuple[str, ...] = BACKGROUND_CONCEPTS

    def __post_init__(self) -> None:
        if not (self.words or self.like):
            raise UsageError("Say what to look for: words, or a picture with --like.")
        for text in (*self.words, *self.like, *self.unlike):
            if not text or (isinstance(text, str) and not text.strip()):
                raise UsageError("A part of the query is empty; is a shell variable not set?")
        for word in self.words:
            if word != printable(word):
                raise UsageError("The words have characters that are not text; type them again.")

    @property
    def has_probability(self) -> bool:
        """Whether it is of words alone; of pictures nobody learnt what a likeness is worth."""
        return not self.like

    def to_dict(self) -> dict[str, list[str]]:
        """Return what was typed."""
        return {
            "words": list(self.words),
            "like": [name_of(item) for item in self.like],
            "unlike": [name_of(item) for item in self.unlike],
        }


@dataclass(frozen=True, slots=True)
class Among:
    """Which pictures of an index are looked at, and how many are wanted.

    Attributes:
        k: How many at most.
        minimum: The least probability, or score where there is none; None for any.
        folders: Patterns, of which the folder must meet one; see ``FolderPatterns``.
        where: By column the values, or value, that its cell must have.
    """

    k: int = 10
    minimum: float | None = None
    folders: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(f"The number of answers must be at least 1, not {self.k}.")

    def check(self, query: Query) -> None:
        """Raise ``UsageError`` where the minimum is to be a probability and is none."""
        if query.has_probability and self.minimum is not None and not 0 <= self.minimum <= 1:
            raise UsageError(f"The minimum is a probability from 0 to 1, not {self.minimum:g}.")


def is_picture(item: Given, store: Store) -> bool:
    """Say whether something that may be words or a picture is a picture."""
    if isinstance(item, Words):
        return False
    if not isinstance(item, str):
        return True
    looks_so = is_address(item) or Path(item).suffix.lower() in PICTURE_SUFFIXES
    return looks_so or is_file(str(meant(item))) or bool(store.rows([item]))


def name_of(item: Given) -> str:
    """Return a part of a query, fit to print."""
    return "a picture" if isinstance(item, bytes) else printable(item)


def given(items: Picture | Sequence[Picture]) -> tuple[Given, ...]:
    """Return one part of a query, or several, as a tuple; of pictures in memory their files.

    Raises:
        UsageError: Something in memory is no picture.
    """
    return tuple(map(_given, each(items)))


def _given(item: Picture) -> Given:
    if isinstance(item, ImageRef):
        return file_of(item.held) if item.held else item.place
    return item if isinstance(item, str | Path) else file_of(item)
