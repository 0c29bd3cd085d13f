"""Many keywords as a person reads them: Rich tables on standard output."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relevance.jobs.categories.files import Written
from relevance.jobs.categories.result import Categories
from relevance.jobs.categories.wording import (
    aside_note,
    category_answer,
    category_explanation,
    folders_compete,
    nameless_note,
)
from relevance.judging.scoring import unit_of
from relevance.pages.wording import number
from relevance.system.names import told_apart
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files, show_left_out

_SHOWN_KEYWORDS = 30
_SHOWN_PAIRS = 5


def show_categories(found: Categories, written: Written) -> None:
    """Print keywords, the answer, what is confused or was skipped, and where the files are."""
    console = ResultConsole()
    console.print(_keyword_table(found))
    if len(found.keywords) > _SHOWN_KEYWORDS:
        console.print(f"and {len(found.keywords) - _SHOWN_KEYWORDS} more keywords, in the files")
    sentences = category_answer(found), category_explanation(found), nameless_note(found)
    for sentence in (*sentences, aside_note(found.provenance["set_aside"])):
        if sentence:
            console.print(sentence, markup=False)
    _show_confused(console, found)
    show_left_out(console, found.skipped_rows, len(found.places), found.provenance)
    files = [
        ("Page (open it in a browser)", written.html),
        ("Table", written.csv),
        ("Means", written.means),
        ("JSON", written.json),
    ]
    show_files(console, files)


def _keyword_table(found: Categories) -> Table:
    table = Table(title=f"{len(found.keywords)} keywords by {unit_of(found.encoder)}")
    table.add_column("keyword", min_width=8)
    table.add_column("folder with the highest mean", min_width=8)
    table.add_column("mean", justify="right")
    table.add_column("its own?")
    table.add_column("pictures right", justify="right")
    pictures, folders = found.confusion_matrix.sum(axis=1), told_apart(found.folders)
    for row, keyword in enumerate(found.keywords[:_SHOWN_KEYWORDS]):
        best = int(found.best_folder[row])
        right = f"{found.confusion_matrix[row, row]} of {pictures[row]}" if pictures[row] else "–"
        table.add_row(
            escape(keyword),
            escape(folders[best]),
            number(float(found.mean_matrix[row, best])),
            _is_own(found, row),
            right,
        )
    return table


def _is_own(found: Categories, row: int) -> str:
    if not found.has_own_folder[row] or not folders_compete(found):
        return "–"
    return "yes" if found.fits_own_folder[row] else "no"


def _show_confused(console: Console, found: Categories) -> None:
    pairs = found.confused_pairs[:_SHOWN_PAIRS]
    if not pairs:
        return
    console.print("Most confused:")
    for pair in pairs:
        console.print(
            f"  {found.keywords[pair.true]} called {found.keywords[pair.best]}: {pair.count} of "
            f"{found.confusion_matrix[pair.true].sum()}",
            markup=False,
        )
