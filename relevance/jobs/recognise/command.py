"""``relevance recognise``."""

from __future__ import annotations

import argparse

from relevance.terminal import options as shared

_CHOICES = ("type", "false_matches", "exclude")
_EPILOG = """\
The types are those that `relevance references add` took in. A picture that is like none of them is
said to show none. The similarity is half the cosine with the most similar reference of a type, half
that with the mean of all of them.

examples:
  relevance recognise photo.jpg
  relevance recognise deliveries/ --store parts.references --report
  relevance recognise photo.jpg --type "M8 nut" --threshold 0.8
  relevance recognise deliveries/ --grow ask         (sure matches become references, if you agree)
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "recognise",
        "say which known type pictures show, or that they show none",
        "Hold every PICTURE against the reference pictures of all types.",
        _EPILOG,
    )
    parser.add_argument(
        "pictures", metavar="PICTURE", nargs="+", help="picture, folder of pictures, or address"
    )
    shared.add_references(parser)
    parser.add_argument(
        "--type",
        metavar="NAME",
        type=shared.not_empty,
        help="ask for this type alone; other types still count against it",
    )
    parser.add_argument(
        "--threshold",
        metavar="X",
        default="auto",
        help="similarity from which a picture counts as of a type, or auto (default): the "
        "references say it",
    )
    parser.add_argument(
        "--false-matches",
        metavar="RATE",
        type=float,
        help="with auto: wanted share of pictures of nothing known that are taken for a type "
        "(default: 0.05)",
    )
    parser.add_argument(
        "--grow",
        nargs="?",
        choices=("yes", "ask"),
        const="yes",
        help="let sure matches that add something become references; ask: only those you confirm",
    )
    shared.add_exclude(parser)
    shared.add_engine(parser)
    parser.add_argument(
        "--report", action="store_true", help="write a page with the pictures, and a table"
    )
    shared.add_output(parser, "page and table")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.exports.places import check_writable
    from relevance.index.references.references import References
    from relevance.jobs.recognise.files import write_report
    from relevance.jobs.recognise.terminal import confirm, show_recognitions
    from relevance.terminal.running import carry_out

    threshold = _threshold(options.threshold)
    if options.report:
        check_writable(options.output_dir)
    references = References(**shared.given(options, ("place", *shared.ENGINE)))
    carry_out(
        options,
        work=lambda progress: references.recognise(
            options.pictures,
            threshold=threshold,
            grow=confirm if options.grow == "ask" else bool(options.grow),
            progress=None if options.grow == "ask" else progress,
            **shared.given(options, _CHOICES),
        ),
        write=lambda found: write_report(found, options.output_dir) if options.report else None,
        show=show_recognitions,
    )


def _threshold(word: str) -> float | str:
    """Read a number; any other word is the job's to refuse."""
    try:
        return float(word)
    except ValueError:
        return word
