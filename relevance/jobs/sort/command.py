"""``relevance sort``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_JUDGING = ("labels", "threshold", "calibration", "lesson", "like", "unlike")
_EPILOG = """\
Pictures lie below FOLDER as they lie below PATH. Nothing is written over: a picture that is there
already, byte for byte, is passed over, and another of its name gets " (2)". FOLDER gets a log, with
which --undo brings everything back, also after a run that was killed.

Without --relevant, --misfits or --unsure all pictures are sorted, into FOLDER/relevant and
FOLDER/irrelevant. Pictures that cannot be read stay where they are and are listed.

examples:
  relevance sort almonds deliveries --to sorted --dry-run
  relevance sort almonds deliveries --to sorted --move
  relevance sort almonds shop --to check --misfits --link
  relevance sort almonds deliveries --to sorted --table corrected.csv
  relevance sort --undo sorted/sort-20261129-101500-a1b2.jsonl
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "sort",
        "copy, move or link pictures into folders by their verdicts, and undo that",
        "Copy, move or link the pictures below PATH into FOLDER by whether they show KEYWORD.",
        _EPILOG,
    )
    parser.add_argument(
        "keyword", metavar="KEYWORD", nargs="?", help='what to look for, such as "almonds"'
    )
    shared.add_paths(parser).nargs = "*"
    _add_places(parser)
    _add_selection(parser)
    shared.add_label_table(parser)
    shared.add_verdict(parser)
    shared.add_examples(parser)
    shared.add_scoring(parser)
    shared.add_engine(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="the folder to sort into")
    action = parser.add_mutually_exclusive_group()
    for name, what in (
        ("copy", "copy the files (default)"),
        ("move", "move the files"),
        ("link", "make symbolic links to the files"),
    ):
        action.add_argument(f"--{name}", dest="action", action="store_const", const=name, help=what)
    parser.add_argument(
        "--dry-run", action="store_true", default=None, help="print what would be done, do nothing"
    )
    parser.add_argument(
        "--undo",
        metavar="LOG",
        type=Path,
        help="bring back what a sort did; what was changed since stays, and is named",
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    for name, what in (
        ("relevant", "only pictures that are judged relevant"),
        ("misfits", "only those whose verdict goes against their label"),
        ("unsure", "only those whose odds are within a factor of three of the threshold's"),
    ):
        which.add_argument(f"--{name}", dest="which", action="store_const", const=name, help=what)
    parser.add_argument(
        "--table",
        metavar="FILE",
        type=Path,
        help="table that says which pictures are relevant, in place of the model: columns path, "
        "and relevant (as in the .csv of `relevance score`) or label",
    )


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    if options.undo:
        _undo(options)
        return
    from relevance.errors import UsageError
    from relevance.jobs.sort.job import sort
    from relevance.jobs.sort.terminal import show_sorting
    from relevance.terminal.running import carry_out

    if not options.keyword or not options.paths or not options.to:
        raise UsageError(
            "Give a keyword, at least one folder of pictures, and the folder to sort into: "
            "relevance sort KEYWORD PATH --to FOLDER. (Or a log with --undo.)"
        )
    names = ("action", "which", "table", "dry_run", *_JUDGING, *shared.CHOICES)
    given = shared.given(options, names)
    sorting = carry_out(
        options,
        work=lambda progress: sort(
            options.keyword, options.paths, options.to, progress=progress, **given
        ),
        write=lambda sorting: None,  # done by then, and logged
        show=lambda sorting, _: show_sorting(sorting),
    )
    sorting.check_all_done()


def _undo(options: argparse.Namespace) -> None:
    from relevance.errors import UsageError
    from relevance.jobs.sort.terminal import show_undone
    from relevance.jobs.sort.undoing import undo_sort
    from relevance.terminal.running import carry_out

    if options.keyword or options.to:
        raise UsageError("--undo takes a log alone; it knows what was sorted, and where to.")
    undone = carry_out(
        options,
        work=lambda progress: undo_sort(options.undo, progress=progress),
        write=lambda undone: None,
        show=lambda undone, _: show_undone(undone),
        unit="files",
    )
    undone.check_all_back()
