"""Zero-shot keyword relevance of product pictures."""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relevance.encoders import load_encoder
    from relevance.errors import (
        ModelLoadError,
        NoReadablePictureError,
        RelevanceError,
        UsageError,
    )
    from relevance.index.index import Index
    from relevance.index.references.recognitions import Recognitions
    from relevance.index.references.references import References
    from relevance.index.search.found import Found
    from relevance.jobs.calibrate.job import calibrate
    from relevance.jobs.captions.job import caption_similarity, caption_table
    from relevance.jobs.captions.result import Captions
    from relevance.jobs.categories.job import categories
    from relevance.jobs.categories.result import Categories
    from relevance.jobs.compare.job import compare
    from relevance.jobs.compare.result import Comparison
    from relevance.jobs.describe.job import describe
    from relevance.jobs.describe.result import Descriptions
    from relevance.jobs.embed.job import embed
    from relevance.jobs.embed.result import Vectors
    from relevance.jobs.judge.job import judge
    from relevance.jobs.judge.judgement import Judgement
    from relevance.jobs.score.job import score
    from relevance.jobs.score.keywords.job import score_keywords
    from relevance.jobs.score.keywords.result import KeywordScores
    from relevance.jobs.score.result import Scores
    from relevance.jobs.search.evaluation.job import evaluate_search
    from relevance.jobs.search.evaluation.result import SearchEvaluation
    from relevance.jobs.sort.job import sort
    from relevance.jobs.sort.result import Sorting, Undone
    from relevance.jobs.sort.undoing import undo_sort
    from relevance.jobs.teach.categories.job import teach_categories
    from relevance.jobs.teach.categories.result import TaughtCategories
    from relevance.jobs.teach.job import teach
    from relevance.jobs.tune.job import tune
    from relevance.jobs.tune.result import Tuning
    from relevance.judging.teaching.lesson import Lesson

    __version__: str

__all__ = [
    "Captions",
    "Categories",
    "Comparison",
    "Descriptions",
    "Found",
    "Index",
    "Judgement",
    "KeywordScores",
    "Lesson",
    "ModelLoadError",
    "NoReadablePictureError",
    "Recognitions",
    "References",
    "RelevanceError",
    "Scores",
    "SearchEvaluation",
    "Sorting",
    "TaughtCategories",
    "Tuning",
    "Undone",
    "UsageError",
    "Vectors",
    "__version__",
    "calibrate",
    "caption_similarity",
    "caption_table",
    "categories",
    "compare",
    "describe",
    "embed",
    "evaluate_search",
    "judge",
    "load_encoder",
    "score",
    "score_keywords",
    "sort",
    "teach",
    "teach_categories",
    "tune",
    "undo_sort",
]

_HOMES = {
    "Captions": "relevance.jobs.captions.result",
    "Categories": "relevance.jobs.categories.result",
    "Comparison": "relevance.jobs.compare.result",
    "Descriptions": "relevance.jobs.describe.result",
    "Found": "relevance.index.search.found",
    "Index": "relevance.index.index",
    "Judgement": "relevance.jobs.judge.judgement",
    "KeywordScores": "relevance.jobs.score.keywords.result",
    "Lesson": "relevance.judging.teaching.lesson",
    "ModelLoadError": "relevance.errors",
    "NoReadablePictureError": "relevance.errors",
    "Recognitions": "relevance.index.references.recognitions",
    "References": "relevance.index.references.references",
    "RelevanceError": "relevance.errors",
    "Scores": "relevance.jobs.score.result",
    "SearchEvaluation": "relevance.jobs.search.evaluation.result",
    "Sorting": "relevance.jobs.sort.result",
    "TaughtCategories": "relevance.jobs.teach.categories.result",
    "Tuning": "relevance.jobs.tune.result",
    "Undone": "relevance.jobs.sort.result",
    "UsageError": "relevance.errors",
    "Vectors": "relevance.jobs.embed.result",
    "calibrate": "relevance.jobs.calibrate.job",
    "caption_similarity": "relevance.jobs.captions.job",
    "caption_table": "relevance.jobs.captions.job",
    "categories": "relevance.jobs.categories.job",
    "compare": "relevance.jobs.compare.job",
    "describe": "relevance.jobs.describe.job",
    "embed": "relevance.jobs.embed.job",
    "evaluate_search": "relevance.jobs.search.evaluation.job",
    "judge": "relevance.jobs.judge.job",
    "load_encoder": "relevance.encoders",
    "score": "relevance.jobs.score.job",
    "score_keywords": "relevance.jobs.score.keywords.job",
    "sort": "relevance.jobs.sort.job",
    "teach": "relevance.jobs.teach.job",
    "teach_categories": "relevance.jobs.teach.categories.job",
    "tune": "relevance.jobs.tune.job",
    "undo_sort": "relevance.jobs.sort.undoing",
}


# Pictures of suppliers are nobody else's business, nor is who looks at them: the libraries that
# send messages home read these when they are imported.
for _switch in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "MLFLOW_DISABLE_TELEMETRY"):
    os.environ.setdefault(_switch, "1")

# Whoever uses the package decides where its log goes; without this, warnings would be printed.
logging.getLogger("relevance").addHandler(logging.NullHandler())


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> Any:
        """Import a public name on first use, so that ``import relevance`` stays cheap (PEP 562)."""
        if name == "__version__":
            from importlib.metadata import version

            return version("keyword-relevance")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
