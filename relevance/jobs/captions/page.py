"""A table of picture–caption pairs -> one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relevance.jobs.captions.gallery import gallery, presets
from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.wording import (
    answer,
    explanation,
    headline,
    measure,
    notes,
    recall,
    retrieval_note,
)
from relevance.pages.gallery.cards import Card
from relevance.pages.gallery.gallery import SCRIPTS
from relevance.pages.page import render
from relevance.pages.runs import Run

_TEMPLATES = Path(__file__).parent / "templates"

_FIXED = 24  # pairs that each fixed gallery shows where no scripts run
_REASONS = 30


def render_captions(table: Captions, target: Path) -> str:
    """Render the page: a gallery of pairs, the lowest first, and what was skipped.

    Args:
        table: What to show.
        target: The file that the page will be, from which links to the pictures start.
    """
    if not table.tally.n_scored:
        run = Run("captions", answer(table), table.provenance["date"])
        return render(_TEMPLATES / "page.html", run=run, gallery=None, **_common(table))
    shown = gallery(table, target)
    lowest = sorted(shown.cards, key=lambda card: card.value)
    return render(
        _TEMPLATES / "page.html",
        run=Run("captions", headline(table), table.provenance["date"]),
        scripts=(*SCRIPTS, "page.js"),
        data={"gallery": shown.data()},
        gallery=shown,
        headline=headline(table),
        presets=presets(table),
        fixed=_fixed(lowest),
        **_common(table),
    )


def _fixed(lowest: Sequence[Card]) -> list[tuple[str, Sequence[Card]]]:
    """Return what stands in for the gallery where no scripts run: headings and their cards."""
    parts = [("Lowest", lowest[:_FIXED]), ("Highest", lowest[_FIXED:][-_FIXED:][::-1])]
    return [(heading, cards) for heading, cards in parts if cards]


def render_captions_summary(table: Captions) -> str:
    """Render the short form that a notebook shows."""
    from relevance.jobs.captions import charts  # brings matplotlib, which the page does without

    values = table.tally.similarities
    chart = charts.histogram(values, measure(table)) if len(values) else ""
    return render(_TEMPLATES / "summary.html", chart=chart, **_common(table))


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
        "quantiles": list(tally.quantiles().items()),
        "reasons": reasons[:_REASONS],
        "more_reasons": len(reasons[_REASONS:]),
        "retrieval": table.retrieval,
        "recall": recall,
        "retrieval_note": retrieval_note(table),
    }
