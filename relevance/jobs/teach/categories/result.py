"""``TaughtCategories``: what ``relevance.teach_categories`` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relevance.exports.json_file import JsonExport
from relevance.judging.teaching import Lesson

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """A folder's name as a keyword, and what was learnt of it.

    Attributes:
        keyword: The keyword.
        n_relevant: How many of its pictures could be read.
        n_irrelevant: The same of all other categories.
        lesson: What was learnt; None where nothing could be.
        reason: Why there is no lesson; empty where there is one.
    """

    keyword: str
    n_relevant: int
    n_irrelevant: int
    lesson: Lesson | None
    reason: str

    def figures(self) -> dict[str, float | None]:
        """ROC AUC of words alone and taught; None where there was too little to measure them."""
        by_words, taught = (self.lesson.text_only, self.lesson.taught) if self.lesson else ({}, {})
        return {
            "roc_auc_words": by_words.get("roc_auc"),
            "roc_auc_taught": taught.get("roc_auc"),
        }


@dataclass(frozen=True, eq=False)
class TaughtCategories(JsonExport):
    """Lessons for many keywords.

    Attributes:
        categories: The keywords, in the order of their folders.
        provenance: What is needed to make the same lessons again.
    """

    categories: tuple[Category, ...]
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<TaughtCategories: {len(self.lessons)} of {len(self.categories)} taught>"

    def _repr_html_(self) -> str:
        return str(self.table.to_html())

    @property
    def lessons(self) -> dict[str, Lesson]:
        """The lessons by keyword."""
        return {item.keyword: item.lesson for item in self.categories if item.lesson}

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a keyword: keyword, n_relevant, n_irrelevant, roc_auc_words, ..._taught, reason."""
        import pandas as pd

        return pd.DataFrame(self._rows())

    def to_dict(self) -> dict[str, Any]:
        """Return figures as plain JSON types; the lessons have files of their own."""
        return {"categories": self._rows(), "provenance": dict(self.provenance)}

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "keyword": item.keyword,
                "n_relevant": item.n_relevant,
                "n_irrelevant": item.n_irrelevant,
                **item.figures(),
                "reason": item.reason,
            }
            for item in self.categories
        ]
