"""The sentences of several keywords: which pictures show how many of them."""

from __future__ import annotations

import numpy as np

from relevance.jobs.score.keywords.table import KeywordTable
from relevance.pages.wording import counted
from relevance.system.names import told_apart

_NAMED = 3


def headline(table: KeywordTable) -> str:
    """One sentence: how many pictures show any of the keywords, and how many several."""
    shown = table.n_shown[table.is_scored]
    some, several = int((shown > 0).sum()), int((shown > 1).sum())
    verb = "shows" if some == 1 else "show"
    keywords = table.keywords
    any_of = (
        f"“{keywords[0]}”" if len(keywords) == 1 else f"at least one of {len(keywords)} keywords"
    )
    parts = [f"{some} of {counted(table.n_scored, 'picture')} {verb} {any_of} (probably)"]
    if several:
        parts.append(f"{several} of them several")
    if unreadable := sum(map(bool, table.reason)):
        parts.append(f"{unreadable} unreadable")
    return "; ".join(parts)


def answer(table: KeywordTable) -> str:
    """One sentence: which keywords are shown most, and how many not at all."""
    counts = table.counts
    order = [number for number in np.argsort(-counts, kind="stable").tolist() if counts[number]]
    if not order:
        return f"No picture reaches a probability of {table.threshold:g} with any keyword."
    named = [f"“{table.keywords[number]}” ({counts[number]})" for number in order[:_NAMED]]
    listed = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    absent = len(counts) - len(order)
    rest = f"; {absent} of {counted(len(counts), 'keyword')} shown by none" if absent else ""
    return f"Shown most: {listed}{rest}."


def copies_note(table: KeywordTable) -> str:
    """Say how many pictures are copies, byte for byte; empty without any."""
    rows = np.flatnonzero(table.is_scored)
    copies = len(rows) - len(np.unique(table.first_copy[rows]))
    verb = "is a copy" if copies == 1 else "are copies"
    return (
        f"{counted(copies, 'picture')} {verb} of others, byte for byte; all count."
        if copies
        else ""
    )


def short_folders(table: KeywordTable) -> dict[str, str]:
    """Shorten the folders' names to what tells them apart."""
    return dict(zip(table.folder_names, told_apart(table.folder_names), strict=True))
