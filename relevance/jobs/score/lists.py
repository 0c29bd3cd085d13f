"""Scores as other programs read them on standard output: a table, paths, or JSON."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import TypeVar

from relevance.embedding.embeddings import Progress
from relevance.encoders.base import IntArray
from relevance.exports.columns import taken
from relevance.exports.json_file import as_text
from relevance.jobs.score.keywords.result import KeywordScores
from relevance.jobs.score.result import Scores
from relevance.judging.labels import RELEVANT
from relevance.judging.listing import ALL, Listing
from relevance.pages.wording import counted
from relevance.terminal.lists import check_format, print_paths, print_table
from relevance.terminal.options import print_json
from relevance.terminal.running import carry_out

_logger = logging.getLogger("relevance")


_Scores = TypeVar("_Scores", Scores, KeywordScores)
_Written = TypeVar("_Written")


def score_and_list(
    options: argparse.Namespace,
    *,
    work: Callable[[Progress], _Scores],
    check: Callable[[], None],
    write: Callable[[_Scores], _Written],
    show: Callable[[_Scores, _Written, IntArray | None], None],
) -> None:
    """Score, and list the pictures for a program, or write files and show what was found.

    Args:
        options: Of the command.
        work: Scores.
        check: Raises, before the work, where files cannot be written; called if there will be any.
        write: Writes files and says where they are.
        show: Prints both for a person, and the rows that are to be listed, if any are.

    Raises:
        UsageError: A list cannot be had as it is asked for.
    """
    # Paths alone are those of relevant pictures.
    listing = Listing(options.which or (RELEVANT if options.listed else ALL), options.top)

    def tell(scores: _Scores) -> None:
        print_scores(scores, listing, options)

    if options.format or options.listed:
        check_format(options.format)
        carry_out(options, work=work, write=lambda _: None, show=lambda *_: None, tell=tell)
        return
    check()
    carry_out(
        options,
        work=work,
        write=write,
        show=lambda scores, written: show(
            scores, written, None if listing == Listing() else rows_of(scores, listing)
        ),
        tell=tell if options.json else None,
    )


def print_scores(
    scores: Scores | KeywordScores, listing: Listing, options: argparse.Namespace
) -> None:
    """Print what ``--json``, ``--format``, ``--paths`` or ``--print0`` asks for.

    Raises:
        UsageError: Misfits are wanted, and nothing is labelled.
    """
    rows = rows_of(scores, listing)
    if options.listed:
        if skipped := int((~scores.is_scored).sum()):
            _logger.warning("%s skipped; --format csv says why.", counted(skipped, "picture"))
        print_paths([scores.places[row] for row in rows.tolist()], options.listed)
    elif options.format:
        print_table(taken(scores.columns, rows), options.format)
    else:
        print_json(as_text(scores.to_dict(rows)))


def rows_of(scores: Scores | KeywordScores, listing: Listing) -> IntArray:
    """Return the rows of a list, ``(n,)`` int64, the best first, skipped ones last.

    With several keywords the best are those whose most probable keyword is the most probable, and
    a relevant picture shows one at least.
    """
    if isinstance(scores, Scores):
        return listing.rows(scores)
    order = scores.order
    if listing.which == RELEVANT:
        order = order[scores.n_shown[order] > 0]
    return listing.best(order, scores.is_scored)
