"""Queries whose answers are known + an index -> how well it finds them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from relevance.embedding.embeddings import Advance, Watch
from relevance.embedding.settings import EncodingOptions
from relevance.embedding.watching import watched
from relevance.errors import RelevanceError, UsageError
from relevance.index.index import Index
from relevance.index.search.answering import check_columns
from relevance.index.search.asking import Asker
from relevance.index.search.query import Query
from relevance.index.search.ranking import best
from relevance.index.stores.base import Filter, Row, Store, cell_text
from relevance.jobs.search.evaluation.figures import figures_of
from relevance.jobs.search.evaluation.queries import KnownQuery, read_queries
from relevance.jobs.search.evaluation.result import Judged, SearchEvaluation
from relevance.system.finding import meant

CUTOFFS = (1, 3, 5, 10)
DEPTH = 100
"""How many pictures of each answer are looked at; a first hit behind them counts as none."""

_BATCH = 4096


@watched("queries")
def evaluate_search(
    place: str | Path,
    queries: str | Path,
    *,
    label_column: str | None = None,
    progress: Watch = None,
    **options: Unpack[EncodingOptions],
) -> SearchEvaluation:
    """Ask an index what is known, and measure the answers.

    Args:
        place: The index.
        queries: Table with a column "query" (words) or "picture" (path, address or id), or both,
            and "relevant" (ids or paths of the answers, several with ";" between them) or "label"
            (the folder whose pictures are the answers). A query's own picture is no answer, and
            copies are one picture.
        label_column: Column of the index that labels are looked for in, in place of the folder.
        progress: Called with an ``Advance`` after each query.
        **options: As for ``Index.open``.

    Raises:
        UsageError: The table or the column cannot be used.
        NoIndexError: There is no index.
    """
    asked = read_queries(meant(queries))
    if not asked:
        raise UsageError(f"{queries} has no rows.")
    judged = []
    with Index.open(place, **options) as index, index.asker() as asker:
        answers = _Answers(asker.store, label_column)
        for number, query in enumerate(asked):
            judged.append(_judged(asker, query, answers))
            if progress:
                skipped = sum(bool(item.reason) for item in judged)
                progress(Advance(number + 1, len(asked), 0, skipped))
        return SearchEvaluation(
            index=index.place,
            source=str(queries),
            queries=tuple(judged),
            encoder=asker.encoder.info,
            count=index.info.count,
            depth=DEPTH,
        )


def _judged(asker: Asker, known: KnownQuery, answers: _Answers) -> Judged:
    words = (known.words,) if known.words else ()
    like = (known.picture,) if known.picture else ()
    try:
        query = Query(words, like)
        asked = asker.ask(query)
    except RelevanceError as error:
        return Judged(known.words, str(known.picture), reason=str(error))
    relevant = answers.digests(known) - asked.digests
    if not relevant:
        return Judged(known.words, str(known.picture), reason="the index has no picture of these")
    matches = best(asker.store, asked.signal, DEPTH, Filter(), asked.digests)
    hits = [match.row.content in relevant for match in matches]
    return Judged(
        words=known.words,
        picture=str(known.picture),
        n_relevant=len(relevant),
        figures=figures_of(hits, len(relevant), CUTOFFS),
    )


@dataclass(slots=True)
class _Answers:
    """Which pictures are relevant to what."""

    store: Store
    label_column: str | None
    _by_label: dict[str, set[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.label_column is not None:
            check_columns(self.store.info, [self.label_column])

    def digests(self, known: KnownQuery) -> frozenset[bytes]:
        """Return the pictures that a query should find."""
        if known.ids:
            return frozenset(row.content for row in self.store.rows(known.ids).values())
        if not self._by_label:
            self._by_label = self._read()
        return frozenset(self._by_label.get(known.label, ()))

    def _read(self) -> dict[str, set[bytes]]:
        found = defaultdict(set)
        for batch in self.store.batches(_BATCH):
            for row in batch.rows:
                found[self._label(row)].add(row.content)
        return found

    def _label(self, row: Row) -> str:
        if self.label_column is None:
            return row.folder
        return cell_text(row.columns.get(self.label_column))
