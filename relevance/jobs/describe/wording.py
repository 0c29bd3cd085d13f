"""The sentences about captions that were made."""

from __future__ import annotations

from relevance.jobs.describe.result import Descriptions
from relevance.pages.wording import counted


def answer(found: Descriptions) -> str:
    """One sentence: how many pictures have a caption, and what wrote it."""
    total = len(found.refs)
    return f"{found.n_described:,} of {counted(total, 'picture')} described: {found.model}."


def doubts(found: Descriptions) -> str:
    """Say how many captions are doubtful; empty where none is."""
    if not found.n_doubtful:
        return ""
    return (
        f"{counted(found.n_doubtful, 'caption')} doubtful, by {found.encoder.name}: look at them, "
        "or leave rows out whose status is not ok, before training on the table."
    )


def advice(found: Descriptions) -> str:
    """Say what tags are worth; empty for a captioning model's captions."""
    if not found.model.startswith("tags by "):
        return ""
    return (
        "Tags are the words that the encoder finds likeliest, of a list; a captioning model "
        "(--model git, for example) writes what it sees."
    )
