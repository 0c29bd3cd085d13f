"""``SearchEvaluation``: how well an index finds what it should, query by query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from relevance.encoders.base import EncoderInfo
from relevance.errors import UsageError
from relevance.exports.json_file import JsonExport
from relevance.jobs.search.evaluation.figures import Figures, mean_of
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {"precision": "P", "recall": "R", "ndcg": "nDCG"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One query.

    Attributes:
        words: What was looked for; empty for none.
        picture: What it was to be like; empty for none.
        n_relevant: How many different pictures of the index are relevant.
        figures: None where the query could not be asked.
        reason: Why not; empty where it was asked.
    """

    words: str
    picture: str
    n_relevant: int = 0
    figures: Figures | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class SearchEvaluation(JsonExport):
    """How well an index finds what it should.

    Attributes:
        index: The index.
        source: The table of queries.
        queries: Each of its rows, in order.
        encoder: The encoder's facts.
        count: Rows of the index.
        depth: How many pictures of each answer were looked at.
    """

    index: str
    source: str
    queries: tuple[Judged, ...]
    encoder: EncoderInfo
    count: int
    depth: int

    def __repr__(self) -> str:
        return f"<SearchEvaluation of {printable(self.index)}: {len(self.asked)} queries>"

    @property
    def asked(self) -> list[tuple[Judged, Figures]]:
        """The queries that could be asked, with their figures."""
        return [(item, item.figures) for item in self.queries if item.figures]

    @property
    def skipped(self) -> list[Judged]:
        """Those that could not."""
        return [item for item in self.queries if item.reason]

    @cached_property
    def mean(self) -> Figures:
        """Means over the queries that could be asked; raises ``UsageError`` where there is none."""
        if not self.asked:
            raise UsageError(
                f"Not one of {len(self.queries)} queries could be asked. The first: "
                f"{self.queries[0].reason}"
            )
        return mean_of([figures for _, figures in self.asked])

    @property
    def table(self) -> pd.DataFrame:
        """A row a query: words, picture, n_relevant, P@k, R@k and nDCG@k for each k, and RR."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"words": item.words, "picture": item.picture, "n_relevant": item.n_relevant}
                | dict(named(figures))
                for item, figures in self.asked
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return means, queries and skipped ones as plain JSON types."""
        return {
            "index": printable(self.index),
            "source": printable(self.source),
            "encoder": asdict(self.encoder),
            "rows": self.count,
            "depth": self.depth,
            "mean": dict(named(self.mean)),
            "queries": [
                {"words": item.words, "picture": printable(item.picture)}
                | {"n_relevant": item.n_relevant}
                | dict(named(figures))
                for item, figures in self.asked
            ],
            "skipped": [
                {"words": item.words, "picture": printable(item.picture), "reason": item.reason}
                for item in self.skipped
            ],
        }


def named(figures: Figures) -> Iterator[tuple[str, float]]:
    """Yield figures by the names that the field uses: P@k, R@k, nDCG@k, RR."""
    for kind, short in _KINDS.items():
        for k, value in getattr(figures, kind).items():
            yield f"{short}@{k}", value
    yield "RR", figures.reciprocal_rank
