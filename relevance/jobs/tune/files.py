"""What is written beside the weights: model card, results, page, and who was held out."""

from __future__ import annotations

from pathlib import Path

from relevance.encoders.packaged import PACKAGED, folder_of
from relevance.errors import UsageError
from relevance.exports.atomic import put_text
from relevance.exports.csv_file import no_formula, write_csv
from relevance.exports.places import draw, files_in
from relevance.exports.slugs import slug
from relevance.jobs.tune.card import card_text
from relevance.jobs.tune.result import Tuning
from relevance.judging.label_table import LABEL_COLUMN, PATH_COLUMN
from relevance.judging.labels import IRRELEVANT, RELEVANT
from relevance.system.finding import meant
from relevance.system.names import printable

CARD, RESULT, PAGE, HELD_OUT = "MODEL_CARD.md", "tune.json", "tune.html", "held-out.csv"
LABELS = "labels"
"""Folder of tables that ``compare --labels`` takes: for each keyword the held-out pictures."""

_MOST_LABELLED = 50  # keywords


def check_output(output: Path, sources: tuple[str | Path | None, ...], model: str) -> None:
    """Raise ``UsageError`` where a folder would be written over what is read."""
    place = output.resolve()
    if ((folder := folder_of(model)) and folder.resolve() == place) or place == PACKAGED:
        raise UsageError(f"{printable(output)} holds the model to start from; choose another -o.")
    for source in sources:
        if source is not None and meant(source).resolve() in (place, *place.parents):
            raise UsageError(
                f"{printable(output)} lies in the folder of the pictures; choose another -o."
            )
    if output.exists() and not output.is_dir():
        raise UsageError(f"{printable(output)} is a file; -o names a folder.")


def write_tuning(tuning: Tuning) -> None:
    """Write everything but the weights, which are there.

    Raises:
        UsageError, OutputError, PageError: As for ``jobs.score.files.write_scores``.
    """
    folder = tuning.output
    with files_in(folder):
        put_text(folder / CARD, card_text(tuning))
        tuning.to_json(folder / RESULT)
        write_csv(
            folder / HELD_OUT,
            (PATH_COLUMN, "keyword", "tuned"),
            [
                (no_formula(printable(item.place)), no_formula(item.keyword), int(item.trained))
                for item in tuning.held_out
            ],
        )
        if not tuning.of_captions:
            _write_labels(tuning, folder / LABELS)
        draw(folder / PAGE, tuning.html_text)


def labels_file(tuning: Tuning, keyword: str) -> Path:
    """Return where the table of labels of a keyword is."""
    return tuning.output / LABELS / f"{slug(keyword)}.csv"


def _write_labels(tuning: Tuning, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for item in tuning.keywords[:_MOST_LABELLED]:
        rows = [
            (
                no_formula(printable(str(Path(held.place).absolute()))),
                RELEVANT if held.keyword == item.keyword else IRRELEVANT,
            )
            for held in tuning.held_out
        ]
        write_csv(labels_file(tuning, item.keyword), (PATH_COLUMN, LABEL_COLUMN), rows)
