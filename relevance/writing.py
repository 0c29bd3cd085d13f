"""The files of a run, below the folder that the user named; older ones are replaced together.

Tables come before the page, so that a page that cannot be drawn costs nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import PageError, UsageError, unwritable
from relevance.exports.atomic import explained, put_text, together
from relevance.exports.slugs import slug
from relevance.jobs.captions.files import Files
from relevance.jobs.captions.result import Captions
from relevance.jobs.categories.result import Categories
from relevance.jobs.compare.job import Comparison
from relevance.jobs.score.result import Scores
from relevance.judging.calibration import Calibration
from relevance.system.finding import meant
from relevance.system.names import printable


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a keyword go."""

    html: Path
    csv: Path
    json: Path


@dataclass(frozen=True, slots=True)
class Written:
    """Where the files of a keyword are."""

    html: Path | None
    csv: Path
    json: Path


@dataclass(frozen=True, slots=True)
class WrittenCategories:
    """Where the files of many keywords are."""

    html: Path
    csv: Path
    means: Path
    json: Path


@dataclass(frozen=True, slots=True)
class WrittenComparison:
    """Where the files of a comparison are."""

    html: Path
    csv: Path
    runs: Path


def check_writable(folder: Path) -> None:
    """Make sure, before the long work rather than after it, that files can be written.

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
        raise unwritable(folder, error) from error


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


def places_for(keyword: str, folder: Path) -> Places:
    """Say where the files of a keyword go."""
    name = slug(keyword)
    return Places(folder / f"{name}.html", folder / f"{name}.csv", folder / f"{name}.json")


def page_of(file: Path) -> Path:
    """Say where the page beside a calibration goes; raises ``UsageError`` if in its place."""
    page = file.with_suffix(".html")
    if page == file:
        raise UsageError(f"{file} is the page's name; choose one that ends in .json with --output.")
    return page


def write_all(scores: Scores, folder: Path, *, report: bool = True) -> Written:
    """Write ``<slug>.html``, ``<slug>.csv`` and ``<slug>.json``.

    Args:
        scores: What to write.
        folder: Where to.
        report: Whether to write the ``.html``, which takes longer than a search in the cache.

    Raises:
        UsageError: A file cannot be written there.
        OutputError: The disk is full, for example.
        PageError: The page could not be drawn; the other files are there.
    """
    places = places_for(scores.keyword, folder)
    with _files_in(folder):
        scores.to_csv(places.csv)
        scores.to_json(places.json)
        if report:
            _draw(places.html, scores.html_text)
    return Written(places.html if report else None, places.csv, places.json)


def write_categories(found: Categories, folder: Path) -> WrittenCategories:
    """Write ``categories.html``, ``.csv``, ``.json`` and ``categories-means.csv``.

    Raises:
        UsageError, OutputError, PageError: As for ``write_all``.
    """
    with _files_in(folder):
        return WrittenCategories(
            csv=found.to_csv(folder / "categories.csv"),
            means=found.means_to_csv(folder / "categories-means.csv"),
            json=found.to_json(folder / "categories.json"),
            html=_draw(folder / "categories.html", found.html_text),
        )


def write_comparison(comparison: Comparison, folder: Path) -> WrittenComparison:
    """Write ``<slug>-compare.html`` and ``.csv`` beside the folder of runs.

    Raises:
        UsageError, OutputError, PageError: As for ``write_all``.
    """
    places = comparison_places(comparison.keyword, folder)
    with _files_in(folder):
        comparison.to_csv(places.csv)
        _draw(places.html, comparison.html_text)
    return places


def comparison_places(keyword: str, folder: Path) -> WrittenComparison:
    """Say where the files of a comparison go."""
    name = f"{slug(keyword)}-compare"
    return WrittenComparison(folder / f"{name}.html", folder / f"{name}.csv", folder / name)


def caption_page(captions: Captions) -> Path:
    """Say where a table's page goes."""
    return Files(captions.output).page


def write_caption_page(captions: Captions) -> Path:
    """Write a table's page beside the table, under the same name; ``caption_table`` calls it.

    Raises:
        UsageError, OutputError, PageError: As for ``write_all``.
    """
    with _files_in(captions.output.parent):
        return _draw(caption_page(captions), captions.html_text)


def write_calibration(calibration: Calibration, file: Path) -> Path:
    """Write a calibration and, under the same name, its page; return the page.

    Raises:
        UsageError, OutputError, PageError: As for ``write_all``.
    """

    def html_text(_: Path) -> str:
        from relevance.jobs.calibrate.page import render_calibration  # brings matplotlib

        return render_calibration(calibration)

    page = page_of(file)
    with _files_in(file.parent):
        calibration.to_json(file)
        return _draw(page, html_text)


@contextmanager
def _files_in(folder: Path) -> Iterator[None]:
    """Make the folder; the files that are written inside appear together or not at all."""
    with explained(folder), together():
        folder.mkdir(parents=True, exist_ok=True)
        yield


def _draw(page: Path, html_text: Callable[[Path], str]) -> Path:
    """Draw and write a page."""
    try:
        text = html_text(page)
        text.encode()  # what is no text fails here rather than while it is written
    except Exception as error:  # whatever a chart did not foresee must not cost the tables
        raise PageError(
            f"The page {printable(page)} could not be drawn ({type(error).__name__}: {error}); "
            "everything else that the run found has been written. --debug shows where it failed."
        ) from error
    return put_text(page, text)
