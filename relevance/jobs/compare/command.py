"""``relevance compare``."""

from __future__ import annotations

import argparse
import logging

from relevance.terminal import options as shared

_EPILOG = """\
examples:
  relevance compare almonds data/examples --model compact --model clip
  relevance compare almonds data/examples --model clip --model ./my-clip --labels labels.csv
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "compare",
        "measure models side by side: quality, speed, memory",
        "Score the pictures below PATH with each MODEL, in a process of its own, and say which\n"
        "orders them best, how sure that is, and what it costs. Pictures are encoded afresh,\n"
        "without the cache, or speed would say nothing. What was measured before is not measured\n"
        "again. A model that cannot be measured is named with the reason; the others are compared\n"
        "all the same, and the exit code is 4.",
        _EPILOG,
    )
    shared.add_keyword(parser)
    shared.add_paths(parser)
    parser.add_argument(
        "--model",
        dest="models",
        metavar="NAME",
        action="append",
        required=True,
        help="a name from `relevance models`, a hub id or a local folder; repeat for each",
    )
    parser.add_argument(
        "--distance",
        dest="distances",
        metavar="NAME",
        action="append",
        help="cosine (default), dot, euclidean or angular; may be repeated",
    )
    shared.add_labels(parser)
    shared.add_examples(parser)
    shared.add_templates(parser)
    shared.add_machine(parser)
    parser.add_argument(
        "--again", action="store_true", help="measure also what was measured before"
    )
    shared.add_output(parser, "the .html and .csv files, and a folder of runs,")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.exports.places import check_spared, check_writable
    from relevance.jobs.compare.files import places_for, write_comparison
    from relevance.jobs.compare.job import compare
    from relevance.jobs.compare.terminal import show_comparison
    from relevance.terminal.running import carry_out

    check_writable(options.output_dir)
    places = places_for(options.keyword.strip(), options.output_dir)
    check_spared((places.html, places.csv), (options.labels,))
    names = ("distances", "relevant", "labels", "like", "unlike", "templates", "exclude")
    given = shared.given(options, (*names, *shared.MACHINE))
    comparison = carry_out(
        options,
        work=lambda progress: compare(
            options.keyword,
            options.paths,
            models=options.models,
            output_dir=options.output_dir,
            again=options.again,
            tell=logging.getLogger("relevance").info,
            progress=progress,
            **given,
        ),
        write=lambda comparison: write_comparison(comparison, options.output_dir),
        show=show_comparison,
    )
    comparison.check_all_measured()
