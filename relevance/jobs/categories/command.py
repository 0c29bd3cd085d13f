"""``relevance categories``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
examples:
  relevance categories data/google_images
  relevance categories supplier_a supplier_b --keyword "running shoes" --keyword sandals
  relevance categories supplier_a --keywords words.txt --only-keywords
  relevance categories data/google_images --json | jq .accuracy.top1
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "categories",
        "score many keywords at once: the name of every folder",
        "Take the name of every folder below PATH as a keyword, score every picture against all\n"
        "of them, and write a page: which folder fits which keyword, how often a picture's best\n"
        "keyword is its folder's name, and which keywords are confused.",
        _EPILOG,
    )
    shared.add_paths(parser)
    parser.add_argument(
        "--keyword",
        dest="keywords",
        metavar="WORD",
        action="append",
        help="a further keyword; may be repeated",
    )
    parser.add_argument(
        "--keywords",
        dest="keyword_file",
        metavar="FILE",
        type=Path,
        help="a file of further keywords, one a line, or a table with a column keyword",
    )
    parser.add_argument(
        "--only-keywords",
        action="store_true",
        default=None,
        help="compare these keywords alone; a folder bears one if that is its name",
    )
    parser.add_argument(
        "--names",
        metavar="FILE",
        type=Path,
        help="a table with the columns folder and keyword: which folder bears which keyword, in "
        "place of what its name says; an empty keyword is none",
    )
    parser.add_argument(
        "--correction",
        metavar="NAME",
        help="none (default) compares scores as they are; nearest-neighbours keeps a keyword that "
        "is near to everything from being called best everywhere, which helps many folders of "
        "about equal size and harms where one is much larger; means never depend on it",
    )
    shared.add_templates(parser)
    shared.add_engine(parser)
    shared.add_output(parser, "categories.html, .csv and .json and categories-means.csv")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.exports.places import check_writable
    from relevance.jobs.categories.files import write_categories
    from relevance.jobs.categories.job import categories
    from relevance.jobs.categories.terminal import show_categories
    from relevance.terminal.running import carry_out

    check_writable(options.output_dir)
    own = {"keywords", "only_keywords", "names", "correction"}
    given = shared.given(options, own | {*shared.CHOICES} - {"background", "distance"})
    if options.keyword_file:
        from relevance.judging.keyword_file import read_keywords

        given["keywords"] = [*given.get("keywords", ()), *read_keywords(options.keyword_file)]
    carry_out(
        options,
        work=lambda progress: categories(options.paths, progress=progress, **given),
        write=lambda found: write_categories(found, options.output_dir),
        show=show_categories,
    )
