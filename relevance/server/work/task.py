"""One piece of long work, as a file says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from relevance.exports.json_file import without_nan
from relevance.system.json_reader import build, parse

QUEUED, RUNNING, DONE, FAILED, CANCELLED, LOST = (
    *("queued", "running", "done"),
    *("failed", "cancelled", "lost"),
)
ENDED = frozenset({DONE, FAILED, CANCELLED, LOST})


@dataclass(frozen=True, slots=True)
class Task:
    """What is known of it.

    Attributes:
        id: Its own.
        kind: "score" or "index".
        status: "queued", "running", "done", "failed", "cancelled", or "lost": the server that
            worked on it ended before it did.
        what: What was asked for.
        made: When, as ISO 8601 in UTC.
        done: How many pictures are finished.
        total: How many there are; 0 until that is known.
        detail: What went wrong, or what to know, in a sentence.
        result: What came of it.
        files: Names of the files that it left.
    """

    id: str
    kind: str
    status: str
    what: Mapping[str, Any]
    made: str
    done: int = 0
    total: int = 0
    detail: str = ""
    result: Any = None
    files: tuple[str, ...] = field(default=())

    def to_text(self) -> str:
        """Return it as a file holds it."""
        return json.dumps(without_nan(asdict(self)))

    @classmethod
    def of_text(cls, text: str) -> Task:
        """Read such a file; raises ``JsonError`` where it is none."""
        return build(cls, parse(text))
