"""The files of a run: the output under its working name, and the journal beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.captions.journal import Journal
from relevance.errors import UsageError
from relevance.sources import printable
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
        """The table while it grows."""
        return self.output.with_name(f"{self.output.name}.part")

    @property
    def page(self) -> Path:
        """The page about it."""
        return self.output.with_suffix(".html")

    @property
    def journal(self) -> Path:
        """What has been done."""
        return self.output.with_name(f"{self.output.name}.journal")

    def check(self, source: Path, *, resume: bool, report: bool) -> None:
        """Make sure, before the work, that the output can be written and nothing is lost by it.

        Raises:
            UsageError: It cannot, or the input would be written over, or an unfinished run be
                dropped.
        """
        kind_of(self.output)
        for path in (self.output, *([self.page] if report else [])):
            if path.is_dir():
                raise UsageError(f"{printable(path)} is a folder; name another --output.")
        if self.output.resolve() == source.resolve():
            raise UsageError(f"{printable(source)} would be written over; name another --output.")
        if self.journal.exists() and not resume:
            raise UsageError(
                f"A run that writes {printable(self.output)} is unfinished. Go on with it with "
                f"--resume, or delete {printable(self.journal)} to start over."
            )

    @contextmanager
    def running(self, facts: Mapping[str, Any]) -> Iterator[Journal]:
        """Open the journal; when all went well, give the output its name.

        Args:
            facts: All that the outcome of a row depends on.

        Raises:
            UsageError: The journal cannot be used, or a file not be written.
        """
        try:
            self.output.parent.mkdir(parents=True, exist_ok=True)
            journal = Journal(self.journal, facts)
        except OSError as error:
            raise UsageError(
                f"{printable(self.output)} cannot be written ({error.strerror}); choose another "
                "place with --output."
            ) from error
        try:
            yield journal
            self.part.replace(self.output)
        except BaseException:
            done = journal.n_rows
            journal.close()
            if done:
                _logger.warning("Stopped after %d rows; --resume goes on from there.", done)
            else:
                self._clear()
            raise
        journal.close()
        self._clear()

    def _clear(self) -> None:
        for path in (self.part, self.journal):
            path.unlink(missing_ok=True)
