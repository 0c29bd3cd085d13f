"""What became of vectors, as a person reads it on standard output."""

from __future__ import annotations

from relevance.jobs.embed.result import Written
from relevance.pages.wording import counted
from relevance.terminal.console import ResultConsole
from relevance.terminal.left_out import show_files, show_left_out


def show_written(written: Written) -> None:
    """Print how many vectors there are, what was skipped and where the files are."""
    console = ResultConsole()
    info, count = written.encoder, written.n_pictures - len(written.skipped)
    console.print(
        f"{counted(count, 'unit vector')} of {info.dim} dimensions by {info.name} "
        f"({info.precision}).",
        markup=False,
    )
    facts = {**written.left_out, "pictures_from_cache": written.cached}
    show_left_out(console, written.skipped, written.n_pictures, facts)
    show_files(console, [("Vectors", written.file), ("Their rows", written.table)])
