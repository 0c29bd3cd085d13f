"""Keywords from a file: a line a keyword, or the column of a table."""

from __future__ import annotations

from pathlib import Path

from relevance.errors import UsageError
from relevance.judging.keyword_labels import KEYWORD_COLUMN
from relevance.system.finding import meant, why_unreadable
from relevance.system.names import printable
from relevance.tables import MISSING, open_table

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
    found = _column(place) if place.suffix.lower() in _TABLES else _lines(place)
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


def _column(place: Path) -> list[str]:
    table = open_table(place)
    columns = [str(name).strip().casefold() for name in table.columns]
    if KEYWORD_COLUMN not in columns:
        raise UsageError(
            f'{printable(place)} needs a column "{KEYWORD_COLUMN}"; it has: '
            f"{', '.join(map(printable, columns)) or 'nothing'}. (A list without columns is to be "
            "named .txt.)"
        )
    number = columns.index(KEYWORD_COLUMN)
    cells = [cell for batch in table.batches(_BATCH_ROWS) for cell in batch.column(number)]
    return [str(cell) for cell in cells if cell is not None and cell is not MISSING]
