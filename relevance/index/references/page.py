"""What was recognised -> one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from relevance.index.references.album import Album
from relevance.index.references.recognitions import SKIPPED, Recognition, Recognitions
from relevance.index.references.wording import answer, expectations, explanation
from relevance.pages.links import link
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import data_uri, thumbnails
from relevance.pictures.fetching import is_address
from relevance.pictures.guard import guarded
from relevance.pictures.reading import MAX_PIXELS, Skipped, load_small
from relevance.system.names import from_here, printable

_TEMPLATES = Path(__file__).parent / "templates"
_SIDE, _QUALITY = 176, 70
_MOST = 400  # pictures on a page, with their nearest references; the table has all
_IN_SUMMARY = 12


def render_recognitions(found: Recognitions, target: Path) -> str:
    """Render the page: the pictures, each beside its nearest reference, then the types."""
    shown = _worth_showing(found.rows)
    cards, references = _cards(found, shown, target)
    small = {name: references.get(name) or _reference(found.album, name) for name in _shown(found)}
    return render(
        _TEMPLATES / "page.html",
        run=Run("recognise", answer(found), found.provenance["date"]),
        found=found,
        answer=answer(found),
        explanation=explanation(found),
        expectations=expectations(found),
        cards=cards,
        left=len(found.rows) - len(shown),
        grown=[(printable(row.type), printable(from_here(row.place)), row) for row in found.grown],
        skipped=[_skipped(row) for row in found.rows if _is_skipped(row)],
        types=[
            {
                "type": item,
                "name": printable(item.name),
                "small": [small[digest] for digest in item.digests if small[digest]],
                "more": item.n_references - len(item.digests),
                "asked": sum(row.type == item.name for row in found.rows),
            }
            for item in found.types
        ],
    )


def render_summary(found: Recognitions) -> str:
    """Render the short form that a notebook shows."""
    shown = _worth_showing(found.rows)[:_IN_SUMMARY]
    return render(
        _TEMPLATES / "summary.html",
        answer=answer(found),
        explanation=explanation(found),
        cards=_cards(found, shown, None)[0],
        left=len(found.rows) - len(shown),
    )


def _skipped(row: Recognition) -> tuple[str, str, str]:
    return printable(from_here(row.place)), printable(PurePath(row.place).parent.name), row.reason


def _is_skipped(row: Recognition) -> bool:
    return row.status == SKIPPED


def _worth_showing(rows: Sequence[Recognition]) -> list[Recognition]:
    """Return what a page shows: recognised pictures by type, then the others, the likest first."""
    read = [row for row in rows if not _is_skipped(row)]
    return sorted(read, key=lambda row: (not row.type, row.type, -row.similarity))[:_MOST]


def _shown(found: Recognitions) -> Iterable[str]:
    return dict.fromkeys(digest for item in found.types for digest in item.digests)


def _cards(
    found: Recognitions, rows: Sequence[Recognition], target: Path | None
) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """Return a card for each picture, and thumbnails of their nearest references by digest."""
    small = _asked(found.album, [row.place for row in rows])
    nearest = {row.nearest.digest for row in rows if row.nearest}
    references = {digest: _reference(found.album, digest) for digest in sorted(nearest)}
    cards = [
        {
            "row": row,
            "thumbnail": small[row.place],
            "file": printable(PurePath(row.place).name or row.place),
            "path": printable(from_here(row.place)),
            "link": link(row.place, target) if target and not is_address(row.place) else "",
            "type": printable(row.type),
            "candidate": printable(row.candidate),
            "second": printable(row.second),
            "near": {
                "thumbnail": references[row.nearest.digest] if row.nearest else "",
                "file": f"nearest reference of {printable(row.candidate)}",
            },
            "origin": printable(from_here(row.nearest.origin)) if row.nearest else "",
        }
        for row in rows
    ]
    return cards, references


def _asked(album: Album, places: Sequence[str]) -> dict[str, str]:
    """Return thumbnails of pictures where they are; of addresses there is none."""
    files = [place for place in places if place not in album.contents and not is_address(place)]
    made = dict(zip(files, thumbnails(files, MAX_PIXELS, cache=True), strict=True))
    made |= {place: _small(content) for place, content in album.contents.items()}
    return {place: made.get(place, "") for place in places}


def _reference(album: Album, digest: str) -> str:
    content = album.store.picture(digest)
    return _small(content) if content else ""


def _small(content: bytes) -> str:
    small = guarded(load_small, content, _SIDE, _QUALITY)
    return "" if isinstance(small, Skipped) else data_uri(small)
