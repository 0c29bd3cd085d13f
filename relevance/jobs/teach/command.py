"""``relevance teach``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
The pictures are labelled by their folders (Relevant and Irrelevant, the keyword's name, --relevant)
or by a table (--labels); three of each kind are the least. The model stays as it is; teaching takes
seconds once the pictures are known.

examples:
  relevance teach almonds checked -o almonds.lesson.json
  relevance teach almonds all_pictures --labels labels.csv -o almonds.lesson.json --suggest 20
  relevance score almonds new_pictures --lesson almonds.lesson.json
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "teach",
        "correct a keyword by labelled pictures, for all others",
        "Learn from labelled pictures below PATH what KEYWORD means here, and write a lesson that\n"
        "`relevance score` and `relevance search` take.",
        _EPILOG,
    )
    shared.add_keyword(parser)
    shared.add_paths(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="the file to write (default: KEYWORD.lesson.json)",
    )
    shared.add_target(parser)
    parser.add_argument(
        "--suggest",
        metavar="N",
        type=int,
        help="also write a table of the N unlabelled pictures whose labels would help most, and a "
        "page to mark them in by key; given back as --labels",
    )
    shared.add_labels(parser)
    shared.add_prompts(parser)
    shared.add_engine(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the figures as JSON on standard output"
    )
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.exports.places import check_spared, check_writable
    from relevance.exports.slugs import slug
    from relevance.jobs.teach.files import suggestions_of, write_taught
    from relevance.jobs.teach.job import teach
    from relevance.jobs.teach.terminal import show_taught
    from relevance.terminal.running import carry_out

    output = options.output or Path(f"{slug(options.keyword)}.lesson.json")
    check_writable(output.parent)
    table = suggestions_of(output)
    check_spared((output, table, table.with_suffix(".html")), (options.labels,))
    names = {"target", "suggest", "relevant", "labels", *shared.CHOICES} - {"distance"}
    given = shared.given(options, names)
    carry_out(
        options,
        work=lambda progress: teach(options.keyword, options.paths, progress=progress, **given),
        write=lambda taught: write_taught(taught, output),
        show=show_taught,
    )
