"""Models side by side, as a person reads them on standard output."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relevance.comparing import Comparison
from relevance.comparison.standing import Standing
from relevance.report.comparison_wording import answer, gain, megabytes
from relevance.report.wording import number
from relevance.writing import WrittenComparison


def show_comparison(comparison: Comparison, written: WrittenComparison) -> None:
    """Print the answer, a row a run, failures and where the files are."""
    console = Console(highlight=False)
    console.print(answer(comparison), markup=False)
    console.print(_table(comparison))
    for item in comparison.disagreements:
        console.print(
            f"{item.other.name} ranks the pictures like {item.first.name} to "
            f"{number(item.spearman, 2)} (Spearman)",
            markup=False,
        )
    for line in comparison.provenance["warnings"]:
        console.print(line, markup=False)
    for standing in comparison.standings:
        for line in standing.run.warnings:
            console.print(f"{standing.run.name}: {line}", markup=False)
    skipped = sum(map(bool, comparison.standings[0].run.reasons))
    if skipped:
        console.print(
            f"Skipped {skipped} of {len(comparison.places)} pictures, listed in the report."
        )
    for failure in comparison.failures:
        console.print(f"{failure.model} was not measured: {failure.reason}", markup=False)
    for kind, path in (
        ("Report (open it in a browser)", written.html),
        ("Table", written.csv),
        ("Runs", written.runs),
    ):
        console.print(f"{kind}: {path}", markup=False, soft_wrap=True)


def _table(comparison: Comparison) -> Table:
    table = Table(title=f"{escape(comparison.keyword)}: models side by side", box=box.SIMPLE_HEAD)
    table.add_column("model", min_width=8, overflow="fold")
    if comparison.is_judged:
        table.add_column("ROC AUC\n(95 %)", justify="right", no_wrap=True)
        table.add_column("less that of\nthe first", justify="right", no_wrap=True)
        table.add_column("avg.\nprec.", justify="right", no_wrap=True)
    for name in ("pict./\ns", "start\ns", "peak\nMB"):
        table.add_column(name, justify="right", no_wrap=True)
    for standing in comparison.standings:
        table.add_row(*_cells(standing, is_judged=comparison.is_judged))
    return table


def _cells(standing: Standing, *, is_judged: bool) -> list[str]:
    run = standing.run
    cells = [escape(run.name) + (" *" if standing.on_front else "")]
    auc, precision = standing.roc_auc, standing.average_precision
    if is_judged and auc and precision:
        cells += [
            f"{number(auc.value)}\n{number(auc.low, 2)} to {number(auc.high, 2)}",
            gain(standing.auc_gain),
            number(precision.value),
        ]
    return [
        *cells,
        f"{run.rate:.1f}",
        f"{run.start_seconds:.1f}",
        megabytes(run.peak_bytes),
    ]
