"""Before and while a run writes: places that can be written, nothing written over what is read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from relevance.errors import BY_OPTION, PageError, UsageError, unwritable
from relevance.exports.atomic import explained, put_text, together
from relevance.system.finding import meant
from relevance.system.names import printable


def check_writable(folder: Path, by: str = BY_OPTION) -> None:
    """Make sure, before the long work rather than after it, that files can be written.

    ``by`` says how another place is chosen; see ``errors.unwritable``.

    Raises:
        UsageError: The folder cannot be made or written to.
        OutputError: The disk is full, for example.
    """
    existed = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        if not existed:
            folder.rmdir()
    except OSError as error:  # which may name the file that was tried
        raise unwritable(folder, error, by) from error


def check_spared(outputs: Iterable[Path], inputs: Iterable[Path | None]) -> None:
    """Make sure that nothing is written over what is read.

    Raises:
        UsageError: A file is both.
    """
    read = {meant(path).resolve() for path in inputs if path}
    for path in outputs:
        if path.resolve() in read:
            raise UsageError(
                f"{path} is read and would be written over; choose another place with "
                "--output-dir or --output."
            )


def check_files(outputs: Sequence[Path], inputs: Iterable[Path | None]) -> None:
    """Make sure that files, which lie in one folder, can be written and that none is read.

    Raises:
        UsageError, OutputError: As for ``check_writable`` and ``check_spared``.
    """
    check_writable(outputs[0].parent)
    check_spared(outputs, inputs)


@contextmanager
def files_in(folder: Path) -> Iterator[None]:
    """Make the folder; the files that are written inside appear together or not at all.

    Tables come before the page, so that a page that cannot be drawn costs nothing else.

    Raises:
        UsageError: A file cannot be written there.
        OutputError: The disk is full, for example.
    """
    with explained(folder), together():
        folder.mkdir(parents=True, exist_ok=True)
        yield


def draw(page: Path, html_text: Callable[[Path], str]) -> Path:
    """Draw and write a page; raises ``PageError`` where it cannot be drawn."""
    try:
        text = html_text(page)
        text.encode()  # what is no text fails here rather than while it is written
    except Exception as error:  # whatever a chart did not foresee must not cost the tables
        raise PageError(
            f"The page {printable(page)} could not be drawn ({type(error).__name__}: {error}); "
            "everything else that the run found has been written. --debug shows where it failed."
        ) from error
    return put_text(page, text)
