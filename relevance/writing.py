"""The files of a run, below the folder that the user named; older ones are replaced."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relevance.calibration import Calibration
from relevance.caption_results import Captions
from relevance.captions.files import Files
from relevance.category_results import Categories
from relevance.comparing import Comparison
from relevance.errors import UsageError
from relevance.results import Scores
from relevance.slugs import slug


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
    """
    existed = folder.exists()
    with _writing_to(folder):
        with tempfile.TemporaryFile(dir=folder):
            pass
        if not existed:
            folder.rmdir()


def check_spared(outputs: Iterable[Path], inputs: Iterable[Path | None]) -> None:
    """Make sure that nothing is written over what is read.

    Raises:
        UsageError: A file is both.
    """
    read = {path.resolve() for path in inputs if path}
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
        UsageError: A file cannot be written.
    """
    places = places_for(scores.keyword, folder)
    with _writing_to(folder):
        return Written(
            html=scores.to_html(places.html) if report else None,
            csv=scores.to_csv(places.csv),
            json=scores.to_json(places.json),
        )


def write_categories(found: Categories, folder: Path) -> WrittenCategories:
    """Write ``categories.html``, ``.csv``, ``.json`` and ``categories-means.csv``.

    Raises:
        UsageError: A file cannot be written.
    """
    with _writing_to(folder):
        return WrittenCategories(
            html=found.to_html(folder / "categories.html"),
            csv=found.to_csv(folder / "categories.csv"),
            means=found.means_to_csv(folder / "categories-means.csv"),
            json=found.to_json(folder / "categories.json"),
        )


def write_comparison(comparison: Comparison, folder: Path) -> WrittenComparison:
    """Write ``<slug>-compare.html`` and ``.csv`` beside the folder of runs.

    Raises:
        UsageError: A file cannot be written.
    """
    places = comparison_places(comparison.keyword, folder)
    with _writing_to(folder):
        comparison.to_html(places.html)
        comparison.to_csv(places.csv)
    return places


def comparison_places(keyword: str, folder: Path) -> WrittenComparison:
    """Say where the files of a comparison go."""
    name = f"{slug(keyword)}-compare"
    return WrittenComparison(folder / f"{name}.html", folder / f"{name}.csv", folder / name)


def write_caption_page(captions: Captions) -> Path:
    """Write a table's page beside the table that was written, under the same name.

    Raises:
        UsageError: It cannot be written.
    """
    with _writing_to(captions.output.parent):
        return captions.to_html(Files(captions.output).page)


def write_calibration(calibration: Calibration, file: Path) -> Path:
    """Write a calibration and, under the same name, its page; return the page.

    Raises:
        UsageError: One cannot be written.
    """
    from relevance.report.calibration import render_calibration  # brings matplotlib

    page = page_of(file)
    with _writing_to(file.parent):
        calibration.to_json(file)
        page.write_text(render_calibration(calibration), encoding="utf-8")
    return page


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Make the folder; what fails while files are written becomes an error that says what to do."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written ({error.strerror}); "
            "choose another place with --output-dir or --output."
        ) from error
