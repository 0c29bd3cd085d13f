"""The command line: parse, call, print, exit code; no logic.

What a program reads (``--json``, the table of ``models``) goes to standard output, what a person
reads meanwhile (progress, the encoder line, errors) to standard error.
"""

from __future__ import annotations

import argparse
import gc
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from relevance.errors import RelevanceError

_INTERRUPTED = 130
_GARBAGE_THRESHOLDS = 100_000, 50, 100  # a row a picture is no garbage; looking for it takes long
_ASKED = (
    "model",
    "distance",
    "templates",
    "relevant",
    "threshold",
    "max_pixels",
    "precision",
    "device",
    "cache",
)  # options that pipeline.score takes by these names

_EPILOG = """\
examples:
  relevance score almonds data/examples
  relevance score "running shoes" supplier_a supplier_b --model siglip2
  relevance score almonds data/google_images --json | jq .folders

exit codes: 0 done, 1 other errors, 2 wrong use, 3 no readable picture, 4 the model could not be
loaded, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _make_streams_safe()
    options = _parser().parse_args(arguments)
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    warnings.filterwarnings("ignore", module="PIL")  # remarks on odd metadata, not for users
    try:
        run: Callable[[argparse.Namespace], None] = options.run
        run(options)
        sys.stdout.flush()
    except RelevanceError as error:
        if options.debug:
            raise
        sys.stderr.write(f"relevance: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("relevance: interrupted\n")
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _discard_output()
    except OSError as error:  # a full disk behind standard output, for example
        if options.debug:
            raise
        _discard_output()
        sys.stderr.write(f"relevance: {error}\n")
        return RelevanceError.exit_code
    return 0


def _discard_output() -> None:
    """Send what is still buffered nowhere, or Python would fail over it once more on exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _make_streams_safe() -> None:
    """Let no character stop a result: a closed stream is ignored, a narrow one gets escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="relevance",
        description="Say how well pictures and folders of pictures show what a keyword names.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    _add_score(commands, common)
    _add_cache(commands, common)
    models = commands.add_parser(
        "models", parents=[common], help="list the encoders that have a short name"
    )
    models.set_defaults(run=_models)
    return parser


class _Version(argparse.Action):
    """Look the version up only when asked: reading package metadata takes time."""

    def __call__(self, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"relevance {version('keyword-relevance')}\n")
        sys.exit(0)


def _add_score(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "score",
        parents=[common],
        help="score pictures against a keyword and write a report",
        description="Score every picture below PATH against KEYWORD and write a report.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_question(parser)
    _add_engine(parser)
    parser.add_argument(
        "--output-dir",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="where the .html, .csv and .json files go (default: reports)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the results as JSON on standard output"
    )
    parser.add_argument(
        "--no-report",
        dest="report",
        action="store_false",
        help="write .csv and .json only, which is much faster where all pictures are cached",
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(run=_score)


def _add_question(parser: argparse.ArgumentParser) -> None:
    """Add what ``pipeline.score`` takes; what is not given keeps the default it has there."""
    parser.add_argument("keyword", metavar="KEYWORD", help='what to look for, such as "almonds"')
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="folder of pictures, of folders of pictures (one a category), or picture file",
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="auto (default), a name from `relevance models`, a hub id or a local folder",
    )
    parser.add_argument(
        "--distance",
        metavar="NAME",
        help="cosine (default), dot, euclidean or angular; higher is always more relevant",
    )
    parser.add_argument(
        "--template",
        dest="templates",
        metavar="T",
        action="append",
        help='prompt with {} for the keyword, such as "a photo of {}"; may be repeated',
    )
    parser.add_argument(
        "--relevant",
        metavar="FOLDER",
        action="append",
        help="folder known to be relevant, all others being irrelevant; may be repeated "
        "(default: folders named Relevant and Irrelevant, or named like the keyword)",
    )
    parser.add_argument(
        "--threshold",
        metavar="X",
        type=float,
        help="probability from which a picture counts as relevant (default: 0.5)",
    )
    parser.add_argument(
        "--max-pixels",
        metavar="N",
        type=int,
        help="skip pictures of more pixels than this (default: 150,000,000)",
    )


def _add_engine(parser: argparse.ArgumentParser) -> None:
    """Add where and how pictures are encoded; again without defaults of its own."""
    parser.add_argument(
        "--precision",
        metavar="NAME",
        help="arithmetic of a hub model: auto (default: int8 on the CPU where it is as good, half "
        "precision on a GPU), fp32, int8, bf16 or fp16",
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        help="where a hub model runs: auto (default: a GPU if there is one), cpu, cuda or mps",
    )
    parser.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        default=None,
        help="encode everything again, and store nothing",
    )


def _add_cache(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    parser = commands.add_parser(
        "cache",
        help="look at or clean the store of embeddings and exported models",
        description="Pictures that were encoded once are neither read nor encoded again for the "
        "next keyword. RELEVANCE_CACHE names another folder to keep this in.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    info = actions.add_parser("info", parents=[common], help="where it is, and what it holds")
    info.set_defaults(run=_cache_info)
    clear = actions.add_parser("clear", parents=[common], help="delete all embeddings")
    clear.add_argument("--models", action="store_true", help="delete exported models too")
    clear.set_defaults(run=_cache_clear)
    prune = actions.add_parser(
        "prune",
        parents=[common],
        help="forget pictures whose files are gone or changed (connect external drives first)",
    )
    prune.set_defaults(run=_cache_prune)


def _score(options: argparse.Namespace) -> None:
    _log_to_stderr(logging.ERROR if options.quiet else logging.INFO)
    from relevance.pipeline import score
    from relevance.terminal.progress import progress_bar
    from relevance.terminal.scores import show_scores
    from relevance.writing import check_writable, write_all

    check_writable(options.output_dir)
    given = {name: getattr(options, name) for name in _ASKED if getattr(options, name) is not None}
    with progress_bar(visible=not options.quiet) as progress:
        scores = score(options.keyword, options.paths, progress=progress, **given)
    written = write_all(scores, options.output_dir, report=options.report)
    if options.json:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as JSON is exchanged (RFC 8259)
        sys.stdout.write(scores.json_text() + "\n")
    elif not options.quiet:
        show_scores(scores, written)


def _models(options: argparse.Namespace) -> None:
    from relevance.terminal.models import show_models

    show_models()


def _cache_info(options: argparse.Namespace) -> None:
    from relevance.terminal.cache import show_cache

    show_cache()


def _cache_clear(options: argparse.Namespace) -> None:
    from relevance.terminal.cache import clear_cache

    clear_cache(models=options.models)


def _cache_prune(options: argparse.Namespace) -> None:
    from relevance.terminal.cache import prune_cache

    prune_cache()


def _log_to_stderr(level: int) -> None:
    logger = logging.getLogger("relevance")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)
