"""What fetching one picture may cost."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.errors import UsageError

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on fetching; local files have none but that on pixels.

    Attributes:
        connections: How many pictures are fetched at a time.
        seconds: How long one picture may take in all, retries and waiting included.
        megabytes: How large its file may be.
    """

    connections: int = 16
    seconds: float = 60.0
    megabytes: float = 50.0

    def __post_init__(self) -> None:
        for name in ("connections", "seconds", "megabytes"):
            if not getattr(self, name) > 0:
                raise UsageError(f"The limit on {name} must be above 0.")

    @property
    def size(self) -> int:
        """The largest file, in bytes."""
        return int(self.megabytes * _MEGABYTE)

    @property
    def too_large(self) -> str:
        """Reason for a larger one."""
        return f"the file is larger than {self.megabytes:g} MB (--max-megabytes)"
