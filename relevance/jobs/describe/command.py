"""``relevance describe``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
Columns of the table: path, caption, status (ok, doubtful or skipped), reason, model, similarity.
`relevance captions`, `index` and `tune` take it as it is. A caption is doubtful that fits other
pictures as well as its own.

Captioning models for --model: git, git-large, blip-large, florence-2, florence-2-large, smolvlm, a
hub id or a local folder of a model that transformers loads for image-text-to-text (extra clip).

examples:
  relevance describe data/google_images -o captions.csv
  relevance describe pictures -o captions.csv --tags words.txt --style short
  relevance describe pictures -o captions.parquet --model git --resume
"""
_CHOICES = ("tags", "model", "style", "encoder", *shared.MACHINE, "cache", "exclude")


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "describe",
        "give pictures that have none a caption, and say which captions are doubtful",
        "Write a table with a caption for every picture below PATH: the words that stand out in\n"
        "it, chosen by the encoder, or what a captioning model writes.",
        _EPILOG,
    )
    shared.add_paths(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help="table to write, that ends in .csv, .tsv, .jsonl, .parquet or .arrow",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="captioning model (default: none; tags by the encoder)"
    )
    parser.add_argument(
        "--tags",
        metavar="FILE",
        type=Path,
        help="words to choose tags from, one a line (default: 1,908 nouns of food and goods)",
    )
    parser.add_argument(
        "--style",
        metavar="NAME",
        help="short: the likeliest word; product (default): up to three; detailed: up to five; of "
        "a captioning model a phrase, a sentence, or all that is seen, where it knows several",
    )
    parser.add_argument(
        "--encoder",
        metavar="NAME",
        help="what chooses tags and scores captions: auto (default), a name from `relevance "
        "models`, a hub id or a local folder",
    )
    shared.add_no_cache(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on where a run with a captioning model was stopped, if one was",
    )
    shared.add_machine(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.jobs.describe.job import describe
    from relevance.jobs.describe.terminal import show_descriptions
    from relevance.terminal.running import carry_out

    given = shared.given(options, _CHOICES)
    found = carry_out(
        options,
        work=lambda progress: describe(
            options.paths, options.output, resume=options.resume, progress=progress, **given
        ),
        write=lambda found: None,
        show=lambda found, _: show_descriptions(found),
    )
    found.check_any_described()
