"""``relevance score`` with several keywords."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared
from relevance.terminal.parser import CommandParser

_OF_ONE = ("relevant", "calibration", "lesson", "like", "unlike", "which")


def add_keywords(parser: CommandParser, keyword: argparse.Action, paths: argparse.Action) -> None:
    """Let a command take several keywords: before "--", or from a file."""
    parser.part_words(keyword, paths)
    parser.add_argument(
        "--keywords",
        metavar="FILE",
        dest="keyword_file",
        type=Path,
        help="keywords in place of KEYWORD: a line each, or the column keyword of a table",
    )
    parser.add_argument(
        "--parquet",
        action="store_true",
        help="with several keywords, also write their table as Parquet",
    )


def words_of(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the keywords and the paths that were given as words, or keywords from a file.

    Raises:
        UsageError: There is no keyword, or no path.
    """
    from relevance.errors import UsageError
    from relevance.judging.keyword_file import read_keywords

    words = [] if options.keyword is None else [options.keyword, *(options.paths or ())]
    keywords, paths = (words, options.behind) if options.behind else (words[:1], words[1:])
    if options.keyword_file:
        keywords, paths = (keywords, paths) if options.behind else ([], words)
        keywords = [*keywords, *read_keywords(options.keyword_file)]
    if not keywords or not paths:
        raise UsageError(
            "Say what to look for and where: relevance score KEYWORD PATH, several keywords as "
            "relevance score KEYWORD KEYWORD -- PATH, or relevance score --keywords FILE PATH."
        )
    return keywords, paths


def run_keywords(options: argparse.Namespace, keywords: list[str], paths: list[str]) -> None:
    """Score several keywords, write their files and show the answer."""
    from relevance.errors import UsageError
    from relevance.exports.places import check_spared, check_writable
    from relevance.jobs.score.files import places_for
    from relevance.jobs.score.keywords.files import places_of_run, write_keyword_scores
    from relevance.jobs.score.keywords.job import score_keywords
    from relevance.jobs.score.keywords.terminal import show_keyword_scores
    from relevance.jobs.score.lists import score_and_list

    if unfit := shared.given(options, _OF_ONE):
        name = unfit.get("which", next(iter(unfit)))
        raise UsageError(
            f"--{name} holds for one keyword; ask about each by itself with `relevance score "
            "KEYWORD PATH`, which reads no picture again."
        )
    folder: Path = options.output_dir
    given = shared.given(options, ("labels", "threshold", *shared.CHOICES))

    def check() -> None:
        check_writable(folder)
        each = [places_for(keyword.strip(), folder) for keyword in keywords]
        own = [place for places in each for place in (places.html, places.csv, places.json)]
        of_run = places_of_run(tuple(map(str.strip, keywords)), folder)
        outputs = [*own, of_run.html, of_run.csv, of_run.json, of_run.parquet]
        check_spared(outputs, (options.labels, options.keyword_file))

    score_and_list(
        options,
        work=lambda progress: score_keywords(keywords, paths, progress=progress, **given),
        check=check,
        write=lambda scores: write_keyword_scores(
            scores, folder, report=options.report, parquet=options.parquet
        ),
        show=show_keyword_scores,
    )
