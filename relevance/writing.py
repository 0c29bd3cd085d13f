"""The three files of a run: report, table and JSON, named after the keyword."""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.results import Scores

_MAX_SLUG_BYTES = 80
_HASH_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a run are."""

    html: Path | None
    csv: Path
    json: Path


def slug(keyword: str) -> str:
    """Turn a keyword into a file name: lower case, words of any script joined by hyphens.

    Where signs had to go ("C++", an emoji) or the end was cut, a few digits of a hash keep
    different keywords apart.
    """
    text = unicodedata.normalize("NFC", keyword).casefold().replace("-", " ").replace("_", " ")
    words = "".join(char if _is_kept(char) else " " for char in text).split()
    name = "-".join(words).encode()[:_MAX_SLUG_BYTES].decode(errors="ignore")
    if name == "-".join(text.split()):
        return name
    digest = hashlib.sha256(keyword.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{name or 'keyword'}-{digest}"


def _is_kept(char: str) -> bool:
    """Letters, digits and the marks that some scripts write their vowels with."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def check_writable(folder: Path) -> None:
    """Make sure, before the long work rather than after it, that files can be written.

    Raises:
        UsageError: The folder cannot be made or written to.
    """
    existed = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        if not existed:
            folder.rmdir()
    except OSError as error:
        raise _not_writable(folder, error) from error


def write_all(scores: Scores, folder: Path, *, report: bool = True) -> Written:
    """Write ``<slug>.html``, ``<slug>.csv`` and ``<slug>.json``; older ones are replaced.

    Args:
        scores: What to write.
        folder: Where to.
        report: Whether to write the ``.html``, which takes longer than a search in the cache.

    Raises:
        UsageError: A file cannot be written.
    """
    name = slug(scores.keyword)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Written(
            html=scores.to_html(folder / f"{name}.html") if report else None,
            csv=scores.to_csv(folder / f"{name}.csv"),
            json=scores.to_json(folder / f"{name}.json"),
        )
    except OSError as error:
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{error.filename or folder} cannot be written ({error.strerror}); "
        "choose another folder with --output-dir."
    )
