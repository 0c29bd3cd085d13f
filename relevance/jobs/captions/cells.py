"""Cells of a table -> pairs to be scored."""

from __future__ import annotations

import io
import numbers
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from relevance.jobs.captions.tally import Pair
from relevance.pictures.fetching import Place, place_of
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped
from relevance.tables import MISSING, Batch, Table

IN_CELL = "a picture in the table"
"""Name of a picture that has none."""

_Cell = TypeVar("_Cell")


def pair_of(image: Any, caption: Any, fault: str = "") -> Pair:
    """Read the two cells of a row; what is no picture, path or text is a fault of the row.

    A picture may be the text that says where it is, its file's bytes, ``{"bytes": …, "path": …}``
    as Hugging Face datasets write it, or a ``PIL.Image.Image``.
    """
    picture, fault = _read(picture_in, image, "picture", fault)
    text, fault = _read(_text, caption, "caption", fault)
    place, content = picture or (Place("", 0), b"")
    return Pair(place.text, text or "", fault, content, place.n_named)


def _read(
    reader: Callable[[Any], _Cell | None], cell: Any, what: str, fault: str
) -> tuple[_Cell | None, str]:
    """Read a cell, or say what is wrong with it where nothing was wrong yet."""
    found = guarded(reader, cell)
    if isinstance(found, Skipped):
        return None, fault or f"the {what}'s cell cannot be read: {found.reason}"
    if found is None:
        return None, fault or f"the {what}'s cell holds {type(cell).__name__}, not text"
    return found, fault


def picture_in(cell: Any) -> tuple[Place, bytes] | None:
    """Return where a picture is and, where the cell holds it, its file; None for anything else."""
    if isinstance(cell, dict) and cell.keys() & {"bytes", "path"}:
        content, path = cell.get("bytes"), _text(cell.get("path"))
        if isinstance(content, bytes | bytearray) and content:
            return Place(path or IN_CELL), bytes(content)
        return None if content or path is None else (place_of(path), b"")
    if isinstance(cell, Image.Image):
        return Place(str(getattr(cell, "filename", "")) or IN_CELL), _file_of(cell)
    if isinstance(cell, bytes | bytearray):
        if not cell:
            return Place("", 0), b""
        return (Place(IN_CELL), bytes(cell)) if _is_file(bytes(cell)) else None
    text = _text(cell)
    return None if text is None else (place_of(text), b"")


def _file_of(image: Image.Image) -> bytes:
    """Write a picture as a file without loss, its orientation with it."""
    buffer = io.BytesIO()
    kind = "TIFF" if image.mode in {"CMYK", "F", "LAB", "YCbCr"} else "PNG"
    fast = {"compress_level": 1} if kind == "PNG" else {}
    image.save(buffer, kind, exif=image.getexif(), **fast)
    return buffer.getvalue()


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


def _text(cell: Any) -> str | None:
    """Return a cell as text, empty where it holds nothing; None where it holds no text."""
    if isinstance(cell, str | Path | int):
        return str(cell).strip()
    if cell is None or cell is MISSING or type(cell).__name__ in {"NAType", "NaTType"}:
        return ""
    if isinstance(cell, numbers.Real):
        return "" if cell != cell else str(cell)  # NaN is how pandas writes nothing
    return None


def _is_file(cell: bytes) -> bool:
    """Tell a picture's file from text, such as a path, that a program wrote as bytes."""
    try:
        text = cell.decode("utf-8").lstrip()
    except UnicodeDecodeError:
        return True
    return text.startswith("<") or any(char < " " and char not in "\t\r\n" for char in text)
