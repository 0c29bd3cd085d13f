"""The page and the table of recognised pictures; older ones are replaced."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.index.references.recognitions import Recognitions
from relevance.pages.index_page import renew_index

_LONGEST = 60


class Written(NamedTuple):
    """Where the files are."""

    page: Path
    table: Path


def write_report(found: Recognitions, folder: Path) -> Written:
    """Write ``recognised-<slug>.csv`` and ``.html``, named after the store.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    name = f"recognised-{slug(Path(found.store).stem[:_LONGEST])}"
    with files_in(folder):
        table = found.to_csv(folder / f"{name}.csv")
        page = draw(folder / f"{name}.html", found.html_text)
    renew_index(folder)
    return Written(page, table)
