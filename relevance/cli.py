"""The command line: parse, call, print, exit code; no logic.

What a program reads (``--json``, the table of ``models``) goes to standard output, what a person
reads meanwhile (progress, the encoder line, errors) to standard error.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence

from relevance.errors import RelevanceError
from relevance.jobs.cache import command as cache
from relevance.jobs.calibrate import command as calibrate
from relevance.jobs.captions import command as captions
from relevance.jobs.categories import command as categories
from relevance.jobs.compare import command as compare
from relevance.jobs.describe import command as describe
from relevance.jobs.embed import command as embed
from relevance.jobs.index import command as index
from relevance.jobs.models import command as models
from relevance.jobs.recognise import command as recognise
from relevance.jobs.references import command as references
from relevance.jobs.score import command as score
from relevance.jobs.search import command as search
from relevance.jobs.sort import command as sort
from relevance.jobs.teach import command as teach
from relevance.jobs.tune import command as tune
from relevance.server import command as serve
from relevance.system.streams import discard_output, make_streams_safe, tell
from relevance.terminal import presets
from relevance.terminal.completion import Completion
from relevance.terminal.options import EXIT_CODES
from relevance.terminal.parser import CommandParser
from relevance.terminal.standard_input import fill_paths

_COMMANDS = (
    *(score, sort, categories, calibrate, teach, tune, compare, captions),
    *(describe, embed, index, search, references, recognise, serve, models, cache),
)
_INTERRUPTED, _TERMINATED = 130, 143
_GARBAGE_THRESHOLDS = 100_000, 50, 100  # a row a picture is no garbage; looking for it takes long

_EPILOG = f"""\
`relevance COMMAND --help` shows the options of a command, and examples.

{presets.HELP}
{EXIT_CODES}"""


class _Terminated(KeyboardInterrupt):
    """The system asks the program to end, which is to clean up behind itself as on Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    make_streams_safe()
    # Rows are shared out among threads already; those of a product would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, _on_terminate)
    options = _parser().parse_args(arguments)
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    warnings.filterwarnings("ignore", module="PIL")  # remarks on odd metadata, not for users
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # and on where it keeps its fonts
    try:
        options = _with_presets(options, arguments)
        fill_paths(options)
        run: Callable[[argparse.Namespace], None] = options.run
        run(options)
        sys.stdout.flush()
    except RelevanceError as error:
        if options.debug:
            raise
        tell(f"relevance: {error}")
        return error.exit_code
    except _Terminated:
        tell("relevance: terminated")
        return _TERMINATED
    except KeyboardInterrupt:
        tell("relevance: interrupted")
        return _INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        discard_output()
    except OSError as error:  # a full disk behind standard output, for example
        if options.debug:
            raise
        discard_output()
        tell(f"relevance: {error}")
        return RelevanceError.exit_code
    return 0


def _with_presets(
    options: argparse.Namespace, arguments: Sequence[str] | None
) -> argparse.Namespace:
    """Return the options with those that are preset elsewhere; raises ``UsageError``."""
    values = presets.preset()
    if not values:
        return options
    parser = _parser()
    presets.apply(parser, values)
    options = parser.parse_args(arguments)
    presets.fill_lists(options, values)
    return options


def _on_terminate(*_: object) -> None:
    raise _Terminated


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="relevance",
        description="Say how well pictures and folders of pictures show what a keyword names.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument(
        "--print-completion",
        action=Completion,
        choices=("bash", "zsh", "tcsh"),
        help="print a script that lets this shell complete commands, options and files, and exit",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    for command in _COMMANDS:
        command.add(commands)
    return parser


class _Version(argparse.Action):
    """Look the version up only when asked: reading package metadata takes time."""

    def __call__(self, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"relevance {version('keyword-relevance')}\n")
        sys.exit(0)
