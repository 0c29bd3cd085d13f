"""Models side by side, as a person reads them on standard output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relevance.jobs.compare.files import Written
from relevance.jobs.compare.folding import folded
from relevance.jobs.compare.result import Comparison
from relevance.jobs.compare.standing import Standing
from relevance.jobs.compare.wording import (
    answer,
    busy_note,
    gain,
    how_timed,
    megabytes,
    one_order,
    timed,
)
from relevance.pages.wording import share
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files


def show_comparison(comparison: Comparison, written: Written) -> None:
    """Print the answer, a row a run, failures and where the files are."""
    console = ResultConsole()
    console.print(answer(comparison), markup=False)
    kept = [item.standing for item in folded(comparison.standings)]
    if comparison.is_judged:
        console.print(_quality(comparison, kept))
        console.print("* no other run is both better and faster (Pareto front)")
    console.print(_cost(comparison, kept))
    console.print(f"pictures/s: median of {how_timed(kept)}", markup=False)
    for line in filter(None, (one_order(comparison), busy_note(kept))):
        console.print(line, markup=False)
    _show_agreement(console, comparison, kept)
    for line in comparison.provenance["warnings"]:
        console.print(line, markup=False)
    for standing in kept:
        for line in standing.run.warnings:
            console.print(f"{standing.run.name}: {line}", markup=False)
    skipped = sum(map(bool, comparison.standings[0].run.reasons))
    if skipped:
        console.print(
            f"Skipped {skipped} of {len(comparison.places)} pictures, listed in the report."
        )
    for failure in comparison.failures:
        reason = printable(f"{failure.model} was not measured: {failure.reason}")
        console.print(reason, markup=False)
    files = [
        ("Report (open it in a browser)", written.html),
        ("Table", written.csv),
        ("Runs", written.runs),
    ]
    show_files(console, files)


def _show_agreement(console: Console, comparison: Comparison, kept: Sequence[Standing]) -> None:
    """Say how far orders agree: not of runs shown as another, nor where all scores are the same."""
    for item in comparison.disagreements:
        is_shown = any(item.other is standing.run for standing in kept)
        if is_shown and not math.isnan(item.spearman):
            console.print(
                f"{item.other.name} ranks the pictures like {item.first.name} to "
                f"{share(item.spearman, 2)} (Spearman)",
                markup=False,
            )


def _quality(comparison: Comparison, kept: Sequence[Standing]) -> Table:
    table = Table(title=f"{escape(comparison.keyword)}: quality", box=box.SIMPLE_HEAD)
    table.add_column("model", min_width=8, overflow="fold")
    best = comparison.standings[0].best
    k = best.k if best else ""
    names = ("ROC AUC\n(95 %)", "less that of\nthe first", "avg.\nprec.", f"P@{k}", f"nDCG@{k}")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for standing in kept:
        table.add_row(*_quality_cells(standing))
    return table


def _quality_cells(standing: Standing) -> list[str]:
    auc, precision, best = standing.roc_auc, standing.average_precision, standing.best
    assert auc is not None
    assert precision is not None
    assert best is not None
    return [
        escape(standing.run.name) + (" *" if standing.on_front else ""),
        f"{share(auc.value)}\n{share(auc.low, 2)} to {share(auc.high, 2)}",
        gain(standing.auc_gain),
        share(precision.value),
        share(best.precision, 2),
        share(best.ndcg, 2),
    ]


def _cost(comparison: Comparison, kept: Sequence[Standing]) -> Table:
    table = Table(title=f"{escape(comparison.keyword)}: cost", box=box.SIMPLE_HEAD)
    table.add_column("model", min_width=8, overflow="fold")
    for name in ("pictures/s", "start s", "peak MB", "disk MB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("licence", overflow="fold")
    for standing in kept:
        run = standing.run
        table.add_row(
            escape(run.name),
            f"{run.rate:.1f}\n{timed(standing)}",
            f"{run.start_seconds:.1f}",
            megabytes(run.peak_bytes),
            megabytes(run.encoder["disk_bytes"]),
            escape(run.encoder["licence"] or "not known"),
        )
    for failure in comparison.failures:
        table.add_row(escape(failure.model), "failed", *["-"] * 4)
    return table
