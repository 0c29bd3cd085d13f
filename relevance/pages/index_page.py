"""The pages that lie in a folder, listed in its ``index.html``.

What a page says of itself stands in its head, so the list holds what is there now: pages that were
deleted leave it, and files of others never come into it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from relevance.exports.atomic import put_text
from relevance.pages.page import render
from relevance.pages.runs import Run, read_run
from relevance.system.names import printable

INDEX_NAME = "index.html"
_INDEX = "index"
_TEMPLATE = Path(__file__).parent / "templates" / "runs.html"
_logger = logging.getLogger("relevance")


def renew_index(folder: Path) -> None:
    """List the pages of a folder in its ``index.html``, the newest first.

    A file of that name which is not such a list is left as it is. That the list cannot be written
    costs the run nothing but a warning.
    """
    index = folder / INDEX_NAME
    try:
        older = read_run(index)
        if index.exists() and (older is None or older.job != _INDEX):
            return
        put_text(index, _listing(folder))
    except OSError as error:
        _logger.warning("%s was not renewed: %s.", printable(index), error)


def _listing(folder: Path) -> str:
    runs = sorted(_runs(folder), key=lambda item: item[1].date, reverse=True)
    return render(
        _TEMPLATE,
        run=Run(_INDEX, "", ""),
        runs=[(printable(page.name), quote(page.name), run) for page, run in runs],
    )


def _runs(folder: Path) -> Iterator[tuple[Path, Run]]:
    for page in sorted(folder.glob("*.html")):
        run = read_run(page)
        if run and run.job != _INDEX:
            yield page, run
