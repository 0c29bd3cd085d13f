"""Which columns of a table hold pictures and captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from relevance.errors import UsageError, nearest

ADDED = ("similarity", "clip_score", "status", "reason")
"""Columns that scoring adds, without the prefix that a caller may want."""

_IMAGE_NAMES = (
    *("image", "image url", "image path", "image link", "image file", "image name", "image src"),
    *("main image url", "main image", "image1", "image 1"),
    *("img", "img url", "img path", "picture", "picture url", "photo", "photo url"),
    *("bild url", "bild", "bilddatei", "foto url", "foto", "imagen", "immagine", "imagem"),
    *("filepath", "file path", "file", "filename", "file name", "path", "url", "link", "src"),
)
_CAPTION_NAMES = (
    *("caption", "title", "text", "product title", "product name", "item name"),
    *("description", "product description", "alt", "alt text", "prompt"),
    *("titel", "titre", "título", "titolo", "produktname", "bezeichnung", "beschreibung"),
    *("descripción", "descrizione", "descrição", "label", "name", "nombre", "nom", "nome"),
)
_LISTED = 12
_LIKE_A_CELL = re.compile(r"://|\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


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
    chosen_image = _column(names, image, _IMAGE_NAMES, "--image-column")
    chosen_caption = _column(names, caption, _CAPTION_NAMES, "--caption-column")
    if chosen_image is None or chosen_caption is None:
        raise UsageError(
            _unknown(names, no_image=chosen_image is None, no_caption=chosen_caption is None)
        )
    if chosen_image == chosen_caption:
        raise UsageError(f'"{chosen_image}" cannot hold both pictures and captions.')
    guessed = [
        option
        for option, asked in (("--image-column", image), ("--caption-column", caption))
        if asked is None
    ]
    note = f", guessed from the names ({' and '.join(guessed)} would set)" if guessed else ""
    others = _others(names, chosen_image) if image is None else []
    more = f" Not scored: {_listing(others)}." if others else ""
    return Columns(
        chosen_image,
        chosen_caption,
        f'Pictures: column "{chosen_image}". Captions: column "{chosen_caption}"{note}.{more}',
    )


def _column(
    names: Sequence[str], asked: str | None, usual: Sequence[str], option: str
) -> str | None:
    found = _asked(names, asked, option) if asked is not None else _guess(names, usual)
    if found is not None and list(names).count(found) > 1:
        raise UsageError(f'Two columns are called "{found}"; rename one.')
    return found


def _unknown(names: Sequence[str], *, no_image: bool, no_caption: bool) -> str:
    """Say what could not be guessed, and why that may be."""
    missing = [
        *([("pictures", "--image-column")] if no_image else []),
        *([("captions", "--caption-column")] if no_caption else []),
    ]
    whats, options = (" and ".join(words) for words in zip(*missing, strict=True))
    headless = any(_LIKE_A_CELL.search(str(name)) for name in names)
    hint = " Is that a row of data? The first line must hold names." if headless else ""
    return (
        f"No column looks like one of {whats}; name it with {options}. The table has: "
        f"{_listing(names)}.{hint}"
    )


def _others(names: Sequence[str], chosen: str) -> list[str]:
    """Return further columns that seem to hold pictures: image 2, image 3."""
    usual = set(map(_unnumbered, _IMAGE_NAMES))
    return [name for name in names if name != chosen and _unnumbered(_words(name)) in usual]


def _unnumbered(words: str) -> str:
    return words.rstrip("0123456789").rstrip()


def _asked(names: Sequence[str], asked: str, option: str) -> str:
    if asked in names:
        return asked
    near = nearest(asked, [name for name in names if isinstance(name, str)])
    hint = f' Did you mean "{near}"?' if near else ""
    raise UsageError(
        f'There is no column "{asked}" ({option}).{hint} The table has: {_listing(names)}.'
    )


def _guess(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the column with the most usual name, if one has such a name."""
    plain = {_words(name): name for name in names[::-1]}
    return next((plain[name] for name in usual if name in plain), None)


def _words(name: str) -> str:
    """Write a name in lower case with spaces; a DataFrame's may be a number."""
    return " ".join(re.split(r"[\W_]+", str(name).casefold())).strip()


def _listing(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(f'"{name}"' for name in names[:_LISTED]) + more if names else "no columns"
