"""A filter as a condition in SQL."""

from __future__ import annotations

import json
from typing import Any

from psycopg import sql

from relevance.index.stores.base import Filter, FolderPatterns
from relevance.index.stores.postgres.session import Cursor
from relevance.index.stores.wording import restored, storable

# From one name to the next by the index, so that a million rows are not read for ten folders.
_FOLDERS = sql.SQL("""
    WITH RECURSIVE found AS (
        (SELECT folder FROM {table} ORDER BY folder LIMIT 1)
        UNION ALL
        SELECT (SELECT folder FROM {table} WHERE folder > found.folder ORDER BY folder LIMIT 1)
        FROM found WHERE found.folder IS NOT NULL
    )
    SELECT folder FROM found WHERE folder IS NOT NULL
""")


def condition(
    cursor: Cursor, table: sql.Composable, chosen: Filter
) -> tuple[sql.Composable, list[Any]]:
    """Return what comes after WHERE, and the values of its placeholders."""
    parts: list[sql.Composable] = [sql.SQL("TRUE")]
    values: list[Any] = []
    if chosen.folders:
        parts.append(sql.SQL("folder = ANY(%s)"))
        values.append(_folders(cursor, table, chosen.folders))
    for name, texts in chosen.where.items():
        column = storable(name)
        either = [sql.SQL("shown @> %s::jsonb")] * len(texts) or [sql.SQL("FALSE")]
        parts.append(sql.SQL("({})").format(sql.SQL(" OR ").join(either)))
        values += [json.dumps({column: storable(text)}) for text in texts]
    if chosen.without:
        parts.append(sql.SQL("id <> ALL(%s)"))
        values.append(sorted(chosen.without))
    return sql.SQL(" AND ").join(parts), values


def _folders(cursor: Cursor, table: sql.Composable, patterns: tuple[str, ...]) -> list[str]:
    """Return the folders that meet a pattern, as they are stored."""
    rule = FolderPatterns(patterns)
    cursor.execute(_FOLDERS.format(table=table))
    return [name for (name,) in cursor if rule.meets(restored(name))]
