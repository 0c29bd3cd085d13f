"""``relevance embed``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from relevance.terminal import options as shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relevance.embedding.embeddings import Progress
    from relevance.jobs.embed.result import Vectors, Written

_EPILOG = """\
FILE.parquet has the columns path, folder, status, reason and vector, and the model in its metadata;
FILE.npy is an array (pictures, dimensions), with path, folder, status and reason of each row in
FILE.csv. Vectors are float32 and have unit length; a picture that cannot be read keeps its row,
null or NaN. They are written as they come, and a run that was stopped goes on from the cache.

examples:
  relevance embed shop -o vectors.parquet
  find shop -newer last -print0 | relevance embed - -o vectors.npy --model siglip2
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "embed",
        "write the vectors of pictures to a Parquet or NumPy file",
        "Encode every picture below PATH and write the vectors to FILE.",
        _EPILOG,
    )
    shared.add_paths(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        required=True,
        help="file to write, by the end of its name: .parquet or .npy",
    )
    shared.add_engine(parser)
    shared.add_json(parser, "summary")
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.jobs.embed.terminal import show_written
    from relevance.terminal.running import carry_out

    carry_out(
        options,
        work=lambda progress: _work(options, progress),
        write=lambda written: None,  # as vectors came
        show=lambda written, _: show_written(written),
    )


def _work(options: argparse.Namespace, progress: Progress) -> Written:
    from relevance.jobs.embed.files import Places, write_vectors
    from relevance.jobs.embed.job import Embedding
    from relevance.jobs.embed.result import Written

    places = Places.of(options.output)
    embedding = Embedding.of(options.paths, **shared.given(options, (*shared.ENGINE, "exclude")))
    count, info, cached = len(embedding.sources.refs), embedding.encoder.info, 0

    def blocks() -> Iterator[Vectors]:
        nonlocal cached
        for block in embedding.blocks(progress):
            cached += block.cached
            yield block

    skipped = write_vectors(blocks(), count, info, places)
    return Written(places.file, places.table, count, cached, skipped, info, embedding.facts())
