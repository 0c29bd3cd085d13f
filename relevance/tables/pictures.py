"""Cells of a table that hold pictures, or say where they are, and those that hold text."""

from __future__ import annotations

import numbers
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from relevance.pictures.fetching import Place, place_of
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped
from relevance.tables.base import MISSING

IN_CELL = "a picture in the table"
"""Name of a picture that has none."""


def picture_in(cell: Any) -> tuple[Place, bytes] | Skipped | None:
    """Return where a picture is and, where the cell holds it, its file.

    ``Skipped`` for what is in memory but no picture; None for anything else.
    """
    if isinstance(cell, dict) and cell.keys() & {"bytes", "path"}:
        content, path = cell.get("bytes"), text_in(cell.get("path"))
        if isinstance(content, bytes | bytearray) and content:
            return Place(path or IN_CELL), bytes(content)
        return None if content or path is None else (place_of(path), b"")
    if isinstance(cell, Image.Image | np.ndarray):
        file = Held(cell).file()
        name = str(getattr(cell, "filename", "")) or IN_CELL
        return file if isinstance(file, Skipped) else (Place(name), file)
    if isinstance(cell, bytes | bytearray):
        if not cell:
            return Place("", 0), b""
        return (Place(IN_CELL), bytes(cell)) if _is_file(bytes(cell)) else None
    text = text_in(cell)
    return None if text is None else (place_of(text), b"")


def text_in(cell: Any) -> str | None:
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
