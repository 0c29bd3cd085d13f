"""The tables of an index: how they are made, and how a row lies in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from pgvector import HalfVector
from psycopg import sql

from relevance.index.stores.base import Cell, Origin, Row, cell_text
from relevance.index.stores.postgres.session import Cursor, one_value
from relevance.index.stores.wording import restored, storable
from relevance.system.json_reader import parse

VERSION = 1
"""Of the tables; raise it when they change."""

_FIELDS = "id, path, folder, digest, size, changed, source, cells"
FIELDS = sql.SQL(_FIELDS)
"""Columns of which ``row_of`` makes a row."""
_TYPES = ("text", "text", "text", "bytea", "int8", "int8", "text", "text", "jsonb", "halfvec")

# ``cells`` is a text, so that each cell comes back as it was: jsonb makes 1e300 a whole number.
# ``shown`` has the same cells as ``--where`` names them.
_MAKE = (
    sql.SQL("CREATE SCHEMA {schema}"),
    sql.SQL("CREATE TABLE {schema}.facts (name text PRIMARY KEY, value text NOT NULL)"),
    sql.SQL("""
        CREATE TABLE {schema}.pictures (
            id text COLLATE "C" PRIMARY KEY,
            path text NOT NULL,
            folder text COLLATE "C" NOT NULL,
            digest bytea NOT NULL,
            size bigint NOT NULL,
            changed bigint NOT NULL,
            source text NOT NULL,
            cells text NOT NULL,
            shown jsonb NOT NULL,
            vector halfvec({dim}) STORAGE MAIN NOT NULL
        )
    """),
    sql.SQL("CREATE INDEX ON {schema}.pictures (folder)"),
    sql.SQL("CREATE INDEX ON {schema}.pictures USING gin (shown jsonb_path_ops)"),
)
_ENTER = sql.SQL("""
    INSERT INTO {table} SELECT * FROM pg_temp.incoming ON CONFLICT (id) DO UPDATE SET
    (path, folder, digest, size, changed, source, cells, shown, vector) = (EXCLUDED.path,
    EXCLUDED.folder, EXCLUDED.digest, EXCLUDED.size, EXCLUDED.changed, EXCLUDED.source,
    EXCLUDED.cells, EXCLUDED.shown, EXCLUDED.vector)
""")
_SET = sql.SQL("""
    INSERT INTO {} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value
""")


def has_schema(cursor: Cursor, schema: str) -> bool:
    """Say whether there is a schema of a name."""
    query = sql.SQL("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = {})")
    return bool(one_value(cursor, query.format(sql.Literal(schema))))


def make(cursor: Cursor, schema: str, origin: Origin) -> None:
    """Make the tables of an empty index."""
    name = sql.Identifier(schema)
    for statement in _MAKE:
        cursor.execute(statement.format(schema=name, dim=sql.Literal(origin.dim)))
    facts = {key: str(value) for key, value in asdict(origin).items()}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    write_facts(cursor, schema, facts | {"version": str(VERSION), "made": made, "columns": "[]"})


def write_facts(cursor: Cursor, schema: str, facts: Mapping[str, str]) -> None:
    """Enter or replace facts."""
    table = sql.Identifier(schema, "facts")
    cursor.executemany(
        _SET.format(table), [(storable(name), storable(value)) for name, value in facts.items()]
    )


def read_facts(cursor: Cursor, schema: str) -> dict[str, str]:
    """Return all facts by name."""
    cursor.execute(sql.SQL("SELECT name, value FROM {}").format(sql.Identifier(schema, "facts")))
    return {restored(name): restored(value) for name, value in cursor}


def origin_of(facts: Mapping[str, str]) -> Origin:
    """Return the origin that ``make`` was told."""
    texts = {field.name: facts[field.name] for field in fields(Origin) if field.name != "dim"}
    return Origin(**texts, dim=int(facts["dim"]))


def enter(
    cursor: Cursor, table: sql.Composable, rows: Iterable[Row], vectors: npt.NDArray[np.float16]
) -> None:
    """Add rows or put them in the place of those with their ids; each id comes once."""
    cursor.execute(sql.SQL("CREATE TEMP TABLE incoming (LIKE {}) ON COMMIT DROP").format(table))
    with cursor.copy("COPY pg_temp.incoming FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(_TYPES)
        for row, vector in zip(rows, vectors, strict=True):
            copy.write_row((*_stored(row), HalfVector(vector)))
    cursor.execute(_ENTER.format(table=table))
    cursor.execute("DROP TABLE pg_temp.incoming")


def row_of(record: tuple[Any, ...]) -> Row:
    """Make a row of the columns ``FIELDS``."""
    key, path, folder, digest, size, changed, source, cells = record
    return Row(
        key,
        restored(path),
        restored(folder),
        bytes(digest),
        size,
        changed,
        restored(source),
        parse(restored(cells), any_number=True),
    )


def _stored(row: Row) -> tuple[Any, ...]:
    shown = {storable(name): storable(cell_text(cell)) for name, cell in row.columns.items()}
    return (
        row.id,
        storable(row.path),
        storable(row.folder),
        row.digest,
        row.size,
        row.changed,
        storable(row.source),
        storable(_as_json(row.columns)),
        shown,
    )


def _as_json(columns: Mapping[str, Cell]) -> str:
    """Write cells as they are; NaN and lone surrogates, which JSON's readers refuse, too."""
    return json.dumps(dict(columns), ensure_ascii=False)
