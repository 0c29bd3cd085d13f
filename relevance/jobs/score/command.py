"""``relevance score``."""

from __future__ import annotations

import argparse

from relevance.jobs.score.keywords.command import add_keywords, run_keywords, words_of
from relevance.terminal import options as shared
from relevance.terminal.lists import add_lists

_EPILOG = """\
examples:
  relevance score almonds data/examples
  relevance score "running shoes" supplier_a supplier_b --model siglip2
  relevance score almonds new_pictures --like almond.jpg --like more_almonds
  relevance score almonds data/google_images --json | jq .folders
  relevance score almonds walnuts "green apples" -- supplier_a supplier_b
  relevance score --keywords keywords.txt supplier_a
  relevance score almonds data/google_images --print0 | xargs -0 cp -t picked/
  find shop -name "*.jpg" -print0 | relevance score almonds - --format jsonl --top 20
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "score",
        "score pictures against a keyword and write a report",
        "Score every picture below PATH against KEYWORD and write a report. Several keywords\n"
        "stand before --, and paths behind it: KEYWORD KEYWORD -- PATH.",
        _EPILOG,
    )
    add_keywords(parser, shared.add_keyword(parser), shared.add_paths(parser))
    shared.add_labels(parser)
    shared.add_verdict(parser)
    shared.add_examples(parser)
    shared.add_scoring(parser)
    shared.add_engine(parser)
    _add_listing(parser)
    shared.add_output_dir(parser, "the .html, .csv and .json files go")
    shared.add_quiet(parser)
    parser.add_argument(
        "--no-report",
        dest="report",
        action="store_false",
        help="write .csv and .json only, which is much faster where all pictures are cached",
    )
    parser.set_defaults(run=_run)


def _add_listing(parser: argparse.ArgumentParser) -> None:
    """Add what is printed for other programs, and which pictures that has."""
    form = parser.add_mutually_exclusive_group()
    shared.add_json(form)
    add_lists(form)
    which = parser.add_mutually_exclusive_group()
    for name, what in (
        ("misfits", "list those pictures only whose verdict goes against their label"),
        ("unsure", "list those only whose odds are within a factor of three of the threshold's"),
    ):
        which.add_argument(f"--{name}", dest="which", action="store_const", const=name, help=what)
    parser.add_argument("--top", metavar="N", type=int, help="list the N best of them only")


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    keywords, paths = words_of(options)
    if options.keyword_file or len(keywords) > 1:
        run_keywords(options, keywords, paths)
    else:
        _run_one(options, keywords[0], paths)


def _run_one(options: argparse.Namespace, keyword: str, paths: list[str]) -> None:
    from relevance.errors import UsageError
    from relevance.exports.places import check_spared, check_writable
    from relevance.jobs.score.files import places_for, write_scores
    from relevance.jobs.score.job import score
    from relevance.jobs.score.lists import score_and_list
    from relevance.jobs.score.terminal import show_scores

    if options.parquet:
        raise UsageError(
            "--parquet is for the table of several keywords; of one there is --format parquet."
        )
    names = ("relevant", "labels", "threshold", "calibration", "lesson", "like", "unlike")
    given = shared.given(options, (*names, *shared.CHOICES))

    def check() -> None:
        check_writable(options.output_dir)
        places = places_for(keyword.strip(), options.output_dir)
        read = (options.labels, options.calibration, options.lesson)
        check_spared((places.html, places.csv, places.json), read)

    score_and_list(
        options,
        work=lambda progress: score(keyword, paths, progress=progress, **given),
        check=check,
        write=lambda scores: write_scores(scores, options.output_dir, report=options.report),
        show=show_scores,
    )
