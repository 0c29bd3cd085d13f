"""Numbers of lines that something is odd about, as many as a person wants to see."""

from __future__ import annotations

_SHOWN = 5


class LineNumbers:
    """Counts lines, and remembers the first few."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        self._first: list[int] = []

    def add(self, number: int) -> None:
        """Take a line, counted from 1."""
        self.count += 1
        if len(self._first) < _SHOWN:
            self._first.append(number)

    def __str__(self) -> str:
        """Name them: "line 3", "lines 3 and 5", "lines 1, 2, 3, 4, 5 and 37 more"."""
        shown = list(map(str, self._first))
        if self.count > len(shown):
            shown.append(f"{self.count - len(shown):,} more")
        listed = " and ".join((", ".join(shown[:-1]), shown[-1])) if shown[1:] else "".join(shown)
        return f"line{'s' if self.count != 1 else ''} {listed}"
