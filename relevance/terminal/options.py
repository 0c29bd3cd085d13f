"""Options that several commands share; what is not given keeps the default of the Python call."""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.system.streams import tell
from relevance.terminal.parser import CommandParser

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[CommandParser]
    Parser = argparse._ActionsContainer  # a group of options too

EXIT_CODES = """\
exit codes: 0 done, 1 other errors, 2 wrong use, 3 no readable picture, 4 the model could not be
loaded, 130 interrupted, 143 terminated
"""
MACHINE = ("max_pixels", "precision", "device")
ENGINE = ("model", *MACHINE, "cache")
"""Options that ``relevance.embedding.settings.EncodingOptions`` names."""
CHOICES = ("model", "distance", "templates", "background", *MACHINE, "cache", "exclude")
"""Options that ``relevance.judging.settings.Choices`` names."""


def given(options: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Return the options of these names that were given."""
    values = {name: getattr(options, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def add_command(
    commands: Commands,
    name: str,
    summary: str,
    description: str,
    epilog: str = "",
) -> CommandParser:
    """Add a command with ``--debug``, which all have."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"{epilog}\n{EXIT_CODES}" if epilog else EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def add_keyword(parser: argparse.ArgumentParser) -> argparse.Action:
    """Add the keyword."""
    return parser.add_argument(
        "keyword", metavar="KEYWORD", help='what to look for, such as "almonds"'
    )


def add_paths(parser: argparse.ArgumentParser) -> argparse.Action:
    """Add where the pictures are."""
    paths = parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="folder of pictures, of folders of pictures (one a category), picture file, or - for "
        "paths on standard input, parted by line ends or NUL characters",
    )
    add_exclude(parser)
    return paths


def add_exclude(parser: argparse.ArgumentParser) -> None:
    """Add what is left out."""
    parser.add_argument(
        "--exclude",
        metavar="PATTERN",
        action="append",
        help='leave out files and folders of such a name, "*_thumb.jpg", or path below PATH, '
        '"old/*"; may be repeated',
    )


def add_references(parser: argparse.ArgumentParser) -> None:
    """Add where reference pictures of types are kept."""
    parser.add_argument(
        "--store",
        metavar="PLACE",
        dest="place",
        help="where the references are: a folder, or an address such as s3://bucket/prefix "
        "(default: types.references)",
    )


def add_image_column(parser: argparse.ArgumentParser) -> None:
    """Add where a table names its pictures."""
    parser.add_argument(
        "--image-column",
        metavar="NAME",
        help="column of pictures of a table (default: the one with the most usual name)",
    )


def not_empty(word: str) -> str:
    """Take a word; one of nothing but spaces is what a shell variable that is not set leaves."""
    if not word.strip():
        raise argparse.ArgumentTypeError("it is empty; is a shell variable not set?")
    return word


def add_labels(parser: argparse.ArgumentParser) -> None:
    """Add how pictures are labelled: by folder or by table."""
    parser.add_argument(
        "--relevant",
        metavar="FOLDER",
        action="append",
        help="folder known to be relevant, all others being irrelevant; may be repeated "
        "(default: folders named Relevant and Irrelevant, or named like the keyword)",
    )
    add_label_table(parser)


def add_label_table(parser: argparse.ArgumentParser) -> None:
    """Add a table of labels."""
    parser.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="CSV file with the columns path and label (relevant, irrelevant, or a grade from 0 "
        "upwards), in place of labels by folder",
    )


def add_verdict(parser: argparse.ArgumentParser) -> None:
    """Add what turns scores into probabilities, and these into verdicts."""
    parser.add_argument(
        "--threshold",
        metavar="X",
        type=float,
        help="probability from which a picture counts as relevant (default: 0.5, or what the "
        "calibration says)",
    )
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        type=Path,
        help="what `relevance calibrate` wrote for this keyword and model",
    )
    parser.add_argument(
        "--lesson",
        metavar="FILE",
        type=Path,
        help="what `relevance teach` learnt for this keyword and model from labelled pictures",
    )


def add_examples(parser: Parser) -> None:
    """Add pictures that say what the keyword means."""
    parser.add_argument(
        "--like",
        metavar="PATH",
        action="append",
        help="a picture of what KEYWORD means, or a folder of them; judges by the word and these; "
        "may be repeated",
    )
    parser.add_argument(
        "--unlike",
        metavar="PATH",
        action="append",
        help="a picture of what is near those of --like but not meant, or a folder of them; may be "
        "repeated",
    )


def add_scoring(parser: argparse.ArgumentParser) -> None:
    """Add how pictures and texts are compared."""
    add_distance(parser)
    add_prompts(parser)


def add_distance(parser: argparse.ArgumentParser) -> None:
    """Add the similarity."""
    parser.add_argument(
        "--distance",
        metavar="NAME",
        help="raw similarity: cosine (default), dot, euclidean or angular; higher is always more "
        "similar",
    )


def add_prompts(parser: argparse.ArgumentParser) -> None:
    """Add what stands for a keyword, and what it is held against."""
    add_templates(parser)
    parser.add_argument(
        "--background",
        metavar="CONCEPT",
        action="append",
        help='what else a picture may show, such as "packaging"; may be repeated (default: forty '
        "everyday concepts); the score is what lies above it",
    )


def add_templates(parser: argparse.ArgumentParser) -> None:
    """Add what stands for a keyword."""
    parser.add_argument(
        "--template",
        dest="templates",
        metavar="T",
        action="append",
        help='prompt with {} for the keyword, such as "a photo of {}"; may be repeated',
    )


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add which model encodes the pictures, where and how."""
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="auto (default), a name from `relevance models`, a hub id, a local folder, or "
        "models:/name/version of an MLflow registry",
    )
    add_no_cache(parser)
    add_machine(parser)


def add_no_cache(parser: argparse.ArgumentParser) -> None:
    """Add the switch that leaves the cache of embeddings alone."""
    parser.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        default=None,
        help="encode everything again, and store nothing",
    )


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Add arithmetic, place and limits of encoding."""
    parser.add_argument(
        "--max-pixels",
        metavar="N",
        type=int,
        help="skip pictures of more pixels than this (default: 150,000,000)",
    )
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


def add_output(parser: argparse.ArgumentParser, files: str) -> None:
    """Add where results go and what is printed."""
    add_output_dir(parser, f"{files} go")
    add_json(parser)
    add_quiet(parser)


def add_output_dir(parser: argparse.ArgumentParser, what: str) -> None:
    """Add a folder: where ``what``, as in "the page goes"."""
    parser.add_argument(
        "--output-dir",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help=f"where {what} (default: reports)",
    )


def add_fitted(parser: argparse.ArgumentParser, file: str) -> None:
    """Add the one file that a command fits on labelled pictures, and what for."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help=file)
    parser.add_argument(
        "--target",
        metavar="T",
        help="what the threshold is for: f1 (default), precision=X or recall=X",
    )
    add_labels(parser)


def add_json(parser: Parser, what: str = "results") -> None:
    """Add standard output for programs."""
    parser.add_argument(
        "--json", action="store_true", help=f"print the {what} as JSON on standard output"
    )


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add silence."""
    parser.add_argument("--quiet", action="store_true", help="print errors only")


class _StandardError(logging.Handler):
    """Writes to what is standard error at that moment: a progress bar stands in for it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        tell(self.format(record))


def log_to_stderr(*, quiet: bool) -> None:
    """Send the package's log to standard error."""
    logger = logging.getLogger("relevance")
    handler = _StandardError()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR if quiet else logging.INFO)


def print_json(text: str) -> None:
    """Print JSON as it is exchanged: in UTF-8 (RFC 8259)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text + "\n")
