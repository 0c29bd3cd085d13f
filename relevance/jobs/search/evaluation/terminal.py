"""How well a search finds what it should, as a person reads it on standard output."""

from __future__ import annotations

from rich import box
from rich.markup import escape
from rich.table import Table

from relevance.jobs.search.evaluation.result import SearchEvaluation
from relevance.pages.wording import counted, share
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole

_WORST = 10
_SKIPPED = 12
_RANK = 10  # the cut-off that queries are shown by


def show_evaluation(found: SearchEvaluation) -> None:
    """Print means, the queries that did worst, and those that could not be asked."""
    console = ResultConsole()
    n_asked, mean = len(found.asked), found.mean
    console.print(
        f"{n_asked} queries of {printable(found.source)} over {counted(found.count, 'picture')} of "
        f"{printable(found.index)}, encoder {found.encoder.name}.",
        markup=False,
        soft_wrap=True,
    )
    table = Table(title="Means", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("k", justify="right")
    for name in ("P@k", "R@k", "nDCG@k"):
        table.add_column(name, justify="right")
    for k in mean.precision:
        figures = (mean.precision[k], mean.recall[k], mean.ndcg[k])
        table.add_row(str(k), *map(share, figures))
    console.print(table)
    console.print(f"MRR {share(mean.reciprocal_rank)} (among the first {found.depth})")
    console.print(_worst(found))
    for item in found.skipped[:_SKIPPED]:
        name = " ".join(filter(None, [item.words, printable(item.picture)]))
        console.print(f"Skipped: {name}: {item.reason}", markup=False, soft_wrap=True)
    rest = len(found.skipped) - _SKIPPED
    if rest > 0:
        console.print(f"… and {rest} more that were skipped; --json lists all.")


def _worst(found: SearchEvaluation) -> Table:
    table = Table(title="Queries that did worst", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("query", overflow="fold")
    for name in ("relevant", f"nDCG@{_RANK}", "1 / first rank"):
        table.add_column(name, justify="right", no_wrap=True)
    ranked = sorted(found.asked, key=lambda pair: pair[1].ndcg[_RANK])
    for item, figures in ranked[:_WORST]:
        name = " ".join(filter(None, [item.words, printable(item.picture)]))
        table.add_row(
            escape(name),
            str(item.n_relevant),
            share(figures.ndcg[_RANK]),
            share(figures.reciprocal_rank),
        )
    return table
