"""``sort``: verdicts in, pictures in their places out; all of it can be undone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Unpack

from relevance.embedding.embeddings import Watch
from relevance.embedding.watching import watched
from relevance.errors import UsageError, check_choice
from relevance.exports.atomic import explained
from relevance.exports.places import check_writable
from relevance.jobs.score.job import score
from relevance.jobs.sort.choosing import (
    ACTIONS,
    COPY,
    Item,
    Layout,
    check_apart,
    choose,
)
from relevance.jobs.sort.filing import BY_TO, Plan, Work, file_items
from relevance.jobs.sort.log import Log
from relevance.jobs.sort.result import SKIPPED, Filed, Sorting
from relevance.jobs.sort.verdicts import from_table, of_scores
from relevance.judging.calibration import Calibration
from relevance.judging.listing import ALL, SELECTIONS, UNSURE
from relevance.judging.settings import Choices
from relevance.judging.teaching import Lesson
from relevance.system.arguments import one_keyword, several, several_paths
from relevance.system.command_line import command_line

JUDGING = ("labels", "threshold", "calibration", "lesson", "like", "unlike")
"""Choices that say how to judge, which a table does in their place."""

_logger = logging.getLogger("relevance")


class SortChoices(Choices, total=False):
    """Keyword arguments that ``sort`` hands on to ``score``."""

    labels: str | Path | None
    threshold: float | None
    calibration: str | Path | Calibration | None
    lesson: str | Path | Lesson | None
    like: str | Path | Sequence[str | Path]
    unlike: str | Path | Sequence[str | Path]


@watched()
def sort(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    to: str | Path,
    *,
    action: str = COPY,
    which: str = ALL,
    table: str | Path | None = None,
    dry_run: bool = False,
    progress: Watch = None,
    **choices: Unpack[SortChoices],
) -> Sorting:
    """Copy, move or link pictures by what is thought of them.

    Args:
        keyword: Word or phrase that names the product.
        paths: A folder, or several, as ``score`` takes them.
        to: The folder to sort into; pictures lie below it as they lie below ``paths``.
        action: "copy", "move" or "link" (symbolic, to where the picture is).
        which: "all" into the sub-folders relevant and irrelevant; or, without them, "relevant",
            "misfits" (the verdict goes against the label) or "unsure" (the odds are within a
            factor of three of the threshold's).
        table: A table that says which pictures are relevant, in place of the encoder: columns
            path, and relevant (as in the CSV file of ``score``) or label.
        dry_run: Whether to say what would be done, and do nothing.
        progress: Called with an ``Advance`` while pictures are encoded, and while they are sorted.
        **choices: labels, threshold, calibration, lesson, like, unlike and all other choices of
            ``score``.

    Returns:
        What became of each picture. A file in ``to`` logs it; ``undo_sort`` brings it back.

    Raises:
        UsageError: An argument or path cannot be used as given.
        OutputError: The disk is full, for example. What is done is in the log.
        ModelLoadError, NoReadablePictureError: As for ``score``.
    """
    check_choice("action", action, ACTIONS)
    check_choice("selection", which, SELECTIONS)
    keyword, places, home = one_keyword(keyword), several_paths(paths), Path(to)
    _check_question(table, which, choices)
    check_apart(home, places)
    if not dry_run:
        check_writable(home, BY_TO)
    judged = (
        from_table(table, keyword, places, several(choices.get("exclude", ())))
        if table
        else of_scores(score(keyword, places, progress=progress, **choices))
    )
    layout = Layout(places, home, action)
    items = [layout.item(verdict, group) for verdict, group in choose(judged, which)]
    skipped = [Filed(item.place, "", SKIPPED, item.reason) for item in judged if item.reason]
    filed, log = _filed(items, home, action, keyword, progress, dry_run=dry_run)
    return Sorting(keyword, home, action, which, (*filed, *skipped), len(judged), log)


def _check_question(table: str | Path | None, which: str, choices: SortChoices) -> None:
    needless = [name for name in JUDGING if choices.get(name)]
    if table and needless:
        raise UsageError(
            f"A table says by itself which pictures are relevant; leave out {', '.join(needless)}."
        )
    if table and which == UNSURE:
        raise UsageError("A table says what is relevant and not how sure that is; leave it out.")


def _filed(
    items: Sequence[Item],
    home: Path,
    action: str,
    keyword: str,
    progress: Watch,
    *,
    dry_run: bool,
) -> tuple[list[Filed], Path | None]:
    """Do with items what is to be done; return that, and the log."""
    if dry_run:
        return list(file_items(items, Plan(home, action), progress)), None
    begin = partial(_begin_log, home, {"keyword": keyword, "action": action})
    with explained(home, BY_TO), Work(home, action, begin) as work:
        filed = list(file_items(items, work, progress))
        return filed, work.log.path if work.log else None


def _begin_log(home: Path, facts: Mapping[str, str]) -> Log:
    """Begin the log, and say where before anything is done."""
    with explained(home, BY_TO):
        home.mkdir(parents=True, exist_ok=True)
        log = Log(home, facts)
    undo = command_line("sort", [], ["--undo", str(log.path)])
    _logger.info("`%s` brings everything back.", undo)
    return log
