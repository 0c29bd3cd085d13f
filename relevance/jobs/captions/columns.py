"""Which columns of a table hold pictures and captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relevance.errors import UsageError
from relevance.system.names import printable
from relevance.tables.naming import (
    CAPTION_NAMES,
    IMAGE_NAMES,
    column_of,
    is_headless,
    listing,
    unnumbered,
    words_of,
)

ADDED = ("similarity", "clip_score", "status", "reason")
"""Columns that scoring adds, without the prefix that a caller may want."""


class Columns(NamedTuple):
    """Where pictures and captions are, and a sentence that says so."""

    image: str
    caption: str
    note: str


def choose_columns(
    names: Sequence[str], image: str | None, caption: str | None, prefix: str = ""
) -> Columns:
    """Take the columns that were asked for, or those with the most usual names.

    Args:
        names: The table's columns.
        image: Column of pictures, if it was named.
        caption: Column of captions, if it was named.
        prefix: What the names of added columns begin with.

    Raises:
        UsageError: There is no such column, it is there twice, nothing looks like one, or the table
            has a column already that would be added.
    """
    taken = [prefix + name for name in ADDED if prefix + name in names]
    if taken:
        raise UsageError(
            f'The table has a column "{taken[0]}" already, which would be added; '
            "put something else in front of the added names, for example --prefix fit_."
        )
    chosen_image = column_of(names, image, IMAGE_NAMES, "--image-column")
    chosen_caption = column_of(names, caption, CAPTION_NAMES, "--caption-column")
    if chosen_image is None or chosen_caption is None:
        raise UsageError(
            _unknown(names, no_image=chosen_image is None, no_caption=chosen_caption is None)
        )
    if chosen_image == chosen_caption:
        raise UsageError(
            f'"{printable(str(chosen_image))}" cannot hold both pictures and captions.'
        )
    guessed = [
        option
        for option, asked in (("--image-column", image), ("--caption-column", caption))
        if asked is None
    ]
    note = f", guessed from the names ({' and '.join(guessed)} would set)" if guessed else ""
    others = _others(names, chosen_image) if image is None else []
    more = f" Not scored: {listing(others)}." if others else ""
    return Columns(
        chosen_image,
        chosen_caption,
        f"Pictures: column {listing([chosen_image])}. "
        f"Captions: column {listing([chosen_caption])}{note}.{more}",
    )


def _unknown(names: Sequence[str], *, no_image: bool, no_caption: bool) -> str:
    """Say what could not be guessed, and why that may be."""
    missing = [
        *([("pictures", "--image-column")] if no_image else []),
        *([("captions", "--caption-column")] if no_caption else []),
    ]
    whats, options = (" and ".join(words) for words in zip(*missing, strict=True))
    headless = is_headless(names)
    hint = " Is that a row of data? The first line must hold names." if headless else ""
    return (
        f"No column looks like one of {whats}; name it with {options}. The table has: "
        f"{listing(names)}.{hint}"
    )


def _others(names: Sequence[str], chosen: str) -> list[str]:
    """Return further columns that seem to hold pictures: image 2, image 3."""
    usual = set(map(unnumbered, IMAGE_NAMES))
    return [name for name in names if name != chosen and unnumbered(words_of(name)) in usual]
