"""Pictures and captions: ``caption_table`` for files, ``caption_similarity`` for DataFrames."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import cache_of, open_for_words
from relevance.embedding.fetched import PictureReader
from relevance.embedding.watching import watched
from relevance.encoders import Encoder
from relevance.jobs.captions.cells import pair_of, pairs_of
from relevance.jobs.captions.columns import ADDED, Columns, choose_columns
from relevance.jobs.captions.files import Files
from relevance.jobs.captions.journal import Journal, RowScore
from relevance.jobs.captions.pairs import ShownPicture
from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.retrieval import retrieval_of
from relevance.jobs.captions.scoring import BATCH_ROWS, PairScorer
from relevance.jobs.captions.settings import PairChoices, PairSettings, checked_folder
from relevance.jobs.captions.tally import Tally
from relevance.jobs.captions.wording import several_pictures
from relevance.judging.provenance import versions
from relevance.judging.scoring import OK, SKIPPED
from relevance.pictures.reading import READING
from relevance.system.command_line import command_line, option
from relevance.system.finding import meant
from relevance.system.names import printable
from relevance.tables import Table, kind_of, open_table, open_writer

if TYPE_CHECKING:
    import pandas as pd

_VERSION = 3  # of what a journal holds
_KINDS: dict[str, type[float | str]] = dict(zip(ADDED, (float, float, str, str), strict=True))
_DECIMALS = {"similarity": 6, "clip_score": 4}
_logger = logging.getLogger("relevance")

_Cell = TypeVar("_Cell")


@watched("rows")
def caption_similarity(
    df: pd.DataFrame,
    image_column: str | None = None,
    caption_column: str | None = None,
    *,
    folder: str | Path = ".",
    progress: Watch = None,
    **choices: Unpack[PairChoices],
) -> pd.DataFrame:
    """Say for each row of a DataFrame how well its picture fits its caption.

    Args:
        df: A row a pair. It is left as it is.
        image_column: Column of pictures: ``PIL.Image.Image``, arrays ``(height, width, 3)`` of
            uint8, a file's bytes,
            ``{"bytes": …, "path": …}`` as Hugging Face datasets have it, paths, or addresses:
            ``http(s)``, ``file``, ``data``, ``s3``, ``gs``, ``az``, and what ``allow_schemes``
            adds. Guessed from the names if not given.
        caption_column: Column of captions; the same.
        folder: Where relative paths start.
        progress: Called with an ``Advance``, in rows.
        **choices: model, distance, max_pixels, precision, device, cache, long_captions,
            connections, timeout, max_megabytes, allow_schemes, only_below, public_only and prefix;
            see ``captions.settings.PairChoices``.

    Returns:
        The same rows, index and columns, and four more: ``similarity`` (float64, cosine unless
        another distance was asked for), ``clip_score`` (100 · max(cosine, 0); see
        ``captions.scoring.clip_score``), ``status`` ("ok" or "skipped") and ``reason``.

    Raises:
        UsageError: A column or choice cannot be used.
        TypeError: It is no DataFrame, or there is no such choice.
        ModelLoadError: The encoder cannot be loaded.
    """
    import pandas as pd

    if not isinstance(df, pd.DataFrame):
        kind = type(df).__name__
        raise TypeError(f"df must be a DataFrame, not {kind}; caption_table takes a file")
    settings = PairSettings.of(**choices).beside(list(df.columns), ADDED)
    start = checked_folder(folder)
    image, caption, note = choose_columns(
        list(df.columns), image_column, caption_column, settings.prefix
    )
    _logger.info("%s", note)
    encoder, _ = open_for_words(settings.engine)
    pairs = (pair_of(*cells) for cells in zip(df[image], df[caption], strict=True))
    batches = iter(lambda: list(islice(pairs, BATCH_ROWS)), [])
    scores: list[RowScore] = []
    tally = Tally()
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(Journal(Path(scratch, "journal"))) as journal,
        journal.guarded(),
        _scorer(
            encoder, settings, start, journal, tally, progress=progress, n_rows=len(df)
        ) as scorer,
    ):
        for _, done in scorer.run((batch, batch) for batch in batches):
            scores += done
    if tally.n_several:
        _logger.info("%s", several_pictures(tally.n_several))
    added = pd.DataFrame(_columns(scores, {}), index=df.index).astype(_KINDS)
    return df.assign(**{settings.prefix + name: added[name] for name in ADDED})


@watched("rows")
def caption_table(
    table: str | Path,
    output: str | Path | None = None,
    *,
    image_column: str | None = None,
    caption_column: str | None = None,
    encoding: str | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    report: bool = False,
    retrieval: bool = False,
    progress: Watch = None,
    finish: Callable[[Captions], object] | None = None,
    **choices: Unpack[PairChoices],
) -> Captions:
    """Add to a table in a file how well each picture fits its caption, whatever its size.

    Rows are written as they are done, to a file that ends in ``.part`` and takes its name at the
    end. Beside it grows a journal, with which a run that was stopped can go on.

    Args:
        table: CSV, TSV, JSON Lines, Parquet or Arrow file.
        output: File to write, of any of these kinds; ``<table>-similarity`` if not given.
        image_column: As for ``caption_similarity``, like the next and ``progress``.
        caption_column: Column of captions.
        encoding: Encoding of a CSV or TSV file; found out if not given.
        folder: Where relative paths of pictures start; the table's folder if not given.
        resume: Go on where a run was stopped, if there is one. The result is that of a run that
            was not.
        report: Keep thumbnails of what the page shows; see ``Captions.to_html``.
        retrieval: Also rank all captions for each picture and all pictures for each caption.
        progress: Called with an ``Advance``, in rows.
        finish: Called with the result before the table takes its name: files that it writes appear
            together with the table, or neither does.
        **choices: See ``captions.settings.PairChoices``.

    Raises:
        UsageError: Something cannot be used, or an unfinished run is in the way.
        ModelLoadError: The encoder cannot be loaded.
    """
    source = meant(table)
    kind_of(source)
    target = source.with_stem(f"{source.stem}-similarity") if output is None else Path(output)
    files = Files(target)
    files.check(source, report=report)
    settings = PairSettings.of(**choices)
    start = source.parent if folder is None else checked_folder(folder)
    with files.running(resume=resume) as journal:  # first of all: another run may be at work
        opened = open_table(source, encoding)
        settings = settings.beside(opened.columns, ADDED)
        columns = choose_columns(opened.columns, image_column, caption_column, settings.prefix)
        for note in (opened.note and f"{printable(source)}: {opened.note}.", columns.note):
            if note:
                _logger.info("%s", note)
        run = _FileRun(
            source=source,
            files=files,
            table=opened,
            columns=columns,
            settings=settings,
            encoding=encoding,
            folder=start,
            report=report,
            retrieval=retrieval,
        )
        captions = run.captions(journal, progress)
        if finish:
            finish(captions)
    return captions


@dataclass(frozen=True, slots=True)
class _FileRun:
    """One call of ``caption_table``, checked."""

    source: Path
    files: Files
    table: Table
    columns: Columns
    settings: PairSettings
    encoding: str | None
    folder: Path
    report: bool
    retrieval: bool

    def captions(self, journal: Journal, progress: Watch) -> Captions:
        """Score the table, write it, and say what came of it."""
        encoder, choice = open_for_words(self.settings.engine)
        tally = Tally()
        journal.begin(self._facts(encoder))
        if journal.n_rows:
            _logger.info("Going on after %d rows.", journal.n_rows)
        pictures = self._score(encoder, journal, tally, progress)
        ranked = retrieval_of(journal) if self.retrieval else None
        self.files.finish()
        return Captions(
            source=printable(self.source),
            output=self.files.output,
            image_column=self.columns.image,
            caption_column=self.columns.caption,
            encoder=encoder.info,
            distance=self.settings.engine.distance,
            folder=printable(self.folder),
            long_captions=self.settings.long_captions,
            tally=tally,
            pictures=pictures,
            retrieval=ranked,
            provenance={
                "command": self._command(encoder.info.name),
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "encoder_choice": choice,
                "versions": versions(),
                "max_pixels": self.settings.engine.max_pixels,
                "cache": self.settings.engine.cache,
            },
        )

    def _score(
        self, encoder: Encoder, journal: Journal, tally: Tally, progress: Watch
    ) -> dict[bytes, ShownPicture]:
        """Score and write all rows; return the pictures of the page."""
        kind = kind_of(self.files.output)
        columns, prefix = self.columns, self.settings.prefix
        batches = pairs_of(self.table, columns.image, columns.caption, BATCH_ROWS)
        with (
            closing(
                open_writer(self.files.part, kind, self.table, _prefixed(prefix, _KINDS))
            ) as writer,
            _scorer(
                encoder,
                self.settings,
                self.folder,
                journal,
                tally,
                progress=progress,
                n_rows=self.table.n_rows,
                thumbnails=self.report,
            ) as scorer,
        ):
            for batch, scores in scorer.run(batches):
                writer.write(batch, _prefixed(prefix, _columns(scores, _DECIMALS)))
            return scorer.shown() if self.report else {}

    def _facts(self, encoder: Encoder) -> dict[str, Any]:
        """Everything that the outcome of a row depends on, but what servers do."""
        with self.source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        engine, doors = self.settings.engine, self.settings.doors
        return {
            "version": [_VERSION, BATCH_ROWS, READING],
            "table": digest,
            "pictures": self.columns.image,
            "captions": self.columns.caption,
            "encoding": self.encoding,
            "folder": str(self.folder.resolve()),
            "timeout": self.settings.limits.seconds,
            "most megabytes": self.settings.limits.megabytes,
            "allowed schemes": sorted(doors.schemes),
            "only below": str(doors.only_below.resolve()) if doors.only_below else None,
            "public only": doors.public_only,
            "model": f"{encoder.info.name} {encoder.info.fingerprint}",
            "distance": engine.distance,
            "max pixels": engine.max_pixels,
            "long captions": self.settings.long_captions,
            "prefix": self.settings.prefix,
            "report": self.report,
        }

    def _command(self, model: str) -> str:
        words = option("--image-column", self.columns.image)
        words += option("--caption-column", self.columns.caption)
        words += option("--output", str(self.files.output))
        words += ["--encoding", self.encoding] if self.encoding else []
        if self.folder != self.source.parent:
            words += option("--folder", str(self.folder))
        words += ["--report"] if self.report else []
        words += ["--retrieval"] if self.retrieval else []
        return command_line("captions", [self.source], [*words, *self.settings.words(model)])


@contextmanager
def _scorer(
    encoder: Encoder,
    settings: PairSettings,
    folder: Path,
    journal: Journal,
    tally: Tally,
    *,
    progress: Watch,
    n_rows: int,
    thumbnails: bool = False,
) -> Iterator[PairScorer]:
    """Put the engine together; its threads end with the block."""
    engine = settings.engine
    with ExitStack() as stack:
        cache = stack.enter_context(cache_of(encoder, engine))
        reader = stack.enter_context(
            PictureReader(
                encoder,
                folder,
                settings.limits,
                settings.doors,
                cache=cache,
                max_pixels=engine.max_pixels,
                with_thumbnails=thumbnails,
            )
        )
        yield PairScorer(
            encoder,
            reader,
            journal,
            tally,
            cache=cache,
            distance=engine.distance,
            long=settings.long_captions,
            progress=progress,
            n_rows=n_rows,
        )


def _columns(scores: Sequence[RowScore], decimals: Mapping[str, int]) -> dict[str, list[Any]]:
    """Return the columns to add: by name, a cell for each row, None where there is no number."""
    cells: dict[str, list[Any]] = {
        "similarity": [score.similarity for score in scores],
        "clip_score": [score.clip_score for score in scores],
        "status": [SKIPPED if score.reason else OK for score in scores],
        "reason": [score.reason for score in scores],
    }
    for name, places in decimals.items():
        cells[name] = [None if value is None else round(value, places) for value in cells[name]]
    return cells


def _prefixed(prefix: str, columns: Mapping[str, _Cell]) -> dict[str, _Cell]:
    return {prefix + name: cells for name, cells in columns.items()}
