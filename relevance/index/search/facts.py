"""How an answer came about: what is needed to ask the same again, and what to know about it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from relevance.encoders.base import Encoder
from relevance.index.search.query import Among, Query
from relevance.index.stores.base import StoreInfo
from relevance.judging.calibration import Calibration
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill
from relevance.judging.provenance import versions, warnings_on
from relevance.judging.teaching import Lesson
from relevance.system.command_line import command_line, option
from relevance.system.names import printable

_logger = logging.getLogger("relevance")


def notes_on(query: Query, encoder: Encoder) -> tuple[str, ...]:
    """Say, and log, what the encoder does not understand of the words."""
    if not query.words:
        return ()
    prompts = [prompt for word in query.words for prompt in fill(query.templates, word)]
    notes = tuple(warnings_on(query.words, prompts, encoder))
    for note in notes:
        _logger.warning("%s", note)
    return notes


def provenance_of(
    place: str, query: Query, among: Among, info: StoreInfo, trained: Calibration | Lesson | None
) -> dict[str, Any]:
    """Everything that is needed to ask the same again."""
    return {
        "command": command_line("search", [place, *query.words], _words(query, among, trained)),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "index": {"made": info.made, "rows": info.count, "encoder": info.origin.encoder},
        "encoder_choice": "the encoder that made the index",
        "calibration": trained.summary() if isinstance(trained, Calibration) else None,
        "lesson": trained.summary() if isinstance(trained, Lesson) else None,
        "versions": versions(),
    }


def _words(query: Query, among: Among, trained: Calibration | Lesson | None) -> list[str]:
    """Return the command-line options that ask the same."""
    asked = query.to_dict()
    words = [word for item in asked["like"] for word in option("--like", item)]
    words += [word for item in asked["unlike"] for word in option("--unlike", item)]
    words += ["-k", str(among.k)]
    if among.minimum is not None:
        words += option("--minimum", str(among.minimum))
    words += [word for folder in among.folders for word in option("--folder", printable(folder))]
    words += [
        word
        for name, values in among.where.items()
        for value in values
        for word in option("--where", printable(f"{name}={value}"))
    ]
    if query.templates != DEFAULT_TEMPLATES:
        words += [word for item in query.templates for word in option("--template", item)]
    if query.background != BACKGROUND_CONCEPTS:
        words += [word for item in query.background for word in option("--background", item)]
    if trained and trained.source:
        kind = "--lesson" if isinstance(trained, Lesson) else "--calibration"
        words += option(kind, trained.source)
    return words
