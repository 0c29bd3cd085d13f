"""Cells of a table -> pairs to be scored."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relevance.captions.tally import Pair
from relevance.guard import guarded
from relevance.images import Skipped
from relevance.tables import MISSING, Batch, Table


def pair_of(image: Any, caption: Any, fault: str = "") -> Pair:
    """Read the two cells of a row; what is no text is a fault of the row."""
    texts = []
    for cell, what in ((image, "picture"), (caption, "caption")):
        text = guarded(_text, cell)
        if isinstance(text, Skipped):
            fault = fault or f"the {what}'s cell cannot be read: {text.reason}"
        elif text is None:
            fault = fault or f"the {what}'s cell holds {type(cell).__name__}, not text"
        texts.append(text if isinstance(text, str) else "")
    return Pair(texts[0], texts[1], fault)


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
