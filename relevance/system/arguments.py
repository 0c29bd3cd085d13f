"""What a caller passes as one or as several, brought into one form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def one_keyword(keyword: str) -> str:
    """Return a keyword without spaces around it; raise ``TypeError`` where it is not one text."""
    if not isinstance(keyword, str):
        kind = type(keyword).__name__
        raise TypeError(f"keyword must be one word or phrase, not {kind}; categories takes several")
    return keyword.strip()


def several(value: object) -> tuple[str, ...]:
    """Return one text or path, or several of them, as a tuple of texts."""
    if isinstance(value, str | Path):
        return (str(value),)
    return tuple(map(str, value))  # type: ignore[call-overload]


def several_paths(paths: str | Path | Sequence[str | Path]) -> tuple[str | Path, ...]:
    """Return one path, or several, as a tuple."""
    return (paths,) if isinstance(paths, str | Path) else tuple(paths)
