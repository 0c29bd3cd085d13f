"""What to label next -> a page where pictures are marked by key, and the marks saved as a table."""

from __future__ import annotations

from pathlib import Path, PurePath

from relevance.jobs.teach.result import Taught
from relevance.jobs.teach.wording import progress_words
from relevance.pages.page import render
from relevance.pages.thumbnails import thumbnails
from relevance.pictures.reading import MAX_PIXELS
from relevance.system.command_line import command_line
from relevance.system.names import from_here, printable

_PAGE = Path(__file__).parent / "templates" / "page.html"


def render_marking(taught: Taught, table: Path) -> str:
    """Render the page; ``table`` is the same as a file to fill in."""
    keyword = taught.lesson.calibration.basis.keyword
    places = [item.place for item in taught.suggested]
    small = thumbnails(places, MAX_PIXELS, cache=True, held=taught.held)
    return render(
        _PAGE,
        scripts=("mark.js",),
        data={
            "paths": [printable(place) for place in places],
            "known": [[printable(place), label] for place, label in taught.known],
        },
        keyword=keyword,
        command=command_line("teach", [keyword, "PATH"], ["--labels", "labels.csv"]),
        table=printable(table.name),
        progress=progress_words(taught.lesson.history),
        cards=[
            {
                "file": printable(PurePath(item.place).name),
                "path": printable(from_here(item.place)),
                "probability": item.probability,
                "thumbnail": thumbnail,
            }
            for item, thumbnail in zip(taught.suggested, small, strict=True)
        ],
    )
