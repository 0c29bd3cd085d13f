"""``relevance categories``."""

from __future__ import annotations

import argparse

from relevance.terminal import options as shared

_EPILOG = """\
examples:
  relevance categories data/google_images
  relevance categories supplier_a supplier_b --keyword "running shoes" --keyword sandals
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
    names = {"keywords", "correction", *shared.CHOICES} - {"background", "distance"}
    given = shared.given(options, names)
    carry_out(
        options,
        work=lambda progress: categories(options.paths, progress=progress, **given),
        write=lambda found: write_categories(found, options.output_dir),
        show=show_categories,
    )
