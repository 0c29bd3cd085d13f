"""``relevance search``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_CHOICES = ("k", "minimum", "templates", "background", "calibration", "lesson")
_EPILOG = """\
The index is what `relevance index` made: a folder, or the address of a server.

Words alone are scored as `relevance score` does, with the same probability. With --like the score
is how far a picture lies in the direction of those pictures from the centre of all, and --minimum
is about that score.

examples:
  relevance search shop.index almonds
  relevance search shop.index --like photo.jpg -k 3
  relevance search shop.index chair --like photo.jpg --unlike "office chair" --report
  relevance search shop.index almonds --folder "nuts*" --where brand=Acme --minimum 0.5
  relevance search shop.index almonds --print0 | xargs -0 cp -t picked/
  relevance search shop.index --queries queries.csv
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "search",
        "find pictures of an index by words and by pictures",
        "Find the pictures of INDEX that show WORDS, or are like a picture, the best first.",
        _EPILOG,
    )
    parser.add_argument("index", metavar="INDEX", help="what `relevance index` made")
    parser.add_argument(
        "words",
        metavar="WORDS",
        nargs="*",
        help="what to look for; several, each in quotes if it has spaces, count together",
    )
    _add_query(parser)
    shared.add_prompts(parser)
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        type=Path,
        help="file of `relevance calibrate` for this keyword; probabilities then come from it",
    )
    parser.add_argument(
        "--lesson",
        metavar="FILE",
        type=Path,
        help="file of `relevance teach` for this keyword; pictures are then ranked by it",
    )
    shared.add_engine(parser)
    _add_forms(parser)
    parser.set_defaults(run=_run)


def _add_query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--like",
        metavar="PICTURE",
        action="append",
        default=[],
        help="picture (path, address, or id in the index) to be like; may be repeated",
    )
    parser.add_argument(
        "--unlike",
        metavar="WORDS|PICTURE",
        action="append",
        default=[],
        help="what not to be like; may be repeated",
    )
    parser.add_argument("-k", type=int, metavar="N", help="how many pictures (default: 10)")
    parser.add_argument(
        "--minimum",
        type=float,
        metavar="P",
        help="the least probability; with --like the least score",
    )
    parser.add_argument(
        "--folder",
        dest="folders",
        metavar="GLOB",
        action="append",
        default=[],
        help='folders to look in, such as "nuts*"; may be repeated, and any of them will do',
    )
    parser.add_argument(
        "--where",
        metavar="COLUMN=VALUE",
        action="append",
        default=[],
        help="what a column of the table must hold that a picture came from; may be repeated: of "
        "one column any value will do, of several columns all must",
    )
    parser.add_argument(
        "--queries",
        metavar="FILE",
        type=Path,
        help="measure the search by a table with a column query (words) or picture, and relevant "
        "(ids or paths of what it should find) or label (their folder)",
    )
    parser.add_argument(
        "--label-column",
        metavar="COLUMN",
        help="with --queries: column of the index that labels are about, in place of the folder",
    )


def _add_forms(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    shared.add_json(form)
    form.add_argument(
        "--paths",
        action="store_true",
        help="print the paths alone, one a line; of copies the first",
    )
    form.add_argument(
        "--print0", action="store_true", help="print the paths alone, each ended by a NUL character"
    )
    parser.add_argument("--report", action="store_true", help="write a page with the pictures")
    shared.add_output_dir(parser, "the page goes")
    shared.add_quiet(parser)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet or options.paths or options.print0)
    if options.queries:
        _measure(options)
        return
    from relevance.exports.places import check_writable
    from relevance.index.index import Index
    from relevance.jobs.search.files import write_page
    from relevance.jobs.search.terminal import show_found
    from relevance.terminal.lists import print_paths

    if options.report:
        check_writable(options.output_dir)
    with Index.open(options.index, **shared.given(options, shared.ENGINE)) as index:
        found = index.search(
            options.words,
            like=options.like,
            unlike=options.unlike,
            folders=options.folders,
            where=_where(options.where),
            **shared.given(options, _CHOICES),
        )
    page = write_page(found, options.output_dir) if options.report else None
    if options.json:
        shared.print_json(found.json_text())
    elif options.paths or options.print0:
        print_paths([hit.place for hit in found.hits], "\0" if options.print0 else "\n")
    elif not options.quiet:
        show_found(found, page)


def _measure(options: argparse.Namespace) -> None:
    """Ask what a table asks, and say how well that went."""
    from relevance.errors import UsageError
    from relevance.jobs.search.evaluation.job import evaluate_search
    from relevance.jobs.search.evaluation.terminal import show_evaluation
    from relevance.terminal.running import carry_out

    if options.words or options.like or options.unlike:
        raise UsageError("Give a query, or a table of them with --queries, not both.")
    carry_out(
        options,
        work=lambda progress: evaluate_search(
            options.index,
            options.queries,
            label_column=options.label_column,
            progress=progress,
            **shared.given(options, shared.ENGINE),
        ),
        write=lambda found: None,
        show=lambda found, _: show_evaluation(found),
        unit="queries",
    )


def _where(given: list[str]) -> dict[str, list[str]]:
    """Read ``COLUMN=VALUE``, as often as it was given."""
    from relevance.errors import UsageError

    wanted: dict[str, list[str]] = {}
    for item in given:
        name, sign, value = item.partition("=")
        if not name or not sign:
            raise UsageError(f'--where takes COLUMN=VALUE, such as brand=Acme, not "{item}".')
        wanted.setdefault(name, []).append(value)
    return wanted
