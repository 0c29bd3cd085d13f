"""A tuning -> one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from relevance.encoders.tuning import Tuned
from relevance.jobs.tune import charts
from relevance.jobs.tune.result import Tuning
from relevance.jobs.tune.wording import (
    KINDS,
    answer,
    figure_name,
    interval_words,
    others,
    parts_words,
    share_words,
)
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import thumbnails
from relevance.pictures.reading import MAX_PIXELS
from relevance.system.names import printable

_PAGE = Path(__file__).parent / "templates" / "page.html"
_TRAINED = "trained"


def render_tuning(tuning: Tuning) -> str:
    """Render the page: answer, figures, curves, keywords, pictures that changed most."""
    outcome = tuning.outcome
    return render(
        _PAGE,
        run=Run("tune", answer(tuning), tuning.provenance["date"]),
        tuning=tuning,
        answer=answer(tuning),
        notes=others(tuning),
        parts=parts_words(tuning),
        share_words=share_words(tuning),
        rows=_rows(tuning),
        keywords=sorted(tuning.keywords, key=lambda item: (not item.trained, item.keyword)),
        losses=charts.losses(outcome.history) if outcome.history else "",
        shares=charts.shares(_curves(outcome), (_way(outcome), outcome.share)),
        risen=[card for card in _cards(tuning) if card["change"] > 0],
        fallen=[card for card in _cards(tuning) if card["change"] < 0],
        skipped=[(printable(place), "", reason) for place, reason in tuning.skipped],
    )


def _way(outcome: Tuned) -> str:
    return getattr(outcome, "way", "") or _TRAINED


def _curves(outcome: Tuned) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    tried = getattr(outcome, "tried", ())
    return list(tried) or [(_TRAINED, outcome.shares)]


def _rows(tuning: Tuning) -> list[dict[str, Any]]:
    return [
        {
            "kind": f"{KINDS[item.name]} ({item.n_keywords})" if not number else "",
            "n_figures": len(item.figures),
            "figure": figure_name(name, item),
            "before": figure.before,
            "after": figure.after,
            "gain": interval_words(figure.gain),
        }
        for item in tuning.measured
        for number, (name, figure) in enumerate(item.figures.items())
    ]


def _cards(tuning: Tuning) -> list[dict[str, Any]]:
    small = thumbnails([place for place, _ in tuning.changed], MAX_PIXELS, cache=True)
    return [
        {
            "thumbnail": thumbnail,
            "file": printable(Path(place).name),
            "path": printable(place),
            "keyword": item.keyword,
            "before": item.before,
            "after": item.after,
            "change": item.change,
        }
        for (place, item), thumbnail in zip(tuning.changed, small, strict=True)
    ]
