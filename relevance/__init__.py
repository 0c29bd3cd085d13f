"""Zero-shot keyword relevance of product pictures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relevance.calibrating import calibrate
    from relevance.caption_results import Captions
    from relevance.captioning import caption_similarity, caption_table
    from relevance.categorising import categories
    from relevance.category_results import Categories
    from relevance.comparing import Comparison, compare
    from relevance.encoders import load_encoder
    from relevance.errors import RelevanceError
    from relevance.pipeline import score
    from relevance.results import Scores

__all__ = [
    "Captions",
    "Categories",
    "Comparison",
    "RelevanceError",
    "Scores",
    "calibrate",
    "caption_similarity",
    "caption_table",
    "categories",
    "compare",
    "load_encoder",
    "score",
]

_HOMES = {
    "Captions": "relevance.caption_results",
    "Categories": "relevance.category_results",
    "Comparison": "relevance.comparing",
    "RelevanceError": "relevance.errors",
    "Scores": "relevance.results",
    "calibrate": "relevance.calibrating",
    "caption_similarity": "relevance.captioning",
    "caption_table": "relevance.captioning",
    "categories": "relevance.categorising",
    "compare": "relevance.comparing",
    "load_encoder": "relevance.encoders",
    "score": "relevance.pipeline",
}


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``import relevance`` stays cheap (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
