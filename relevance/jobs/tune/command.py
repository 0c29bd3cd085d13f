"""``relevance tune``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
A fifth of the pictures is held out by category and near copy, and says what tuning is worth, before
and after; keywords that the model was not tuned on are measured too. Where nothing is better, the
start is kept. `relevance teach` corrects one keyword in seconds and leaves the model as it is.

examples:
  relevance tune data/google_images --model compact -o tuned
  relevance tune pictures --model clip --method lora --epochs 10 -o tuned --other other_pictures
  relevance tune captions.csv --model clip -o tuned --track mlruns
  relevance score almonds new_pictures --model tuned/
"""
_TRAINING = ("method", "epochs", "hold_out", "seed", "other", "track")


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "tune",
        "fit a model to your categories or captions, and measure it before and after",
        "Fine-tune a model on the pictures of PATH, a folder with a folder for each category or a\n"
        "table of pictures and captions, and write a folder that --model takes everywhere.",
        _EPILOG,
    )
    parser.add_argument(
        "path", metavar="PATH", help="folder of folders of pictures, or table of pairs"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("tuned"),
        help="the folder to write: model, model card, page, figures (default: tuned)",
    )
    _add_training(parser)
    shared.add_engine(parser)
    shared.add_json(parser)
    shared.add_quiet(parser)
    parser.set_defaults(run=_run)


def _add_training(parser: argparse.ArgumentParser) -> None:
    """Add how it is trained and measured."""
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="lora (default), full or projection; the compact encoder has heads alone",
    )
    parser.add_argument(
        "--epochs", metavar="N", type=int, help="passes over the pictures (default: 10)"
    )
    parser.add_argument(
        "--hold-out",
        metavar="X",
        type=float,
        help="share of the pictures that only measures (default: 0.2)",
    )
    parser.add_argument(
        "--other",
        metavar="PATH",
        help="pictures of keywords that are not tuned but measured (default: a sixth of the "
        "categories is not tuned, where there are six or more)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, help="decides split and training (default: 0)"
    )
    parser.add_argument(
        "--track",
        metavar="URI",
        help="log parameters, figures and files to MLflow, a folder, a database (sqlite:///…) or a "
        "server, and register the model there",
    )


def _run(options: argparse.Namespace) -> None:
    from relevance.jobs.tune.job import tune
    from relevance.jobs.tune.terminal import show_tuning
    from relevance.terminal.running import carry_out

    shared.log_to_stderr(quiet=options.quiet)
    given = shared.given(options, {*shared.ENGINE, *_TRAINING})
    carry_out(
        options,
        work=lambda progress: tune(options.path, options.output, progress=progress, **given),
        write=lambda tuning: tuning.output,
        show=lambda tuning, _: show_tuning(tuning),
    )
