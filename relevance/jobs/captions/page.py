"""A table of picture–caption pairs -> one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from relevance.jobs.captions import charts
from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.tally import SHOWN, ShownPair, different
from relevance.jobs.captions.wording import (
    answer,
    explanation,
    measure,
    notes,
    recall,
    retrieval_note,
)
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import data_uri
from relevance.system.names import printable

_TEMPLATES = Path(__file__).parent / "templates"

_LONGEST_NAME = 60
_REASONS = 30


def render_captions(table: Captions) -> str:
    """Render the page: distribution, worst and best pairs with pictures, what was skipped."""
    return render(
        _TEMPLATES / "page.html",
        run=Run("captions", answer(table), table.provenance["date"]),
        **_common(table),
        worst=_cards(table, table.tally.worst),
        best=_cards(table, table.tally.best),
    )


def render_captions_summary(table: Captions) -> str:
    """Render the short form that a notebook shows."""
    return render(_TEMPLATES / "summary.html", **_common(table))


def _common(table: Captions) -> dict[str, Any]:
    tally = table.tally
    reasons = tally.skipped()
    return {
        "table": table,
        "tally": tally,
        "answer": answer(table),
        "explanation": explanation(table),
        "notes": notes(table),
        "measure": measure(table),
        "chart": charts.histogram(tally.similarities, measure(table)) if tally.n_scored else "",
        "quantiles": list(tally.quantiles().items()),
        "reasons": reasons[:_REASONS],
        "more_reasons": len(reasons[_REASONS:]),
        "retrieval": table.retrieval,
        "recall": recall,
        "few": tally.n_scored <= SHOWN,
        "retrieval_note": retrieval_note(table),
    }


def _cards(table: Captions, shown: Sequence[ShownPair]) -> list[dict[str, Any]]:
    return [
        {
            "thumbnail": data_uri(table.thumbnails.get(item.score.picture, b"")),
            "file": _short_name(item.pair.place),
            "path": printable(item.pair.place)[:300],
            "caption": item.pair.caption,
            "similarity": item.similarity,
            "clip_score": item.score.clip_score,
            "row": item.number + 1,
        }
        for item in different(shown)
    ]


def _short_name(place: str) -> str:
    """The end of a path or address, which tells pictures apart; what it is for ``data:``."""
    if place[:5].lower() == "data:":
        return printable(place.partition(",")[0])[:_LONGEST_NAME]
    name = PurePosixPath(place.partition("?")[0]).name or place
    return printable(name)[-_LONGEST_NAME:]
