"""Several keywords as a person reads them: a row each on standard output."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from relevance.encoders.base import IntArray
from relevance.jobs.score.keywords.files import Written
from relevance.jobs.score.keywords.result import KeywordScores
from relevance.jobs.score.keywords.wording import answer, headline, short_folders
from relevance.judging.scoring import unit_of
from relevance.pages.wording import number, share
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files, show_left_out


def show_keyword_scores(scores: KeywordScores, written: Written, listed: IntArray | None) -> None:
    """Print keywords, the answer, pictures to list, what was skipped and where the files are."""
    console = ResultConsole()
    console.print(_table(scores))
    console.print(f"{headline(scores)}.", markup=False)
    console.print(answer(scores), markup=False)
    shown = scores.shown_keywords
    for row in [] if listed is None else listed[scores.is_scored[listed]].tolist():
        line = f"  {scores.path[row]}: {', '.join(shown[row]) or 'none'}"
        console.print(line, markup=False, soft_wrap=True)
    show_left_out(console, scores.skipped_rows, len(scores.places), scores.provenance)
    files = [
        ("Page (open it in a browser; it leads to those of the keywords)", written.html),
        ("Table", written.csv),
        ("Table as Parquet", written.parquet),
        ("JSON", written.json),
    ]
    show_files(console, files)


def _table(scores: KeywordScores) -> Table:
    facts = [scores.facts(number) for number in range(len(scores.keywords))]
    is_labelled = any(row["labelled"] for row in facts)
    table = Table(title=f"{len(facts)} keywords by {unit_of(scores.encoder)}")
    table.add_column("keyword", min_width=8)
    table.add_column("pictures\nthat show it", justify="right")
    table.add_column("folder with the highest mean", min_width=8)
    table.add_column("mean", justify="right")
    if is_labelled:
        table.add_column("ROC AUC", justify="right")
        table.add_column("wrong\nverdicts", justify="right")
    names = short_folders(scores)
    for row in facts:
        labelled = row["labelled"]
        judged = (share(labelled["roc_auc"]), str(labelled["wrong"])) if labelled else ("–", "–")
        table.add_row(
            escape(row["keyword"]),
            f"{row['n_relevant']} of {scores.n_scored}",
            escape(names[row["best_folder"]]),
            number(row["best_mean"]),
            *(judged if is_labelled else ()),
        )
    return table
