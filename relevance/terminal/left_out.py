"""What every summary ends with: what was skipped, known or left out, and where the files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from relevance.pictures.leaving_out import kinds_words, left_out_words
from relevance.system.names import printable

_SHOWN_SKIPPED = 10


def show_left_out(
    console: Console,
    skipped: Sequence[tuple[str, str, str]],
    total: int,
    provenance: Mapping[str, Any],
) -> None:
    """Print what was skipped (path, folder, reason), what was known and what was left out."""
    if skipped:
        console.print(f"Skipped {len(skipped)} of {total} pictures:")
        for path, _, reason in skipped[:_SHOWN_SKIPPED]:
            console.print(f"  {path}: {reason}", markup=False, soft_wrap=True)
        if len(skipped) > _SHOWN_SKIPPED:
            console.print(f"  and {len(skipped) - _SHOWN_SKIPPED} more, listed in the report")
    cached = provenance["pictures_from_cache"]
    if cached:
        console.print(f"{cached} of {total} pictures were known from earlier runs.")
    if provenance["left_out"]:
        kinds = kinds_words(provenance["left_out_kinds"])
        detail = f" Not supported: {kinds}." if kinds else ""
        words = left_out_words(provenance["left_out"])
        console.print(f"Left out: {words}.{detail}", markup=False, soft_wrap=True)


def show_files(console: Console, files: Sequence[tuple[str, Path | None]]) -> None:
    """Print where the files are: what each is, and its path, None for one not written."""
    for kind, path in files:
        if path:
            console.print(f"{kind}: {printable(path)}", markup=False, soft_wrap=True)
