"""Rows as points with payloads, filters as conditions on these, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import numpy as np
from qdrant_client import models

from relevance.encoders.base import FloatArray, HalfArray
from relevance.index.stores.base import Filter, FolderPatterns, Row, cell_text
from relevance.index.stores.wording import restored, storable

INDEXED = {
    "id": models.PayloadSchemaType.KEYWORD,
    "folder": models.PayloadSchemaType.KEYWORD,
    "cells": models.PayloadSchemaType.KEYWORD,
    "since": models.PayloadSchemaType.INTEGER,
    "until": models.PayloadSchemaType.INTEGER,
}
"""Fields of payloads by which points are looked for."""


def point_of(row: Row, vector: FloatArray, write: int) -> models.PointStruct:
    """Make a point, the same one whenever the write that adds it is tried again."""
    number = hashlib.sha256(f"{write} {row.id}".encode()).digest()[:16]
    payload = {
        "id": row.id,
        "path": storable(row.path),
        "folder": storable(row.folder),
        "digest": row.digest.hex(),
        "size": row.size,
        "changed": row.changed,
        "source": storable(row.source),
        "columns": json.dumps(dict(row.columns)),
        "cells": [_cell(name, cell_text(cell)) for name, cell in row.columns.items()],
        "since": write,
    }
    return models.PointStruct(id=str(UUID(bytes=number)), vector=vector.tolist(), payload=payload)


def row_of(payload: Mapping[str, Any]) -> Row:
    """Return the row that a point's payload holds."""
    return Row(
        id=payload["id"],
        path=restored(payload["path"]),
        folder=restored(payload["folder"]),
        digest=bytes.fromhex(payload["digest"]),
        size=payload["size"],
        changed=payload["changed"],
        source=restored(payload["source"]),
        columns=json.loads(payload["columns"]),
    )


def vector_of(vector: Any) -> HalfArray:
    """Return the vector of a point."""
    return np.asarray(vector, dtype=np.float16)


def seen(write: int, *further: models.Condition) -> models.Filter:
    """Choose the points that are there as of a write, if they meet further conditions."""
    return models.Filter(
        must=[_range("since", models.Range(lte=write)), *further],
        must_not=[_range("until", models.Range(lte=write))],
    )


def after(field: str, write: int) -> models.Filter:
    """Choose the points that a later write began ("since") or ended ("until")."""
    return models.Filter(must=[_range(field, models.Range(gt=write))])


def ended(write: int) -> models.Filter:
    """Choose the points that are no more as of a write."""
    return models.Filter(must=[_range("until", models.Range(lte=write))])


def among(field: str, values: Iterable[str]) -> models.FieldCondition:
    """Ask that a field be one of these texts."""
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def chosen_points(write: int, chosen: Filter, folders: Iterable[str]) -> models.Filter | None:
    """Choose the points of rows that meet a filter; None where there can be none.

    Args:
        write: As of which write.
        chosen: The filter.
        folders: Values of all points' field "folder", if the filter asks for folders.
    """
    wanted = []
    if chosen.folders:
        patterns = FolderPatterns(chosen.folders)
        wanted.append(
            ("folder", [folder for folder in folders if patterns.meets(restored(folder))])
        )
    for name, values in chosen.where.items():
        wanted.append(("cells", [_cell(name, value) for value in values]))
    if not all(values for _, values in wanted):
        return None
    found = seen(write, *(among(field, values) for field, values in wanted))
    if chosen.without:
        found.must_not = [*_listed(found.must_not), among("id", sorted(chosen.without))]
    return found


def _listed(conditions: Any) -> list[models.Condition]:
    return list(conditions)


def _cell(name: str, value: str) -> str:
    """Join a column's name and a value so that no two pairs are alike; in ASCII."""
    return json.dumps([name, value])


def _range(field: str, limits: models.Range) -> models.FieldCondition:
    return models.FieldCondition(key=field, range=limits)
