"""Words that tags are chosen from: the user's, or the package's nouns of food and goods."""

from __future__ import annotations

from pathlib import Path

from relevance.judging.keyword_file import read_keywords

NOUNS = Path(__file__).with_name("nouns.txt")
"""From WordNet 3.0; the file says how, and holds its licence."""


def read_vocabulary(file: Path | None) -> tuple[str, ...]:
    """Read words, each once; those of the package where no file is named.

    Raises:
        UsageError: The file cannot be read, or has no word; see ``read_keywords``.
    """
    return tuple(dict.fromkeys(read_keywords(file or NOUNS)))
