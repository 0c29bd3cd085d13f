"""The page of a table, beside the table."""

from __future__ import annotations

from pathlib import Path

from relevance.exports.places import draw, files_in
from relevance.jobs.captions.files import Files
from relevance.jobs.captions.result import Captions


def write_page(captions: Captions) -> Path:
    """Write a table's page beside the table, under the same name; ``caption_table`` calls it.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    files = Files(captions.output)
    with files_in(files.output.parent):
        return draw(files.page, captions.html_text)
