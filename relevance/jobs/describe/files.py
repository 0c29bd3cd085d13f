"""The table of captions as a file, and beside it the journal of a run that is not done."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.exports.atomic import explained, put_file, together
from relevance.exports.places import check_files
from relevance.jobs.describe.journal import Journal
from relevance.jobs.describe.result import Descriptions
from relevance.pictures.fetching import is_address
from relevance.pictures.folders import ImageRef
from relevance.system.locations import is_folder
from relevance.system.names import printable
from relevance.tables import Batch, RowBatch, kind_of, open_writer

_logger = logging.getLogger("relevance")
_DECIMALS = 4  # embeddings are kept in half precision
_BATCH_ROWS = 4096


@dataclass(slots=True)
class _Rows:
    """The text columns of the table; ``Table`` to those who write it."""

    columns: tuple[str, ...]
    n_rows: int
    note: str = ""

    def batches(self, size: int) -> Iterator[Batch]:
        raise NotImplementedError  # nobody reads it


@dataclass(frozen=True, slots=True)
class Files:
    """Where a run writes.

    Attributes:
        output: The table.
    """

    output: Path

    @property
    def journal(self) -> Path:
        """Captions that are done, while others are not."""
        return self.output.with_name(f"{self.output.name}.journal")

    def check(self, inputs: Iterable[Path | None]) -> None:
        """Make sure that the table can be written, and is none of the inputs.

        Raises:
            UsageError: It is none that is known, is a folder, or lies where nothing can be written.
            OutputError: The disk is full, for example.
        """
        kind_of(self.output)
        if is_folder(self.output):
            raise UsageError(f"{printable(self.output)} is a folder; name another --output.")
        check_files([self.output], inputs)

    @contextmanager
    def running(self, *, resume: bool) -> Iterator[Journal]:
        """Take the output for this run alone; what is done stays when the run is stopped.

        Args:
            resume: Whether to go on with a run that was stopped.

        Raises:
            UsageError: Another run is at work, an unfinished one would be dropped, or the place
                cannot be written to.
            OutputError: The disk is full, for example.
        """
        with explained(self.output):
            self.output.parent.mkdir(parents=True, exist_ok=True)
        with closing(Journal(self.journal)) as journal:
            if journal.n_pictures and not resume:
                raise UsageError(
                    f"A run that writes {printable(self.output)} is unfinished. Go on with it with "
                    f"--resume, or delete {printable(self.journal)} to start over."
                )
            try:
                yield journal
            except BaseException:
                done = journal.count()
                if done:
                    _logger.warning("Stopped after %d pictures; --resume goes on there.", done)
                    raise
                self.journal.unlink(missing_ok=True)
                raise
        self.journal.unlink(missing_ok=True)

    def write(self, found: Descriptions) -> None:
        """Write the table, which appears when it is whole.

        Raises:
            UsageError: It cannot be written there.
            OutputError: The disk is full, for example.
        """
        part = self.output.with_name(f"{self.output.name}.part")
        names = ("path", "caption", "status", "reason", "model")
        folder = os.path.abspath(self.output.parent)
        columns = [
            [place_from(folder, ref) for ref in found.refs],
            *(found.captions, found.status, found.column_of_reasons),
            [found.model] * len(found.refs),
        ]
        similarity = [round(v, _DECIMALS) if v == v else None for v in found.similarity.tolist()]
        with explained(self.output), together():
            self.output.parent.mkdir(parents=True, exist_ok=True)
            source = _Rows(names, len(found.refs))
            added = {"similarity": float}
            try:
                with closing(open_writer(part, kind_of(self.output), source, added)) as writer:
                    for start in range(0, len(found.refs), _BATCH_ROWS):
                        some = slice(start, start + _BATCH_ROWS)
                        cells = list(zip(*[column[some] for column in columns], strict=True))
                        writer.write(RowBatch(cells), {"similarity": similarity[some]})
                put_file(part, self.output)
            except BaseException:
                part.unlink(missing_ok=True)
                raise


def place_from(folder: str, ref: ImageRef) -> str:
    """Return where a picture is for who reads a table that lies in a folder.

    What lies below the folder has a path from there, so that both can be moved together; other
    files have their whole path, addresses and pictures in memory stay what they are.
    """
    if ref.held or is_address(ref.place):
        return ref.place
    path = os.path.abspath(ref.place)
    return path.removeprefix(os.path.join(folder, ""))
