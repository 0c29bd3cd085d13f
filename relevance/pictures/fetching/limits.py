"""What fetching one picture may cost."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.errors import UsageError

_MEGABYTE = 1_000_000
_DAY = 86_400


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
        for name, most in (("connections", 1000), ("seconds", _DAY), ("megabytes", 1e6)):
            if not 0 < getattr(self, name) <= most:
                raise UsageError(f"The limit on {name} must be above 0, and {most:,.0f} at most.")

    @property
    def size(self) -> int:
        """The largest file, in bytes."""
        return int(self.megabytes * _MEGABYTE)

    @property
    def too_slow(self) -> str:
        """Reason for one that takes longer."""
        return f"not complete after {self.seconds:g} s (--timeout)"

    @property
    def too_large(self) -> str:
        """Reason for a larger one."""
        return f"the file is larger than {self.megabytes:g} MB (--max-megabytes)"
