"""What the gallery of the page shows: a card a pair, held against a similarity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from relevance.jobs.captions.pairs import ShownPair, ShownPicture, different
from relevance.jobs.captions.result import Captions
from relevance.jobs.captions.wording import cut_at, gallery_words, suspect_below
from relevance.pages.gallery.cards import Card
from relevance.pages.gallery.gallery import Gallery
from relevance.pages.links import link
from relevance.pages.thumbnails import data_uri, fitting, larger
from relevance.pages.wording import number
from relevance.pictures.fetching import is_address
from relevance.system.names import printable

_LONGEST_NAME = 60
_LONGEST_PATH = 300
_LONGEST_CAPTION = 2000
_MOST_FOLDERS = 60  # that one can choose among
_NOTHING = ShownPicture()


def gallery(table: Captions, target: Path) -> Gallery:
    """Gather what the gallery shows.

    Args:
        table: All pairs.
        target: The file that the page will be, from which links to the pictures start.
    """
    none = table.tally.similarities[:0]
    return Gallery(
        words=gallery_words(table),
        topic=table.source,
        threshold=suspect_below(table),
        cards=_cards(table, different(table.tally.kept.pairs()), target),
        values={"relevant": none, "irrelevant": none, "unlabelled": table.tally.similarities},
        page=target,
        order="lowest",
    )


def presets(table: Captions) -> list[tuple[str, float]]:
    """Return thresholds that a button sets, with its name."""
    quantiles = table.tally.quantiles()
    named = (("lowest 5\N{NO-BREAK SPACE}%", 0.05), ("lowest quarter", 0.25), ("median", 0.5))
    return [(name, cut_at(quantiles[share])) for name, share in named]


def _cards(table: Captions, shown: Sequence[ShownPair], target: Path) -> tuple[Card, ...]:
    pictures = [table.pictures.get(item.score.picture, _NOTHING) for item in shown]
    small = map(data_uri, fitting([picture.thumbnail for picture in pictures]))
    files = {item.number: picture.file for item, picture in zip(shown, pictures, strict=True)}
    lowest = sorted(shown, key=lambda item: item.similarity)
    large = larger(
        list(dict.fromkeys(str(files[item.number]) for item in lowest if files[item.number])),
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
    )
    folders = _folders([item.pair.place for item in shown])
    return tuple(
        Card(
            paths=(_shown_place(item.pair.place),),
            folder=folder,
            folders=(folder,),
            label="",
            grade=None,
            score=item.similarity,
            value=item.similarity,
            facts={"CLIPScore": number(item.score.clip_score, 1), "Row": str(item.number + 1)},
            copies="",
            link=link(str(file), target) if file else "",
            thumbnail=thumbnail,
            large=large.get(str(file), ""),
            caption=printable(item.pair.caption)[:_LONGEST_CAPTION],
            note=f"row {item.number + 1} · {_short_name(item.pair.place)}",
            columns={
                "row": item.number + 1,
                "caption": item.pair.caption[:_LONGEST_CAPTION],
            },
            key=b"".join(item.key).hex(),
        )
        for item, folder, file, thumbnail in zip(shown, folders, files.values(), small, strict=True)
    )


def _folders(places: Sequence[str]) -> list[str]:
    """Return the folder or server of each picture; nothing where there are very many."""
    found = [urlsplit(place).netloc if is_address(place) else _parent(place) for place in places]
    return found if len(set(found)) <= _MOST_FOLDERS else [""] * len(places)


def _parent(place: str) -> str:
    return "" if place[:5].lower() == "data:" else printable(str(PurePosixPath(place).parent))


def _shown_place(place: str) -> str:
    """Return a path or address, a picture in an address by what it begins with."""
    return printable(place)[:_LONGEST_PATH]


def _short_name(place: str) -> str:
    """The end of a path or address, which tells pictures apart; what it is for ``data:``."""
    if place[:5].lower() == "data:":
        return printable(place.partition(",")[0])[:_LONGEST_NAME]
    name = PurePosixPath(place.partition("?")[0]).name or place
    return printable(name)[-_LONGEST_NAME:]
