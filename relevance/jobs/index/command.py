"""``relevance index``."""

from __future__ import annotations

import argparse

from relevance.terminal import options as shared

_EVERY = 5.0
_EPILOG = """\
examples:
  relevance index data/google_images -o shop.index
  relevance index -o shop.index --add                (what is new, changed or gone since)
  relevance index offers.csv -o shop.index --add     (its columns are kept, and filter)
  relevance index -o shop.index --again --model siglip2
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "index",
        "make an index of pictures that can be searched, and keep it up to date",
        "Encode all pictures below PATH, or that a table names, into INDEX.",
        _EPILOG,
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="folder of pictures, picture, or table (CSV, TSV, JSON Lines, Parquet, Arrow) with a "
        "column of pictures; with --add or --again all that INDEX was made from, if not given",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="INDEX",
        dest="place",
        required=True,
        help="folder of the index",
    )
    _add_manner(parser)
    shared.add_image_column(parser)
    shared.add_exclude(parser)
    shared.add_engine(parser)
    _add_cluster(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _add_manner(parser: argparse.ArgumentParser) -> None:
    """Add what becomes of an index that is there, and when."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--add",
        action="store_true",
        help="bring INDEX up to date: unchanged files are not read, rows of vanished ones leave",
    )
    how.add_argument(
        "--again",
        action="store_true",
        help="make INDEX anew, with another --model perhaps; the old one serves until then",
    )
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        nargs="?",
        type=float,
        const=_EVERY,
        help=f"go on, and bring INDEX up to date every so many seconds (default: {_EVERY:g})",
    )
    parser.add_argument(
        "--compact", action="store_true", help="give back the room of what was removed or replaced"
    )


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        default="",
        help="let a Ray cluster encode, whose machines see the same paths and have the same "
        "relevance: its address, auto for the one this machine belongs to, or local",
    )


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.errors import UsageError
    from relevance.jobs.index.job import Task, carry_out_task, follow_up, watch
    from relevance.jobs.index.terminal import show_again, show_changes
    from relevance.terminal.running import carry_out

    if options.watch is not None and not options.watch > 0:
        raise UsageError(f"The seconds of --watch must be more than 0, not {options.watch:g}.")
    task = Task(
        place=options.place,
        paths=tuple(options.paths),
        add=options.add,
        again=options.again,
        compact=options.compact,
        exclude=tuple(options.exclude or ()),
        image_column=options.image_column,
        options=shared.given(options, shared.ENGINE),  # type: ignore[arg-type]
        cluster=options.ray,
    )
    carry_out(
        options,
        work=lambda progress: carry_out_task(task, progress),
        write=lambda changes: None,
        show=lambda changes, _: show_changes(changes),
    )
    if options.watch is not None:
        watch(follow_up(task), options.watch, lambda changes: show_again(changes, options))
