"""Keywords from a file, and which folders bear which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from relevance.errors import UsageError
from relevance.judging.keyword_labels import KEYWORD_COLUMN
from relevance.system.finding import meant, why_unreadable
from relevance.system.names import printable
from relevance.tables import MISSING, open_table

FOLDER_COLUMN = "folder"
_COMMENT = "#"
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow", ".feather")
_BATCH_ROWS = 1024


def read_keywords(path: str | Path) -> list[str]:
    """Read keywords in their order, as they are written but for spaces around them.

    A table, by the end of its name, has a column ``keyword``; any other file has a keyword a line.
    Empty lines, and lines that begin with "#", are passed over.

    Raises:
        UsageError: The file cannot be read, is a table without that column, or has no keyword.
    """
    place = meant(path)
    is_table = place.suffix.lower() in _TABLES
    found = _columns(place, (KEYWORD_COLUMN,))[0] if is_table else _lines(place)
    keywords = [word.strip() for word in found if word.strip()]
    if not keywords:
        raise UsageError(f"{printable(place)} has no keyword; write one a line.")
    return keywords


def _lines(place: Path) -> list[str]:
    try:
        text = place.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(why_unreadable(place, error)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{printable(place)} is no text in UTF-8; save it as that.") from error
    return [line for line in text.splitlines() if not line.lstrip().startswith(_COMMENT)]


def read_names(path: str | Path) -> dict[str, str]:
    """Read which folders bear which keyword: a table with the columns ``folder`` and ``keyword``.

    Raises:
        UsageError: The file cannot be read, lacks a column, or names a folder twice differently.
    """
    place = meant(path)
    folders, keywords = _columns(place, (FOLDER_COLUMN, KEYWORD_COLUMN))
    found: dict[str, str] = {}
    for folder, keyword in zip(map(str.strip, folders), map(str.strip, keywords), strict=True):
        if folder and found.setdefault(folder, keyword) != keyword:
            raise UsageError(
                f"{printable(place)} gives {printable(folder)} two keywords, "
                f"“{printable(found[folder])}” and “{printable(keyword)}”; keep one."
            )
    return found


def _columns(place: Path, wanted: Sequence[str]) -> list[list[str]]:
    """Return the cells of columns as texts, empty ones where there is nothing."""
    table = open_table(place)
    columns = [str(name).strip().casefold() for name in table.columns]
    if missing := [name for name in wanted if name not in columns]:
        raise UsageError(
            f'{printable(place)} needs a column "{missing[0]}"; it has: '
            f"{', '.join(map(printable, columns)) or 'nothing'}. (A list without columns is to be "
            "named .txt.)"
        )
    numbers = [columns.index(name) for name in wanted]
    batches = list(table.batches(_BATCH_ROWS))
    return [
        ["" if cell is None or cell is MISSING else str(cell) for cell in cells]
        for cells in ([c for batch in batches for c in batch.column(n)] for n in numbers)
    ]
