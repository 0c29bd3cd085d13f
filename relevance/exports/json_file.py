"""JSON of results: UTF-8, missing numbers null."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
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
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_json(self, path: str | Path) -> Path:
        """Write ``to_dict`` as JSON; raises ``OSError`` where it cannot be written."""
        return put_text(path, self.json_text() + "\n")


def without_nan(value: Any) -> Any:
    """Replace NaN and infinity by None at any depth; JSON has neither."""
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
