"""A table of queries, and of what each should find."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.index.ids import id_of
from relevance.index.search.query import Given
from relevance.pictures.fetching import is_address
from relevance.system.names import printable
from relevance.tables import open_table
from relevance.tables.naming import IMAGE_NAMES, column_of, listing
from relevance.tables.pictures import text_in

_QUERY_NAMES = ("query", "words", "keyword", "text", "search")
_RELEVANT_NAMES = ("relevant", "relevant ids", "ids", "answers")
_LABEL_NAMES = ("label", "folder", "category", "class")
_BETWEEN = ";"
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """A row of the table.

    Attributes:
        words: What pictures are to show; empty where there is only a picture.
        picture: What they are to be like, as a path, an address or an id; empty for none.
        ids: Of the pictures that are relevant, if they are named one by one.
        label: What relevant pictures are labelled, otherwise.
    """

    words: str
    picture: Given
    ids: frozenset[str] = frozenset()
    label: str = ""


def read_queries(path: Path) -> list[KnownQuery]:
    """Read a table with a column of words or of pictures, and one of ids (or paths) or labels.

    Raises:
        UsageError: It cannot be read, or lacks a column.
    """
    table = open_table(path)
    columns = _Columns.of(table.columns)
    return [
        columns.read(cells, path.parent)
        for batch in table.batches(_BATCH)
        for cells in batch.rows()
    ]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row things are; None for what the table does not have."""

    words: int | None
    picture: int | None
    relevant: int | None
    label: int | None

    @classmethod
    def of(cls, names: Sequence[str]) -> _Columns:
        def at(usual: Sequence[str]) -> int | None:
            found = column_of(names, None, usual, "--queries")
            return None if found is None else names.index(found)

        found = cls(at(_QUERY_NAMES), at(IMAGE_NAMES), at(_RELEVANT_NAMES), at(_LABEL_NAMES))
        if found.words is None and found.picture is None:
            raise UsageError(
                'The table of queries needs a column "query" with words, or "picture". '
                f"It has: {listing(names)}."
            )
        if found.relevant is None and found.label is None:
            raise UsageError(
                'The table of queries needs a column "relevant" with ids or paths (several with '
                f'{_BETWEEN} between them), or "label" with what relevant pictures are labelled. '
                f"It has: {listing(names)}."
            )
        return found

    def read(self, cells: Sequence[Any], folder: Path) -> KnownQuery:
        def text(at: int | None) -> str:
            return "" if at is None else (text_in(cells[at]) or "")

        picture = text(self.picture)
        named = [] if self.relevant is None else _listed(cells[self.relevant])
        return KnownQuery(
            words=printable(text(self.words)),
            picture=_place(picture, folder),
            ids=frozenset([_id(item, folder) for item in named]),
            label=text(self.label),
        )


def _listed(cell: Any) -> list[str]:
    """Return the entries of a cell: a list, one written as JSON, or texts with semicolons."""
    if isinstance(cell, list | tuple):
        return [str(item) for item in cell]
    text = text_in(cell) or ""
    if text.startswith("["):
        return [str(item) for item in json.loads(text)]
    return list(_filled(text.split(_BETWEEN)))


def _filled(texts: Sequence[str]) -> Iterator[str]:
    return (text.strip() for text in texts if text.strip())


def _place(picture: str, folder: Path) -> str:
    """Return a picture as a search takes it: paths start at the table's folder."""
    if not picture or is_address(picture):
        return picture
    path = folder / picture
    return str(path) if path.exists() else picture


def _id(item: str, folder: Path) -> str:
    """Return the id that is meant by an id or a path."""
    path = folder / item
    if is_address(item):
        return id_of(item)
    return id_of(os.path.abspath(path)) if path.exists() else item
