"""``relevance captions``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
Columns that are added: similarity, clip_score, status (ok or skipped) and reason; in a
table that has such columns, fit_similarity and so on.

Pictures may be paths (from the table's folder, or --folder), http(s), file and data addresses, or
objects in s3:// (pip install s3fs), gs:// (pip install gcsfs) and az:// (pip install adlfs).

A table from outside can name any picture file of this machine, and servers that only this machine
reaches; what it names may come into the report. --only-below and --public-only shut that out.

examples:
  relevance captions data/captions.csv
  relevance captions products.csv --image-column url --caption-column title --report
  relevance captions products.parquet --output scored.parquet --resume
"""
_CHOICES = (
    *("image_column", "caption_column", "encoding", "folder", "long_captions", "distance"),
    *(*shared.ENGINE, "connections", "timeout", "max_megabytes", "prefix"),
    *("allow_schemes", "only_below", "public_only"),
)


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "captions",
        "score every picture of a table against its caption",
        "Add to a table how well the picture of each row fits its caption. Every row comes out,\n"
        "in its place, with a similarity or the reason why there is none.",
        _EPILOG,
    )
    parser.add_argument(
        "table",
        metavar="TABLE",
        type=Path,
        help="file that ends in .csv, .tsv, .jsonl, .parquet or .arrow",
    )
    _add_table_options(parser)
    parser.add_argument(
        "--long-captions",
        metavar="HOW",
        help="of captions longer than the model's context: truncate (default) takes the beginning, "
        "chunk the mean over chunks of whole sentences",
    )
    shared.add_distance(parser)
    shared.add_engine(parser)
    _add_limits(parser)
    _add_doors(parser)
    parser.add_argument(
        "--report", action="store_true", help="write a page beside the output: .html"
    )
    parser.add_argument(
        "--retrieval",
        action="store_true",
        help="also look for each picture's caption among all captions, and the other way round",
    )
    shared.add_json(parser, "summary")
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _add_table_options(parser: argparse.ArgumentParser) -> None:
    shared.add_image_column(parser)
    parser.add_argument(
        "--caption-column",
        metavar="NAME",
        help="column of captions (default: the one with the most usual name)",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="encoding of a .csv or .tsv file (default: found out)"
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        help="where relative paths of pictures start (default: the table's folder)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="table to write, of any of these kinds (default: TABLE with -similarity in its name)",
    )
    parser.add_argument(
        "--prefix",
        metavar="TEXT",
        help="put in front of the names of added columns (default: nothing, or fit_ in tables that "
        "have such columns)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where a run was stopped, if one was"
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--connections", metavar="N", type=int, help="pictures fetched at a time (default: 16)"
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=float,
        help="seconds that one picture may take in all, retries included (default: 60)",
    )
    parser.add_argument(
        "--max-megabytes",
        metavar="N",
        type=float,
        help="skip files that are fetched and larger than this (default: 50)",
    )


def _add_doors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only-below",
        metavar="FOLDER",
        type=Path,
        help="skip pictures on this machine that do not lie below this folder, links followed",
    )
    parser.add_argument(
        "--public-only",
        action="store_true",
        default=None,
        help="skip web addresses that are not on the public internet, redirects and names that "
        "lead elsewhere included; proxies of the environment are not used",
    )
    parser.add_argument(
        "--allow-scheme",
        dest="allow_schemes",
        metavar="NAME",
        action="append",
        help="also open addresses that begin with NAME://, with the fsspec driver that knows them; "
        "may be repeated (always: http, https, file, data, s3, gs, az). Some drivers run commands",
    )


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.jobs.captions.files import Files
    from relevance.jobs.captions.job import caption_table
    from relevance.jobs.captions.page_file import write_page
    from relevance.jobs.captions.terminal import show_captions
    from relevance.terminal.running import carry_out

    given = shared.given(options, _CHOICES)
    captions = carry_out(
        options,
        work=lambda progress: caption_table(
            options.table,
            options.output,
            resume=options.resume,
            report=options.report,
            retrieval=options.retrieval,
            progress=progress,
            finish=write_page if options.report else None,
            **given,
        ),
        # written already: table and page appear together, when the last row is done
        write=lambda captions: Files(captions.output).page if options.report else None,
        show=show_captions,
        unit="rows",
    )
    captions.check_any_scored()
