"""The three files of a run: report, table and JSON, named after the keyword."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.results import Scores

_MAX_SLUG = 80


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a run are."""

    html: Path
    csv: Path
    json: Path


def slug(keyword: str) -> str:
    """Turn a keyword into a file name: lower case, words of any script joined by hyphens."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", keyword).casefold())
    return "-".join(words)[:_MAX_SLUG] or "keyword"


def prepare_folder(folder: Path) -> None:
    """Make the output folder, before the long work rather than after it.

    Raises:
        UsageError: It cannot be made, or is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The output folder {folder} cannot be made ({error.strerror}); "
            "choose another with --output-dir."
        ) from error


def write_all(scores: Scores, folder: Path) -> Written:
    """Write ``<slug>.html``, ``<slug>.csv`` and ``<slug>.json``; older ones are replaced.

    Raises:
        UsageError: A file cannot be written.
    """
    name = slug(scores.keyword)
    try:
        return Written(
            html=scores.to_html(folder / f"{name}.html"),
            csv=scores.to_csv(folder / f"{name}.csv"),
            json=scores.to_json(folder / f"{name}.json"),
        )
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written ({error.strerror}); "
            "choose another folder with --output-dir."
        ) from error
