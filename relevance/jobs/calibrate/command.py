"""``relevance calibrate``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
examples:
  relevance calibrate almonds checked_pictures -o almonds.json
  relevance calibrate almonds checked_pictures -o almonds.json --target precision=0.95
  relevance score almonds new_pictures --calibration almonds.json
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "calibrate",
        "fit a threshold and a probability on labelled pictures, for unlabelled ones",
        "Fit, on labelled pictures below PATH, what turns a score into a probability, and the\n"
        "threshold on it. The figures are cross-validated; a page with a reliability diagram is\n"
        "written beside the file.",
        _EPILOG,
    )
    shared.add_keyword(parser)
    shared.add_paths(parser)
    shared.add_fitted(
        parser,
        "the .json file to write (default: KEYWORD-calibration.json); the page beside it gets the "
        "same name and .html",
    )
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="logistic (default), or isotonic where there are some hundreds of pictures",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write it also where nothing shows that it is better than none; its pages say so",
    )
    shared.add_scoring(parser)
    shared.add_engine(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.exports.places import check_files
    from relevance.exports.slugs import slug
    from relevance.jobs.calibrate.files import page_of, write_calibration
    from relevance.jobs.calibrate.job import calibrate
    from relevance.jobs.calibrate.terminal import show_calibration
    from relevance.terminal.running import carry_out

    output = options.output or Path(f"{slug(options.keyword)}-calibration.json")
    check_files((output, page_of(output)), (options.labels,))
    names = ("target", "method", "force", "relevant", "labels", *shared.CHOICES)
    given = shared.given(options, names)
    carry_out(
        options,
        work=lambda progress: calibrate(options.keyword, options.paths, progress=progress, **given),
        write=lambda calibration: write_calibration(calibration, output),
        show=lambda calibration, page: show_calibration(calibration, output, page),
    )
