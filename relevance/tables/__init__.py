"""Tables of any size, read and written a batch of rows at a time.

Every reader yields ``Batch``; every writer takes it, with columns to add. A cell that a row does
not have (JSON Lines) is ``MISSING``.
"""

from relevance.tables.base import MISSING, Batch, RowBatch, Table, Writer
from relevance.tables.dialect import delimiter_of
from relevance.tables.files import kind_of, open_table, open_writer

__all__ = [
    "MISSING",
    "Batch",
    "RowBatch",
    "Table",
    "Writer",
    "delimiter_of",
    "kind_of",
    "open_table",
    "open_writer",
]
