"""What a search found -> one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from relevance.embedding.fetched import THUMBNAIL
from relevance.index.search.found import Found, Hit
from relevance.index.search.query import Given, name_of
from relevance.index.search.wording import (
    answer,
    explanation,
    places,
    short_name,
    worth,
    worth_name,
)
from relevance.pages.links import link
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import data_uri, thumbnails
from relevance.pictures.fetching import Doors, Fetcher, Limits, is_address
from relevance.pictures.guard import guarded
from relevance.pictures.reading import MAX_PIXELS, Skipped, load_small
from relevance.system.names import from_here, printable

_TEMPLATES = Path(__file__).parent / "templates"
_CELL = 200  # characters of a cell that are shown
_IN_SUMMARY = 12


def render_found(found: Found, target: Path) -> str:
    """Render the page: what was looked for, and the pictures, the best first."""
    return render(
        _TEMPLATES / "page.html",
        run=Run("search", answer(found), found.provenance["date"]),
        **_common(found, found.hits, target),
        asked=[
            *(("like", item) for item in _asked(found.query.like)),
            *(("unlike", item) for item in _asked(found.query.unlike)),
        ],
    )


def render_summary(found: Found) -> str:
    """Render the short form that a notebook shows."""
    return render(_TEMPLATES / "summary.html", **_common(found, found.hits[:_IN_SUMMARY], None))


def _common(found: Found, hits: Sequence[Hit], target: Path | None) -> dict[str, Any]:
    small = _small([hit.place for hit in hits])
    return {
        "found": found,
        "answer": answer(found),
        "explanation": explanation(found),
        "worth_name": worth_name(found),
        "cards": [
            _card(found, hit, thumbnail, target) for hit, thumbnail in zip(hits, small, strict=True)
        ],
    }


def _card(found: Found, hit: Hit, thumbnail: str, target: Path | None) -> dict[str, Any]:
    return {
        "hit": hit,
        "thumbnail": thumbnail,
        "file": printable(PurePosixPath(hit.place).name or hit.place),
        "path": printable(from_here(hit.place)),
        "link": _link(hit.place, target) if target else "",
        "worth": worth(found, hit),
        "places": places(hit),
        "columns": [
            (printable(name), printable(str(cell))[:_CELL]) for name, cell in hit.columns.items()
        ],
    }


def _link(place: str, target: Path) -> str:
    if place.lower().startswith(("http://", "https://")):
        return place
    return "" if is_address(place) else link(place, target)


def _asked(items: Sequence[Given]) -> list[dict[str, str]]:
    """Return the pictures of a query, and its words as text without one."""
    places = ["" if isinstance(item, bytes) else str(item) for item in items]
    small = _small(places)
    return [
        {"name": short_name(item), "path": name_of(item), "thumbnail": thumbnail}
        for item, thumbnail in zip(items, small, strict=True)
    ]


def _small(places: Sequence[str]) -> list[str]:
    """Return thumbnails as addresses that pages can hold; empty where there is no picture."""
    files = [place for place in places if place and not is_address(place)]
    made = dict(zip(files, thumbnails(files, MAX_PIXELS, cache=True), strict=True))
    addresses = [place for place in places if is_address(place)]
    if addresses:
        with Fetcher(Path(), Limits(), Doors()) as fetcher:
            made |= {place: data_uri(_fetched(fetcher, place)) for place in addresses}
    return [made.get(place, "") for place in places]


def _fetched(fetcher: Fetcher, place: str) -> bytes:
    small = guarded(_small_one, fetcher, place)
    return b"" if isinstance(small, Skipped) else small


def _small_one(fetcher: Fetcher, place: str) -> bytes | Skipped:
    fetched = fetcher.fetch(place)
    if isinstance(fetched, Skipped):
        return fetched
    return load_small(fetched.content, *THUMBNAIL)
