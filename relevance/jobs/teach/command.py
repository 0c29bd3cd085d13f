"""``relevance teach``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relevance.terminal import options as shared

_EPILOG = """\
The pictures are labelled by their folders (Relevant and Irrelevant, the keyword's name, --relevant)
or by a table (--labels). One picture of each kind is the least; from three of each on, the figures
are measured. The model stays as it is; teaching takes seconds once the pictures are known.

examples:
  relevance teach almonds checked -o almonds.lesson.json
  relevance teach almonds all_pictures --labels labels.csv -o almonds.lesson.json --suggest 20
  relevance score almonds new_pictures --lesson almonds.lesson.json
  relevance teach --categories data/google_images -o lessons
"""
_SETTINGS = {"target", *shared.CHOICES} - {"distance"}
_ONE_KEYWORD = ("keyword", "relevant", "labels", "suggest")


class _InPlaceOfKeyword(argparse.Action):
    """Takes paths, and lets KEYWORD and PATH be left out."""

    left_out: tuple[argparse.Action, ...] = ()

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the paths."""
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), *(values or [])])
        for action in self.left_out:
            action.required = False


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "teach",
        "correct a keyword by labelled pictures, for all others",
        "Learn from labelled pictures below PATH what KEYWORD means here, and write a lesson that\n"
        "`relevance score` and `relevance search` take. With --categories, do so for the name of\n"
        "every folder.",
        _EPILOG,
    )
    given = (shared.add_keyword(parser), shared.add_paths(parser))
    categories = parser.add_argument(
        "--categories",
        metavar="PATH",
        nargs="+",
        action=_InPlaceOfKeyword,
        help="in place of KEYWORD and PATH: teach the name of every folder below; its pictures are "
        "relevant and those of all others irrelevant",
    )
    assert isinstance(categories, _InPlaceOfKeyword)
    categories.left_out = given
    shared.add_fitted(
        parser,
        "the file to write (default: KEYWORD.lesson.json), which may be an earlier lesson; with "
        "--categories the folder (default: lessons)",
    )
    parser.add_argument(
        "--suggest",
        metavar="N",
        type=int,
        help="also write a table of the N unlabelled pictures whose labels would help most, and a "
        "page to mark them in by key; given back as --labels",
    )
    shared.add_prompts(parser)
    shared.add_engine(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    if options.categories:
        _teach_categories(options)
    else:
        _teach(options)


def _teach(options: argparse.Namespace) -> None:
    from relevance.exports.places import check_files
    from relevance.jobs.teach.files import earlier_lesson, lesson_name, places_for, write_taught
    from relevance.jobs.teach.job import teach
    from relevance.jobs.teach.terminal import show_taught
    from relevance.terminal.running import carry_out

    output = options.output or Path(lesson_name(options.keyword))
    check_files(places_for(output), (options.labels,))
    given = shared.given(options, {"suggest", "relevant", "labels", *_SETTINGS})
    given["earlier"] = earlier_lesson(output)
    carry_out(
        options,
        work=lambda progress: teach(options.keyword, options.paths, progress=progress, **given),
        write=lambda taught: write_taught(taught, output),
        show=show_taught,
    )


def _teach_categories(options: argparse.Namespace) -> None:
    from relevance.errors import UsageError
    from relevance.exports.places import check_writable
    from relevance.jobs.teach.categories.files import write_lessons
    from relevance.jobs.teach.categories.job import teach_categories
    from relevance.jobs.teach.categories.terminal import show_lessons
    from relevance.terminal.running import carry_out

    beside = list(shared.given(options, _ONE_KEYWORD))
    if beside:
        raise UsageError(
            f"With --categories folders say what is taught; leave out: {', '.join(beside)}."
        )
    output = options.output or Path("lessons")
    check_writable(output)
    given = shared.given(options, _SETTINGS)
    carry_out(
        options,
        work=lambda progress: teach_categories(options.categories, progress=progress, **given),
        write=lambda taught: write_lessons(taught, output),
        show=lambda taught, _: show_lessons(taught, output),
    )
