"""The files of a run: the output under its working name, and the journal beside it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import PageError, UsageError
from relevance.exports.atomic import explained, put_file, together
from relevance.jobs.captions.journal import Journal
from relevance.system.names import printable
from relevance.tables import kind_of

_logger = logging.getLogger("relevance")


@dataclass(frozen=True, slots=True)
class Files:
    """Where a run writes.

    Attributes:
        output: The table, once it is done.
    """

    output: Path

    @property
    def part(self) -> Path:
        """The table while it grows; on the disk where it will stay, if the output is a link."""
        target = Path(os.path.realpath(self.output)) if self.output.is_symlink() else self.output
        return target.with_name(f"{target.name}.part")

    @property
    def page(self) -> Path:
        """The page about it."""
        return self.output.with_suffix(".html")

    @property
    def journal(self) -> Path:
        """What has been done."""
        return self.output.with_name(f"{self.output.name}.journal")

    def check(self, source: Path, *, report: bool) -> None:
        """Make sure that the output is a file, and not the input.

        Raises:
            UsageError: It is not.
        """
        kind_of(self.output)
        for path in (self.output, *([self.page] if report else [])):
            if path.is_dir():
                raise UsageError(f"{printable(path)} is a folder; name another --output.")
        if self.output.resolve() == source.resolve():
            raise UsageError(f"{printable(source)} would be written over; name another --output.")

    @contextmanager
    def running(self, *, resume: bool) -> Iterator[Journal]:
        """Take the output for this run alone; files that are written inside appear together.

        Args:
            resume: Whether to go on with a run that was stopped.

        Raises:
            UsageError: Another run is at work, an unfinished one would be dropped, or the place
                cannot be written to.
            OutputError: The disk is full, for example.
        """
        folder = self.output.parent
        existed = folder.exists()
        with explained(self.output):
            folder.mkdir(parents=True, exist_ok=True)
            journal = Journal(self.journal)
        if journal.n_rows and not resume:
            journal.close()
            raise UsageError(
                f"A run that writes {printable(self.output)} is unfinished. Go on with it with "
                f"--resume, or delete {printable(self.journal)} to start over."
            )
        try:
            with explained(self.output), together(), journal.guarded():
                yield journal
        except PageError:  # the table is there
            self._clear(journal)
            raise
        except BaseException:
            if not journal.n_rows:
                self._clear(journal)
                if not existed:
                    _remove_if_empty(folder)
            elif journal.has_begun:
                done = journal.n_rows
                _logger.warning("Stopped after %d rows; --resume goes on from there.", done)
            journal.close()
            raise
        self._clear(journal)

    def finish(self) -> None:
        """Give the table its name, together with what else is written in ``running``."""
        put_file(self.part, self.output)

    def _clear(self, journal: Journal) -> None:
        """Remove what only a run that goes on needs; who comes next finds no journal."""
        if os.name == "nt":  # removes no file that is open
            journal.close()
        for path in (self.part, self.journal):
            path.unlink(missing_ok=True)
        journal.close()


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
