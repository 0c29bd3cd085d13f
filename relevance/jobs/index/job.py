"""Make an index, add to it, or make it anew: paths in, ``Changes`` out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep

from relevance.embedding.embeddings import Watch
from relevance.embedding.settings import EncodingOptions
from relevance.errors import NoIndexError, RelevanceError, UsageError
from relevance.index.changes import Changes
from relevance.index.index import Index
from relevance.index.source import offers, sources_of

_logger = logging.getLogger("relevance")


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with an index.

    Attributes:
        place: Its folder or address.
        paths: Folders, pictures and tables; none for all that it was made from.
        add: Whether an index that is there is brought up to date.
        again: Whether it is made anew.
        compact: Whether room is given back.
        exclude: Patterns of what to leave out of folders.
        image_column: Column of pictures of tables.
        options: How to encode.
        cluster: Address of a Ray cluster that is to encode; empty for this machine.
    """

    place: str
    paths: tuple[str | Path, ...] = ()
    add: bool = False
    again: bool = False
    compact: bool = False
    exclude: tuple[str, ...] = ()
    image_column: str | None = None
    options: EncodingOptions = field(default_factory=EncodingOptions)
    cluster: str = ""

    def __post_init__(self) -> None:
        if self.add and self.again:
            raise UsageError("Give --add or --again, not both.")
        if not (self.paths or self.add or self.again or self.compact):
            raise UsageError("Give at least one folder, picture or table.")


def carry_out_task(task: Task, progress: Watch = None) -> Changes:
    """Do what a task says.

    Raises:
        UsageError: A path or option cannot be used, or an index is there already.
        NoReadablePictureError: There is no picture.
        ModelLoadError: The encoder cannot be loaded.
        StoreError: Another process writes, or the index is damaged.
    """
    sources = sources_of(task.paths, task.exclude, task.image_column)
    known = _open(task)
    if known is None:
        found = offers(sources)  # before there is an index that would be left behind empty
        with Index.create(task.place, **task.options) as index:
            index.cluster = task.cluster
            return index.take(found, progress=progress)
    with known as index:
        index.cluster = task.cluster
        found = offers(sources or index.sources) if sources or task.add or task.again else []
        if task.again:
            changes = index.renew(found, progress=progress)
        elif found:
            changes = index.take(found, progress=progress)
        else:
            changes = index.unchanged()
        if task.compact:
            index.compact()
    return changes


def _open(task: Task) -> Index | None:
    """Open the index where one is wanted; None where one is to be made."""
    if not (task.add or task.again or task.compact):
        return None
    try:
        return Index.open(task.place, **task.options)
    except NoIndexError:
        if not task.paths or Path(task.place).exists():
            raise
        return None


def watch(task: Task, seconds: float, tell: Callable[[Changes], None]) -> None:
    """Bring an index up to date again and again, until interrupted; tell what has changed."""
    while True:
        sleep(seconds)
        try:
            changes = carry_out_task(task)
        except RelevanceError as error:  # a drive that is away for a while, or another writer
            _logger.warning("%s", error)
            continue
        if not changes.is_nothing:
            tell(changes)


def follow_up(task: Task) -> Task:
    """Return the task that watching repeats: with the encoder of the index, whatever was named.

    The first round has checked that they are one; so an encoder is loaded for new pictures only.
    """
    options = task.options.copy()
    options.pop("model", None)
    return replace(task, add=True, again=False, compact=False, options=options)
