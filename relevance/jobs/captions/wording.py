"""The sentences about a table of picture–caption pairs."""

from __future__ import annotations

import math

from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.retrieval import Found
from relevance.pages.gallery.words import Verdict, Words
from relevance.pages.wording import counted, number, percent
from relevance.pictures.fetching import MISSING

_FEW = 8
"""Scored pairs below which nothing is said about their distribution."""


def answer(table: Captions) -> str:
    """One sentence: how much was scored, and how well pictures and captions fit."""
    tally = table.tally
    rows = f"{tally.n_scored:,} of {tally.n_rows:,} pair{'s' * (tally.n_rows != 1)} scored"
    if not tally.n_rows:
        return "The table has no rows."
    if not tally.n_scored:
        return f"{rows}: no row could be used."
    middle = "median " if tally.n_scored > 1 else ""
    return f"{rows}; the {middle}{measure(table)} is {number(tally.quantiles()[0.5])}."


def suspect_below(table: Captions) -> float:
    """Return the similarity below which pairs are suspect at first: the lowest twentieth."""
    return cut_at(table.tally.quantiles()[0.05])


def cut_at(value: float) -> float:
    """Return a threshold that a value reaches, in few digits."""
    return math.floor(value * 10_000) / 10_000


def headline(table: Captions) -> str:
    """One sentence: how many pairs are to be looked at first."""
    count = int((table.tally.similarities < suspect_below(table)).sum())
    return f"{count} {gallery_words(table).headline[count != 1]}"


def gallery_words(table: Captions) -> Words:
    """Return the words of the page's gallery."""
    tally = table.tally
    end = f"suspect: lowest in {measure(table)}"
    if skipped := tally.n_rows - tally.n_scored:
        end += f"; {counted(skipped, 'row')} skipped"
    of_all = f"of {counted(tally.n_scored, 'pair')}"
    return Words(
        noun="pair",
        value=measure(table),
        score=measure(table),
        above=Verdict("✓", "not suspect", "not suspect", "fitting"),
        below=Verdict("?", "suspect", "suspect", "suspect"),
        headline=(f"{of_all} is {end}", f"{of_all} are {end}"),
        counted="below",
        marks=("caption fits", "caption does not fit"),
        marked="fitting",
        searched="Text has",
        columns=("row", "path", "caption", measure(table), "mark"),
        table="marks.csv",
    )


def explanation(table: Captions) -> str:
    """What to make of it."""
    quantiles = table.tally.quantiles()
    if not table.tally.n_rows:
        return "There was nothing to score."
    if not quantiles:
        return "The reasons are below, and in each row of the table that was written."
    if table.tally.n_scored < _FEW:
        return "Figures of another encoder cannot be compared with these."
    if quantiles[0.05] == quantiles[0.95]:
        return (
            "Most pairs have the very same similarity, so it says little about which do not belong "
            "together. Figures of another encoder cannot be compared with these."
        )
    return (
        f"Half of the pairs lie between {number(quantiles[0.25])} and {number(quantiles[0.75])}. "
        "Where picture and caption do not belong together, the pair is likely to be among the "
        "lowest; look at those first. Figures of another encoder cannot be compared with these."
    )


def notes(table: Captions) -> list[str]:
    """What makes the figures worth less than they look."""
    found = []
    tally, encoder = table.tally, table.encoder
    if 0 < tally.n_scored < _FEW:
        found.append("These are too few pairs to say what is usual.")
    if missing := tally.reasons[MISSING]:
        found.append(
            f"{counted(missing, 'file')} not found; relative paths were taken to start in "
            f"{table.folder} (--folder names another place)."
        )
    if tally.n_several:
        found.append(several_pictures(tally.n_several))
    if tally.n_long:
        treatment = (
            "their end was not seen (--long-captions chunk takes the mean of parts)"
            if table.long_captions == "truncate"
            else "the mean over their parts was taken"
        )
        found.append(
            f"{counted(tally.n_long, 'caption')} longer than the encoder's {encoder.max_tokens} "
            f"tokens: {treatment}."
        )
    if tally.n_foreign and encoder.languages == "English":
        found.append(
            f"The encoder {encoder.name} knows English only, and {tally.n_foreign:,} of "
            f"{tally.n_rows:,} captions have letters that English does not. A multilingual "
            "encoder such as siglip2 may serve better."
        )
    return found


def several_pictures(rows: int) -> str:
    """Say that of several pictures one was taken."""
    return f"{counted(rows, 'row')} with several pictures: the first of each was taken."


def measure(table: Captions) -> str:
    """Name what the similarity column holds."""
    return "similarity" if table.distance == "cosine" else f"{table.distance} similarity"


def retrieval_note(table: Captions) -> str:
    """Say among how many pairs was searched."""
    found = table.retrieval
    if not found or found.n_pairs == found.n_all:
        return ""
    return f"Of {found.n_all:,} different pairs, {found.n_pairs:,} drawn at random were searched."


def recall(found: Found, k: int) -> str:
    """Write R@k; a dash where the first k are all there are, which every search would reach."""
    return "–" if k >= found.n_candidates else percent(found.recall[k])
