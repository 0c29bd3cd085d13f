"""The page of a search, below the folder that the user named; an older one is replaced."""

from __future__ import annotations

from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.index.search.found import Found
from relevance.index.search.query import name_of
from relevance.pages.index_page import renew_index

_LONGEST = 60


def write_page(found: Found, folder: Path) -> Path:
    """Write ``search-<slug>.html``, named after the words, else after the pictures.

    Raises:
        UsageError: It cannot be written there.
        OutputError: The disk is full, for example.
        PageError: It could not be drawn.
    """
    names = found.query.words or [Path(name_of(item)).stem for item in found.query.like]
    name = slug(" ".join(names)[:_LONGEST])
    with files_in(folder):
        page = draw(folder / f"search-{name}.html", found.html_text)
    renew_index(folder)
    return page
