"""JSON of results: UTF-8, missing numbers null."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relevance.exports.atomic import put_text


class JsonExport(ABC):
    """Gives results that can be said as plain JSON types a text and a file."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without NaN."""

    def json_text(self) -> str:
        """Return ``to_dict`` as JSON text."""
        return as_text(self.to_dict())

    def to_json(self, path: str | Path) -> Path:
        """Write ``to_dict`` as JSON; raises ``OSError`` where it cannot be written."""
        return put_text(path, self.json_text() + "\n")


def as_text(facts: Mapping[str, Any]) -> str:
    """Return plain JSON types as text: indented, but for a line a record in lists of records.

    There may be many of those, and indented they take ten times as long to write.
    """
    lines = [f"  {json.dumps(key, ensure_ascii=False)}: {_value(facts[key])}" for key in facts]
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        rows = ",\n    ".join(json.dumps(r, ensure_ascii=False, allow_nan=False) for r in value)
        return f"[\n    {rows}\n  ]"
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return text.replace("\n", "\n  ")  # in JSON texts hold none


def without_nan(value: Any) -> Any:
    """Replace NaN and infinity by None at any depth; JSON has neither."""
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
