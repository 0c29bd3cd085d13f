"""Cells of a table -> pairs to be scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from relevance.jobs.captions.pairs import Pair
from relevance.pictures.fetching import Place
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped
from relevance.tables import Batch, Table
from relevance.tables.pictures import picture_in, text_in

_Cell = TypeVar("_Cell")


def pair_of(image: Any, caption: Any, fault: str = "") -> Pair:
    """Read the two cells of a row; what is no picture, path or text is a fault of the row.

    A picture may be the text that says where it is, its file's bytes, ``{"bytes": …, "path": …}``
    as Hugging Face datasets write it, a ``PIL.Image.Image``, or an array
    ``(height, width, 3)`` of uint8.
    """
    picture, fault = _read(picture_in, image, "picture", fault)
    text, fault = _read(text_in, caption, "caption", fault)
    place, content = picture or (Place("", 0), b"")
    return Pair(place.text, text or "", fault, content, place.n_named)


def _read(
    reader: Callable[[Any], _Cell | Skipped | None], cell: Any, what: str, fault: str
) -> tuple[_Cell | None, str]:
    """Read a cell, or say what is wrong with it where nothing was wrong yet."""
    found = guarded(reader, cell)
    if isinstance(found, Skipped):
        return None, fault or f"the {what}'s cell cannot be read: {found.reason}"
    if found is None:
        return None, fault or f"the {what}'s cell holds {type(cell).__name__}, not text"
    return found, fault


def pairs_of(
    table: Table, image: str, caption: str, size: int
) -> Iterator[tuple[Batch, list[Pair]]]:
    """Yield the rows of a table with their pairs."""
    at = table.columns.index(image), table.columns.index(caption)
    for batch in table.batches(size):
        cells = zip(*map(batch.column, at), strict=True)
        yield (
            batch,
            [
                pair_of(place, text, batch.faults.get(number, ""))
                for number, (place, text) in enumerate(cells)
            ],
        )
