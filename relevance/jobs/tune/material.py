"""A folder of categories, or a table of pictures and captions -> examples with a text each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.embedding.embeddings import Progress
from relevance.embedding.encoding import find_pictures
from relevance.errors import NoReadablePictureError, UsageError
from relevance.jobs.tune.looking import Look, look_at
from relevance.judging.naming import NONE, name_folders
from relevance.pictures.fetching import Doors, Fetcher, Limits, Place
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped
from relevance.system.finding import meant
from relevance.system.locations import is_folder
from relevance.system.names import printable
from relevance.tables import Table, open_table
from relevance.tables.naming import CAPTION_NAMES, IMAGE_NAMES, column_of, listing
from relevance.tables.pictures import picture_in, text_in

STATUS_COLUMN, OK = "status", "ok"
_BATCH_ROWS = 256
_FOLDER_OF_PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Example:
    """A readable picture and what it shows.

    Attributes:
        ref: The picture, in a file or in memory.
        shown: Where it is, as people know it.
        text: A keyword, or a caption.
        look: What tells it from others.
    """

    ref: ImageRef
    shown: str
    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Material:
    """Examples of one source.

    Attributes:
        source: The folder or table, fit to print.
        examples: What can be used.
        skipped: Where a picture is that cannot be read, and why.
        left_out: Count of rows and pictures that were not wanted, by reason.
        is_table: Whether texts are captions as they stand, and no keywords for prompts.
    """

    source: str
    examples: tuple[Example, ...]
    skipped: tuple[tuple[str, str], ...]
    left_out: dict[str, int]
    is_table: bool


@dataclass(frozen=True, slots=True)
class _Found:
    ref: ImageRef
    shown: str
    text: str


def read_material(
    source: str | Path, scratch: Path, max_pixels: int, progress: Progress
) -> Material:
    """Find pictures with their texts and look at each.

    Args:
        source: A folder with a folder for each category, or a table with a column of pictures and
            one of captions; rows whose column ``status`` says anything but "ok" are left out.
        scratch: Folder for pictures of a table that lie at addresses.
        max_pixels: Larger pictures are skipped.
        progress: Told how far the work is.

    Raises:
        UsageError: The source cannot be used.
        NoReadablePictureError: Not one picture could be read.
    """
    is_table = not is_folder(source)
    skipped: list[tuple[str, str]] = []
    left_out: Counter[str] = Counter()
    if is_table:
        found = list(_of_table(meant(source), scratch, skipped, left_out))
    else:
        found = list(_of_folders(source, left_out))
    looks = look_at([item.ref for item in found], max_pixels, progress)
    examples = []
    for item, look in zip(found, looks, strict=True):
        if isinstance(look, Skipped):
            skipped.append((item.shown, look.reason))
        else:
            examples.append(Example(item.ref, item.shown, item.text, look))
    if not examples:
        raise NoReadablePictureError(_nothing(source, skipped, left_out))
    return Material(printable(source), tuple(examples), tuple(skipped), dict(left_out), is_table)


def _nothing(source: object, skipped: list[tuple[str, str]], left_out: Counter[str]) -> str:
    """Say why there is nothing to learn from."""
    if skipped:
        place, reason = skipped[0]
        return (
            f"No picture of {printable(str(source))} could be read, of {len(skipped)}. The first: "
            f"{printable(place)}: {reason}."
        )
    reasons = ", ".join(f"{reason} ({count})" for reason, count in left_out.items()) or "no rows"
    return f"There is no picture with a text in {printable(str(source))}: {reasons}."


def _of_folders(source: str | Path, left_out: Counter[str]) -> Iterator[_Found]:
    refs = find_pictures([source]).refs
    folders = list(dict.fromkeys(ref.folder for ref in refs))
    naming = name_folders(folders)
    own = dict(zip(folders, naming.own, strict=True))
    for ref in refs:
        if own[ref.folder] == NONE:
            left_out[f"the folder {printable(ref.folder)} names no thing"] += 1
        else:
            yield _Found(ref, ref.place, naming.keywords[own[ref.folder]])


def _of_table(
    path: Path, scratch: Path, skipped: list[tuple[str, str]], left_out: Counter[str]
) -> Iterator[_Found]:
    table = open_table(path)
    image, caption = _columns(table, path)
    status = [str(name).strip().casefold() for name in table.columns]
    marked = status.index(STATUS_COLUMN) if STATUS_COLUMN in status else None
    with Fetcher(path.parent, Limits(), Doors()) as fetcher:
        for row in _rows(table):
            said = str(row[marked]).strip().casefold() if marked is not None else OK
            text = guarded(text_in, row[caption])
            if said != OK:
                left_out[f"status “{printable(said) or 'none'}”"] += 1
            elif isinstance(text, Skipped) or not text:
                left_out["no caption"] += 1
            else:
                found = guarded(_picture, row[image], fetcher, scratch)
                if isinstance(found, Skipped):
                    skipped.append((_place(row[image]), found.reason))
                else:
                    yield _Found(*found, text)


def _columns(table: Table, path: Path) -> tuple[int, int]:
    names = list(table.columns)
    chosen = [
        column_of(names, None, IMAGE_NAMES, "--image-column"),
        column_of(names, None, CAPTION_NAMES, "--caption-column"),
    ]
    if None in chosen or chosen[0] == chosen[1]:
        raise UsageError(
            f"{printable(path)} needs a column of pictures, such as “path”, and one of texts, such "
            f"as “caption”; it has: {listing(names)}."
        )
    return names.index(str(chosen[0])), names.index(str(chosen[1]))


def _rows(table: Table) -> Iterator[Any]:
    for batch in table.batches(_BATCH_ROWS):
        yield from batch.rows()


def _place(cell: Any) -> str:
    return printable(str(cell))[:200] if isinstance(cell, str) else "a picture in the table"


def _picture(cell: Any, fetcher: Fetcher, scratch: Path) -> tuple[ImageRef, str] | Skipped:
    """Return a picture of a cell as a reference to a file, and what to call it."""
    found = picture_in(cell)
    if found is None or isinstance(found, Skipped):
        return found or Skipped("the cell holds no picture")
    place, content = found
    if content:
        return ImageRef(place.text, _FOLDER_OF_PAIRS, Held(content)), place.text
    return _fetched(place, fetcher, scratch)


def _fetched(place: Place, fetcher: Fetcher, scratch: Path) -> tuple[ImageRef, str] | Skipped:
    fetched = fetcher.fetch(place.text)
    if isinstance(fetched, Skipped):
        return fetched
    if isinstance(fetched.content, Path):
        return ImageRef(str(fetched.content), _FOLDER_OF_PAIRS), place.text
    file = scratch / hashlib.sha256(fetched.content).hexdigest()
    file.write_bytes(fetched.content)
    return ImageRef(str(file), _FOLDER_OF_PAIRS), place.text
