"""Many lessons as a person reads them: a table on standard output."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from relevance.jobs.teach.categories.result import Category, TaughtCategories
from relevance.jobs.teach.files import lesson_name
from relevance.pages.wording import counted, share
from relevance.system.command_line import command_line
from relevance.system.names import printable
from relevance.terminal.console import ResultConsole


def show_lessons(taught: TaughtCategories, folder: Path) -> None:
    """Print a line a keyword, those that could not be taught with the reason, and how to go on."""
    console = ResultConsole()
    table = Table(title="On pictures that the lesson had not seen")
    table.add_column("keyword", min_width=8)
    for name in ("n", "AUC words", "AUC taught"):
        table.add_column(name, justify="right")
    for category in taught.categories:
        if category.lesson:
            table.add_row(escape(category.keyword), str(category.n_relevant), *_figures(category))
    console.print(table)
    for category in taught.categories:
        if category.reason:
            console.print(
                f"Left out: {category.keyword}: {category.reason}", markup=False, soft_wrap=True
            )
    if any(item.lesson and not item.lesson.taught for item in taught.categories):
        console.print("–: too few pictures of it to leave any out and measure.", markup=False)
    keyword = next(iter(taught.lessons))
    console.print(
        f"{counted(len(taught.lessons), 'lesson')} in {printable(folder)}",
        markup=False,
        soft_wrap=True,
    )
    use = command_line("score", [keyword, "PATH"], ["--lesson", str(folder / lesson_name(keyword))])
    console.print(f"Use one: {use}", markup=False, soft_wrap=True)


def _figures(category: Category) -> list[str]:
    values = category.figures().values()
    return ["–" if value is None else share(value) for value in values]
